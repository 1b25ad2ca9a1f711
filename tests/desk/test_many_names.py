"""Mails that name more than a statement of the database takes: each is a mail like any other, and stops nobody."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from mailticket.domain import case_id
from tests.cast import MALLORY
from tests.desk.house import House, mail


def made_up() -> Iterator[str]:
    """Case IDs as anybody can make them up, one after the other."""
    for number in itertools.count():
        seven = f"{number:07d}"
        yield f"{seven[:4]}-{seven[4:]}{case_id.check_letter(seven)}"


def in_commands() -> bytes:
    return mail(MALLORY, text="\n".join(f"#link {one}" for one in itertools.islice(made_up(), 33_000)))


def by_many_senders() -> bytes:
    """Each of them could be believed on each of the cases."""
    subject = " ".join(f"[#{one}]" for one in itertools.islice(made_up(), 140))
    senders = ", ".join(f"a@{number}.example" for number in range(1000))
    head, _, body = mail(text="Hello").partition(b"\n\n")
    others = [one for one in head.split(b"\n") if not one.startswith((b"From:", b"Subject:"))]
    return b"\n".join([f"From: {senders}\nSubject: {subject}".encode(), *others, b"", body])


@pytest.mark.parametrize("hostile", [in_commands, by_many_senders], ids=lambda one: one.__name__)
def test_a_mail_that_names_thousands_is_received_and_so_is_the_next(
    postgres_house: House, hostile: Callable[[], bytes]
) -> None:
    """PostgreSQL takes 65,535 values; beyond, it looked as if the database were away, and was tried for ever."""
    rows = postgres_house.take_in(hostile(), mail())
    assert [one.outcome for one in rows] == ["opened", "opened"], rows[0].error
