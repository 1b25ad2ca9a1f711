"""The gravest promise: of our own letters nothing comes back in an answer, whatever program quotes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from mailticket.domain.mail import CutMethod, ParentLetter, Reply
from mailticket.letters.render import Rendered
from mailticket.mime import parse, quote
from mailticket.mime.html import html_text
from tests.cast import ANN, CARLA
from tests.letters import desk
from tests.mime.replying import PROGRAMS, Answer, octets

SAID = "The printer on the second floor prints nothing at all."
ADVISED = "Switch it off, wait for a minute and read the label inside."
SECRET = "Careful: this customer has sued us twice, offer no refund."
COMMANDS = (("#note", "keeps what you write as a private note"), ("#close", "closes the case"))
WORDS = "Please pull the plug:\n\n* stop\n* wait\n\nAnd look at the picture."
LOOK = (
    "<p>Please <b>pull the plug</b>:</p><ul><li>stop</li><li>wait</li></ul>"
    '<p>And look at <img src="cid:plug@x">the picture.</p>'
)
ANSWERS = {
    "top": Answer(WORDS, LOOK, "top"),
    "bottom": Answer(WORDS, LOOK, "bottom"),
    "inside": Answer("The floor matters little, the plug does.", "<i>The floor matters little, the plug does.</i>"),
    "one word inside": Answer("Tomorrow.", "<b>Tomorrow.</b>"),
}
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


@cache
def case_letter(brings: int) -> Rendered:
    """What Ann gets: 1 a new inquiry, 3 a case handed on with a private note, 4 a customer's reply."""
    entries = (
        desk.inquiry(SAID, 1),
        desk.reply(ADVISED, 2),
        desk.note(SECRET, 3),
        desk.inquiry("Still nothing. When will somebody come?\n\nKind regards\nCarla", 4),
    )
    why = {"why": "You have the fewest open cases."}
    return desk.to_csr(entries=entries[:brings], brings=brings, commands=COMMANDS, extra=why, links=desk.links())


@cache
def customer_letter() -> Rendered:
    return desk.answer((desk.inquiry(SAID), desk.reply(ADVISED)))


@cache
def parent(letter: Rendered) -> ParentLetter:
    text = f"{letter.text}\n{html_text.text(letter.html)}"
    return ParentLetter("<letter.1@example.com>", text, ("support@example.com", "Support", desk.CASE.id))


def from_ann(program: str, letter: Rendered, answer: Answer, with_text: bool, *parents: ParentLetter) -> Reply:
    name = "Carla Customer via Support"
    raw = octets(PROGRAMS[program], letter, answer, name, ANN.email, with_text=with_text)
    return parse.parse(raw, parents, from_csr=True).reply


def from_carla(program: str, letter: Rendered, answer: Answer, with_text: bool) -> Reply:
    raw = octets(PROGRAMS[program], letter, answer, "Support", CARLA.address, with_text=with_text)
    return parse.parse(raw, (parent(letter),)).reply


def placed(place: str, after: str) -> Answer:
    return replace(ANSWERS[place], where="inside", after=after) if "inside" in place else ANSWERS[place]


def ink(text: str) -> str:
    """What is left of a text without its white space."""
    return "".join(text.split())


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
    shown = found.text.replace("<https://aka.ms/o0ukef>", "").replace(PROGRAMS[program].signs or "\0", "")
    assert (ink(shown), found.sure) == (ink(answer.text), True)
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
        assert found.sure and ink(found.text).removesuffix("GetOutlookforiOS<https://aka.ms/o0ukef>") in (
            ink(ANSWERS[place].text),
            ink(f"Get Outlook for iOS<https://aka.ms/o0ukef>{ANSWERS[place].text}"),
        )


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
