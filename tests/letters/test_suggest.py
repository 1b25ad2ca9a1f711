"""Suggested answers: templates that share words with the inquiry, and none where that would be chance."""

from __future__ import annotations

import pytest

from mailticket.config.rules import AnswerTemplate
from mailticket.letters.suggest import suggested

TEMPLATES = (
    AnswerTemplate(name="refund", text="Thank you for writing. The money is on its way to your account."),
    AnswerTemplate(name="fuser", text="Thank you for writing. The fuser of your printer is worn out."),
    AnswerTemplate(name="paper jam", text="Thank you for writing. Open the printer and pull the paper out gently."),
    AnswerTemplate(name="password", text="Thank you for writing. {{ customer.name }}, reset the password yourself."),
)


@pytest.mark.parametrize(
    ("inquiry", "names"),
    [
        ("The paper jams in our printers all the time", ["paper jam"]),
        ("Is it the fuser of the printer, or paper in it? We pulled it out gently.", ["paper jam", "fuser"]),
        ("When will you send the money to my account?", ["refund"]),
        ("Hello", []),
        ("", []),
        ("Thank you for writing back.", []),
        ("The printer is on fire", []),
        ("The customer has a name", []),
    ],
)
def test_the_best_overlap_comes_first(inquiry: str, names: list[str]) -> None:
    assert [one.name for one in suggested(inquiry, TEMPLATES)] == names


def test_never_more_than_three() -> None:
    many = [AnswerTemplate(name=f"{at}", text="printer paper fuser") for at in range(5)]
    others = [AnswerTemplate(name="x", text="something else entirely")]
    assert len(suggested("printer paper fuser", [*many, *others])) == 3
