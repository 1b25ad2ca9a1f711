"""PURE: letters of ours as the shipped templates make them, and what we read when programs answer them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from mailticket.domain.mail import ParentLetter, Reply
from mailticket.letters.render import Rendered
from mailticket.mime import parse
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
    us = ("support@example.com", "Support", desk.CASE.id)
    return ParentLetter("<letter.1@example.com>", letter.text, us, letter.html)


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
