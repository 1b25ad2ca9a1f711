"""The desk that the commands are tried on."""

from __future__ import annotations

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
