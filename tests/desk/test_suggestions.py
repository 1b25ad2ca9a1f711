"""Solved cases in the CSR's mail: there for the CSR, never in anything that a customer gets."""

from __future__ import annotations

from mailticket.config.models import Web
from mailticket.config.rules import AnswerTemplate
from tests import cast
from tests.cast import DIRK
from tests.desk.house import House, mail
from tests.desk.test_commands import bytes_to_outsiders, opened, say

SECRET = "CANARY-4711 press reset behind the cover"
INQUIRY = "After the firmware update the scanner shows a lamp error."


def notice(house: House) -> str:
    return house.bytes_of(house.letters("csr_case")[-1]).decode()


def solved_before(house: House) -> None:
    case = opened(house, subject="Scanner lamp", text=INQUIRY)
    say(house, case, f"#resolve\n{SECRET}")


def test_a_csr_sees_how_such_a_case_was_solved_before(each_house: House) -> None:
    solved_before(each_house)
    before = bytes_to_outsiders(each_house).count(SECRET)  # Carla's own answer
    case = opened(each_house, DIRK, "Lamp", "Our scanner has a lamp error since the firmware update.")
    assert "SOLVED BEFORE" in notice(each_house) and SECRET in notice(each_house)
    say(each_house, case, "Let us have a look.")
    assert before and bytes_to_outsiders(each_house).count(SECRET) == before


def test_nothing_is_suggested_for_another_matter(house: House) -> None:
    solved_before(house)
    opened(house, DIRK, "Invoice", "Where is my invoice of March?")
    assert "SOLVED BEFORE" not in notice(house)


def test_templates_and_solved_cases_are_three_in_all(house: House) -> None:
    texts = [f"The scanner lamp error {name}" for name in ("one", "two", "three", "four")]
    other = AnswerTemplate(name="hours", text="Nine to five.")
    answers = (*(AnswerTemplate(name=text[-5:], text=text) for text in texts), other)
    house.with_config(cast.config(answer=answers, web=Web(url="https://desk.example")))
    solved_before(house)
    opened(house, DIRK, "Lamp", INQUIRY)
    suggested = notice(house).partition("SUGGESTED ANSWERS")[2].partition("THE CASE")[0]
    assert suggested.count("#template") == 2 and suggested.count("Use this answer:") == 1


def test_an_inquiry_in_any_words_opens_a_case(house: House) -> None:
    texts = ("", "a", "字" * 100_000, "x" * 1_000_000, "\u0301" * 500, "the and of")
    rows = [row for text in texts for row in house.take_in(mail(DIRK, text[:50], text))]
    assert [row.state for row in rows] == ["done"] * len(texts)
