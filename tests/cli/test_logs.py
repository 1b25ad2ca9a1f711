"""What a line of the log costs: nothing is found out that it does not show."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mailticket.cli import logs


def test_no_line_looks_for_the_place_in_the_code_that_wrote_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def looked(*_: Any) -> None:
        raise AssertionError("a line looked for who wrote it")

    for name in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, name, getattr(logging, name))
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    monkeypatch.setattr(logging.Logger, "findCaller", looked)
    logs.configure()
    logging.getLogger("mailticket.desk.receive").info("mail %d: %s", 12, "opened\x1b[2J")
    assert capsys.readouterr().err.endswith("INFO    mail 12: opened\\x1b[2J\n")
