"""The desk that the commands are tried on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.desk import CONFIG, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.config.touch(mode=0o600)
    made.config.write_text(CONFIG, "utf-8")
    result = made.run("migrate")
    assert result.exit_code == 0, result.output
    return made


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], os.stat_result]:
    """Root finds the folder to be of a user without a name, as in a container whose data are another system's."""

    def no_name(_path: Path) -> str:
        raise KeyError("getpwuid(): uid not found")

    def found(folder: Path) -> os.stat_result:
        if os.geteuid() == 0:
            os.chown(folder, 54321, 54322)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(Path, "owner", no_name)
        return folder.stat()

    return found
