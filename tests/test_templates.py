"""Reading the letters: the shipped templates, the admin's own over them, and every mistake in those."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailticket import settings
from mailticket.config.models import Letters
from mailticket.errors import ConfigError
from tests import cast


def mistakes(folder: Path, letters: Letters | None = None) -> list[str]:
    config = cast.config(cast.service(letters=letters or Letters()))
    with pytest.raises(ConfigError) as caught:
        settings.templates_of(config, folder)
    return caught.value.mistakes


def own(folder: Path, name: str, source: str) -> Path:
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return path


def test_without_a_folder_of_their_own_an_admin_has_the_shipped_letters(tmp_path: Path) -> None:
    book = settings.templates_of(cast.config(), tmp_path)
    assert len(book.shelves("support", "en")) == 1


@pytest.mark.parametrize(
    ("name", "service", "language", "counts"),
    [
        ("auto_reply.txt", "support", "en", True),
        ("support/auto_reply.txt", "support", "en", True),
        ("support/auto_reply.txt", "sales", "en", False),
        ("de/auto_reply.txt", "support", "de", True),
        ("de/auto_reply.txt", "support", "en", False),
        ("support/de/auto_reply.txt", "support", "de", True),
        (".hidden/auto_reply.txt", "support", "en", False),
        ("auto_reply.txt~", "support", "en", False),
    ],
)
def test_an_own_file_counts_where_its_folder_says(
    tmp_path: Path, name: str, service: str, language: str, counts: bool
) -> None:
    own(tmp_path, name, "Thank you.\n")
    book = settings.templates_of(cast.config(), tmp_path)
    assert (len(book.shelves(service, language)) == 2) is counts


def test_every_mistake_in_own_files_is_named_with_its_path(tmp_path: Path) -> None:
    own(tmp_path, "auto_reply.txt", "Hello\n{{ cusotmer.name }}\n")
    own(tmp_path, "de/auto_replay.txt", "Hallo\n")
    wrong, unknown = sorted(mistakes(tmp_path))
    assert wrong.startswith(f"{tmp_path}/templates/auto_reply.txt line 2: ")
    assert unknown.startswith(f"{tmp_path}/templates/de/auto_replay.txt: no letter has a file of this name")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = own(tmp_path, "auto_reply.txt", "")
    path.write_bytes(b"\xff\xfe")
    assert mistakes(tmp_path) == [f"{path} is not UTF-8 text (byte 0); save it as UTF-8"]


def test_a_greeting_that_fails_is_a_mistake_in_the_config(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path, Letters(greeting="Hello {{ customer.fist_name }},"))
    assert line.startswith('[[service]] "support" letters.greeting: ')
    assert "first_name" in line
