"""The words themselves: help that is quick, options that stand anywhere, errors that say what to do."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailticket.cli.main import WORDS, main
from mailticket.cli.words import as_ours
from mailticket.errors import Temporary
from mailticket.store.database import Store
from tests.cli.desk import Desk

HEAVY = ("pydantic", "peewee", "psycopg", "jinja2", "babel", "imapclient", "cryptography", "fastapi", "rich")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command as its words."""
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        inner = commands(command, (*path, name)) if isinstance(command, click.Group) else []
        found += [(*path, name), *inner]
    return found


#: Asks for the help of every command in one fresh process; prints what that has loaded.
_ASK_ALL = f"""
import sys
from click.testing import CliRunner
from mailticket.cli.main import main
for words in {[list(one) for one in [(), *commands(main)]]}:
    assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0, words
print(*sys.modules)
"""


def test_no_help_needs_a_heavy_library_nor_any_room_of_ours_that_does_something() -> None:
    done = subprocess.run([sys.executable, "-c", _ASK_ALL], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    ours = {one.split(".")[1] for one in loaded if one.startswith("mailticket.")}
    assert [one for one in HEAVY if one in loaded] == []
    assert ours == {"cli", "domain", "errors"}


def test_while_the_desk_runs_no_garbage_is_looked_for_among_its_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").touch()
    frozen: list[int] = []
    monkeypatch.setattr("mailticket.cli.logs.configure", lambda: None)
    monkeypatch.setattr("mailticket.process.run", lambda *_, **__: frozen.append(gc.get_freeze_count()) or 0)
    try:
        assert CliRunner().invoke(main, ["run", "--config", str(tmp_path / "config.toml")]).exit_code == 0
    finally:
        gc.unfreeze()
    assert frozen[0] > 10_000 and gc.isenabled()


@pytest.mark.parametrize("name", WORDS)
def test_the_list_of_words_says_what_each_file_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert (command.help or "").partition("\n")[0] == WORDS[name].summary


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_every_command_has_help_and_takes_config_and_json(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    assert "--config" in result.stdout
    assert "--json" in result.stdout
    assert len(result.stdout.splitlines()[2].strip()) > 10


@pytest.mark.parametrize("json", [0, 1, 2, 3])
@pytest.mark.parametrize("config", [0, 1, 2, 3])
def test_options_stand_before_or_after_any_word(desk: Desk, json: int, config: int) -> None:
    words: list[list[str]] = [[], ["case"], ["list"], []]
    words[config] = [*words[config], "--config", str(desk.config)]
    words[json] = [*words[json], "--json"]
    result = CliRunner().invoke(main, [one for part in words for one in part])
    assert (result.exit_code, result.stdout) == (0, "[]\n"), result.output


def test_the_innermost_config_counts(desk: Desk) -> None:
    result = CliRunner().invoke(main, ["--config", "gone.toml", "case", "list", "--config", str(desk.config)])
    assert result.exit_code == 0


def test_a_wrong_config_gives_every_mistake_and_no_traceback(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace("Europe/Berlin", "Mars") + "port = 1.5\n", "utf-8")
    result = desk.run("case", "list")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "mailticket: the config has 2 mistakes:\n"
        '  [mailticket] timezone: "Mars" is not a time zone; write for example "Europe/Berlin"\n'
        '  [[blacklist]] "*@spam.example" port: unknown key; the keys here are address, subject\n'
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("csae", "list"), 'there is no command "csae"; did you mean "case"?'),
        (("case", "lsit"), 'there is no command "lsit"; did you mean "list"?'),
        (("inbox", "burn"), 'there is no command "burn" (there are: list, show, retry, discard)'),
    ],
)
def test_a_wrong_word_is_used_wrongly(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.run(*words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_an_older_database_says_which_command_mends_it(desk: Desk) -> None:
    for file in ("mailticket.db", "blobs.db"):
        (desk.folder / "data" / file).unlink()
    store = Store("sqlite", desk.folder / "data")
    store.open()
    assert store.migrate(only={"0001_first_schema"})
    store.close()
    result = desk.run("case", "list")
    assert result.exit_code == 1
    assert "Run `mailticket migrate`." in result.stderr


#: Words that only ask, or change what there is, with what they need.
ON_A_DESK = [
    ("case", "list"),
    ("case", "note", "7F3K-9QX6", "A word."),
    ("reconcile",),
    ("backup", "backups"),
]


@pytest.mark.parametrize("words", ON_A_DESK)
def test_who_asks_in_the_wrong_place_makes_no_desk_there(desk: Desk, words: tuple[str, ...]) -> None:
    desk.config.write_text(desk.config.read_text().replace('"data"', '"other"'), "utf-8")
    result = desk.run(*words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"mailticket: There is no database in {desk.folder / 'other'} yet.")
    assert not (desk.folder / "other").exists()


def test_a_data_folder_that_cannot_be_written_is_one_line_and_its_fix(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace('"data"', '"/proc/nothing"'), "utf-8")
    result = desk.run("migrate")
    assert result.exit_code == 1
    assert result.stderr.startswith("mailticket: The data folder /proc/nothing cannot be written")
    assert len(result.stderr.splitlines()) == 2


def test_a_full_disk_is_to_be_tried_again() -> None:
    assert isinstance(as_ours(OSError(28, "No space left on device", "/x")), Temporary)
    assert not isinstance(as_ours(OSError(13, "Permission denied", "/x")), Temporary)


def test_migrate_is_done_once(desk: Desk) -> None:
    assert desk.run("migrate").stdout == "The database is of this version already.\n"
    assert desk.json("migrate") == {"applied": []}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("inbox", "show", "x"), '"x" is no whole number from 0 on'),
        (("inbox", "show", "--", "-5"), '"-5" is no whole number from 0 on'),
        (("inbox", "show", "9" * 5000), f"{'9' * 20}... is too large a number"),
        (("outbox", "show", str(2**63)), f"{2**63} is too large a number"),
        (("case", "list", "--limit", "0"), '"0" is no whole number from 1 on'),
        (("check", "--wait", "1e3"), '"1e3" is no whole number from 1 to 3600'),
    ],
)
def test_a_number_that_cannot_be_meant_is_told_so(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.run(*words)
    assert result.exit_code == 2 and told in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("backup", "/proc/nothing"), "/proc/nothing cannot be used (No such file or directory)."),
        (("restore", "nothing"), "nothing is no finished backup: it has no manifest that can be read."),
    ],
)
def test_what_the_system_says_is_told_without_its_numbers(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.run(*words)
    assert result.exit_code != 0 and result.stderr.startswith(f"mailticket: {told}\n"), result.stderr
