"""docs/rules.md is what the tables say."""

from __future__ import annotations

from tests.rules_page import PAGE, page


def test_the_page_of_rules_is_made_from_their_tables() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.rules_page"
