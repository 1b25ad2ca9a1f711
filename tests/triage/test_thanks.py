"""A mere thank-you is told from a thank-you that says something."""

from __future__ import annotations

import pytest

from mailticket.domain.intents import Append
from mailticket.triage.thanks import is_mere_thanks
from tests.builders import CASE_ID, case, known, mail
from tests.cast import CARLA
from tests.triage.asking import ask, only

NAMES = ("Carla Customer", "Ann Archer", "Example Support")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Hi Ann,\n\nthank you very much for your quick help!\n\nBest regards,\nCarla",
        "Thanks, it works now :-)\n\nSent from my iPhone",
        "Vielen Dank für die schnelle Hilfe!\nViele Grüße\nCarla",
        "Merci beaucoup pour votre aide",
        "Muchas gracias por la respuesta",
        "Grazie mille",
        "Dank je wel!",
        "Muito obrigada pela ajuda",
        "Dziękuję bardzo za pomoc",
        "Tack så mycket!",
        "Mange tak for hjælpen",
        "Thanks\n-- \nCarla Customer, Widgets Ltd, +49 30 1234",
    ],
)
def test_thanks_and_nothing_else_in_ten_languages(text: str) -> None:
    assert is_mere_thanks(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Carla",
        "Thanks?",
        "Thanks, but it still fails.",
        "Thanks for nothing.",
        "Thank you, now the scanner is broken",
        "Thanks. Order 55, please.",
        "Thank you. Please close my account.",
        "Danke, aber es geht nicht.",
        "Merci, mais non.",
        "Thanks! " * 40,
        "Danke. Das Problem ist wieder da",
    ],
)
def test_any_other_word_is_something_to_read(text: str) -> None:
    assert not is_mere_thanks(text, NAMES)


@pytest.mark.parametrize(("text", "is_thanks"), [("Thanks, Ann!", True), ("Thanks, Bert!", False)])
def test_the_names_of_those_who_write_to_each_other_count_as_nothing(text: str, is_thanks: bool) -> None:
    one = mail(CARLA, text, subject=f"Re: [#{CASE_ID}] A question")
    assert only(Append, ask(one, known(case()))).is_thanks is is_thanks
