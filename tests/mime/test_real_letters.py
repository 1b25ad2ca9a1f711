"""The gravest promise: of our own letters nothing comes back in an answer, whatever program quotes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailticket.domain.mail import CutMethod, ParentLetter
from mailticket.mime import parse, quote
from mailticket.mime.html import html_text
from tests.cast import ANN, CARLA
from tests.letters import desk
from tests.mime.answered import (
    ADVISED,
    ANSWERS,
    SAID,
    WORDS,
    case_letter,
    customer_letter,
    from_ann,
    from_carla,
    ink,
    parent,
    placed,
)
from tests.mime.replying import PROGRAMS, Answer, octets

MARKER = f"##- {quote.MARKER} -##"
BANNER = "CAUTION: This email originated from outside of the organization. Do not click links."
NOTICES = {
    "english": "This e-mail is confidential and intended solely for the addressee. If you got it in error, delete it.",
    "german": "Diese Mail kann vertraulich sein. Erhielten Sie sie irrtümlich, vernichten Sie sie bitte.",
    "register": "Bakery GmbH, Amtsgericht Hamburg HRB 1, Geschäftsführer: C. Customer",
}
#: What happens to a letter on its way through gateways and programs.
CHANGES: dict[str, Callable[[str], str]] = {
    "the marker is gone": lambda html: html.replace(MARKER, ""),
    "the marker is in bold": lambda html: html.replace(MARKER, f"<b>{MARKER}</b>"),
    "the marker is wrapped": lambda html: html.replace("above this", "above<br>this"),
    "its blanks do not break": lambda html: html.replace("Please reply above", "Please\xa0reply\xa0above"),
    "a gateway warns": lambda html: re.sub(r"(<body[^>]*>)", rf"\1<table><tr><td>{BANNER}</td></tr></table>", html),
    "a scanner wraps links": lambda html: re.sub(r'href="([^"]*)"', r'href="https://safe.example/?u=\1&d=05"', html),
}
BOTH = pytest.mark.parametrize("with_text", [True, False], ids=["text and HTML", "HTML alone"])


@BOTH
@pytest.mark.parametrize("place", ANSWERS)
@pytest.mark.parametrize("brings", [1, 3, 4])
@pytest.mark.parametrize("program", PROGRAMS)
def test_of_a_csr_letter_nothing_comes_back(program: str, brings: int, place: str, with_text: bool) -> None:
    letter, answer = case_letter(brings), placed(place, SAID)
    found = from_ann(program, letter, answer, with_text, parent(letter))
    assert (ink(found.text), found.sure) == (ink(answer.text), True)
    assert found.html == "" or ink(html_text.text(found.html)) == ink(found.text)


@BOTH
@pytest.mark.parametrize("place", ANSWERS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_of_a_customer_letter_nothing_comes_back(program: str, place: str, with_text: bool) -> None:
    letter, answer = customer_letter(), placed(place, ADVISED)
    found = from_carla(program, letter, answer, with_text)
    assert (ink(found.text), found.sure) == (ink(answer.text), True)
    assert found.html == "" or ink(html_text.text(found.html)) == ink(found.text)


@BOTH
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_answer_above_keeps_its_formatting_and_pictures(program: str, with_text: bool) -> None:
    letter = case_letter(4)
    found = from_ann(program, letter, ANSWERS["top"], with_text, parent(letter))
    assert "<b>pull the plug</b>" in found.html and "<li>wait</li>" in found.html and "cid:plug@x" in found.html


@pytest.mark.parametrize("place", ["top", "inside"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_letter_that_was_changed_on_its_way_is_known_again(program: str, change: str, place: str) -> None:
    for letter, after, by_csr in ((case_letter(4), SAID, True), (customer_letter(), ADVISED, False)):
        changed = replace(letter, html=CHANGES[change](letter.html))
        name, to = ("Carla Customer via Support", ANN.email) if by_csr else ("Another Name", CARLA.address)
        raw = octets(PROGRAMS[program], changed, placed(place, after), name, to, with_text=True)
        found = parse.parse(raw, (parent(letter),), from_csr=by_csr).reply
        assert (ink(found.text), found.sure) == (ink(ANSWERS[place].text), True)


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_legal_notice_below_the_quote_is_no_answer(program: str, notice: str) -> None:
    letter = case_letter(4)
    html = letter.html.replace("</body>", f"<p>{NOTICES[notice]}</p></body>")
    found = from_ann(program, replace(letter, html=html), ANSWERS["top"], True, parent(letter))
    assert (ink(found.text), found.sure) == (ink(WORDS), True)


@BOTH
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_marker_is_enough_where_the_letter_is_not_known(program: str, with_text: bool) -> None:
    found = from_ann(program, case_letter(4), ANSWERS["top"], with_text)
    assert (ink(found.text), found.method, found.sure) == (ink(WORDS), CutMethod.MARKER, True)


@BOTH
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_letter_that_is_taken_for_another_leaks_nothing(program: str, with_text: bool) -> None:
    other = ParentLetter("<2@example.com>", "Dear Dirk,\n\nyour invoice is on its way to you by post.", ("Support",))
    found = from_ann(program, case_letter(3), ANSWERS["top"], with_text, other)
    assert ink(found.text) == ink(WORDS) or not found.sure


@BOTH
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_empty_answer_is_not_sure(program: str, with_text: bool) -> None:
    letter = case_letter(4)
    assert not from_ann(program, letter, Answer("", ""), with_text, parent(letter)).sure


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_colleagues_mail_between_answer_and_letter_makes_the_cut_unsure(program: str) -> None:
    letter = case_letter(4)
    form = PROGRAMS[program]
    twice = form.prefix * 2
    quoted = twice + html_text.text(form.quotes_html(letter.html)).replace("\n", f"\n{twice}")
    between = form.announces.format(name="Bo Baker", to=ANN.email, subject=letter.subject)
    inner = form.announces.format(name="Support", to="bo@example.com", subject=letter.subject)
    text = f"Please pull the plug.\n\n{between}{form.prefix}He pays nobody, let him wait.\n\n{inner}{quoted}"
    found = quote.cut(text, "", "Re: x", (parent(letter),), True)
    assert not found.sure or found.text == "Please pull the plug."


@pytest.mark.parametrize("closing", ["Kind regards\nCarla", "Yes.\n\nKind regards\nCarla", "Yes\nwait"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_words_that_we_also_used_are_kept_below_an_answer(program: str, closing: str) -> None:
    answer = Answer(f"The label says 12345.\n\n{closing}", "", "bottom")
    letter = desk.answer((desk.inquiry(f"{SAID}\n\nKind regards\nCarla"), desk.reply(ADVISED)))
    found = from_carla(program, letter, answer, True)
    assert ink(found.text).endswith(ink(answer.text))
