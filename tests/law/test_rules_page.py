"""docs/rules.md is what the tables say."""

from __future__ import annotations

import re
import tomllib

from mailticket.config.models import Config
from mailticket.law.rule_mistakes import rule_mistakes
from tests import cast
from tests.rules_page import PAGE, page


def test_the_page_of_rules_is_made_from_their_tables() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.rules_page"


def test_the_examples_of_the_page_are_without_mistakes() -> None:
    examples = "\n".join(re.findall(r"```toml\n(.*?)```", page(), re.DOTALL))
    skilled = cast.BO.model_copy(update={"skills": ("billing",)})
    whole = cast.config(csr=(cast.ANN, skilled, cast.EVE)).model_dump() | tomllib.loads(examples)
    assert list(rule_mistakes(Config.model_validate(whole))) == []
