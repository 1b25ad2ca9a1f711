"""The words themselves: help that is quick, options that stand anywhere, errors that say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailticket.cli.main import WORDS, main
from mailticket.cli.words import as_ours
from mailticket.errors import Temporary
from tests.cli.desk import Desk

HEAVY = ("pydantic", "peewee", "jinja2", "imapclient", "fastapi", "rich")


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


def test_help_needs_no_heavy_library() -> None:
    code = f"import sys, mailticket.cli.main; print([one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        """Processor time: a busy machine does not count."""
        before = os.times()
        subprocess.run([sys.executable, "-m", "mailticket", "--help"], capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(seconds() for _ in range(3)) < 0.3


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


def test_a_wrong_word_is_used_wrongly(desk: Desk) -> None:
    result = desk.run("csae", "list")
    assert result.exit_code == 2
    assert "csae" in result.stderr


def test_an_older_database_says_which_command_mends_it(desk: Desk, tmp_path: Path) -> None:
    desk.config.write_text(desk.config.read_text().replace('"data"', '"other"'), "utf-8")
    result = desk.run("case", "list")
    assert result.exit_code == 1
    assert "Run `mailticket migrate`." in result.stderr


def test_a_data_folder_that_cannot_be_written_is_one_line_and_its_fix(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace('"data"', '"/proc/nothing"'), "utf-8")
    result = desk.run("case", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("mailticket: The data folder /proc/nothing cannot be written")
    assert len(result.stderr.splitlines()) == 2


def test_a_full_disk_is_to_be_tried_again() -> None:
    assert isinstance(as_ours(OSError(28, "No space left on device", "/x")), Temporary)
    assert not isinstance(as_ours(OSError(13, "Permission denied", "/x")), Temporary)


def test_migrate_is_done_once(desk: Desk) -> None:
    assert desk.run("migrate").stdout == "The database is of this version already.\n"
    assert desk.json("migrate") == {"applied": []}
