"""The page about commands says what the table does."""

from __future__ import annotations

import re
from pathlib import Path

from mailticket.triage.commands.command import COMMANDS
from tests.commands_page import PAGE, page

README = Path(__file__).parents[2] / "README.md"


def test_the_page_is_the_one_that_the_table_makes() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.commands_page"


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"`#([a-z]+)", README.read_text("utf-8")))
    assert named == COMMANDS.keys()
