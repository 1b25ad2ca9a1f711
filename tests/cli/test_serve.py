"""`mailticket run` and `demo` hand over what was asked, and give back the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mailticket import process
from mailticket.cli import logs
from mailticket.cli.main import main
from mailticket.demo import run as demo_run
from mailticket.errors import Temporary
from tests.cli.desk import Desk


@pytest.fixture(autouse=True)
def keep_pytests_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "configure", lambda: None)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), {"once": False, "shadow": False}),
        (("--once",), {"once": True, "shadow": False}),
        (("--shadow", "--once"), {"once": True, "shadow": True}),
    ],
)
def test_run_hands_over_to_the_daemon(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], asked: dict[str, bool]
) -> None:
    called: list[tuple[Path, dict[str, Any]]] = []
    monkeypatch.setattr(process, "run", lambda path, **options: called.append((path, options)) or 75)
    assert desk.run("run", *words).exit_code == 75
    assert called == [(desk.config, asked)]


def test_what_the_daemon_cannot_do_is_told_without_a_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_path: Path, **_options: bool) -> int:
        raise Temporary("The database is locked.", "Wait.")

    monkeypatch.setattr(process, "run", fails)
    result = desk.run("run")
    assert (result.exit_code, result.stderr) == (75, "mailticket: The database is locked.\n  Wait.\n")


def test_the_demo_needs_no_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called: list[dict[str, Any]] = []
    monkeypatch.setattr(demo_run, "run", lambda **options: called.append(options) or 0)
    result = CliRunner().invoke(main, ["demo", "--port", "8100", "--keep", str(tmp_path / "kept")])
    assert result.exit_code == 0
    assert called == [{"port": 8100, "open_browser": False, "keep": tmp_path / "kept"}]


def test_root_is_kept_from_making_files_that_lock_the_daemon_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(desk.folder / "data", 65534, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    result = desk.run("case", "list")
    assert result.exit_code == 1
    assert "belongs to" in result.stderr
    assert "sudo -u" in result.stderr


def test_whose_the_data_are_is_told_also_where_they_have_no_name(
    desk: Desk, nameless: Callable[[Path], os.stat_result]
) -> None:
    owner = nameless(desk.folder / "data")
    result = desk.run("case", "list")
    assert result.exit_code == 1 and f"sudo -u '#{owner.st_uid}' mailticket" in result.stderr
