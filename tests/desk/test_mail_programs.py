"""Mail programs at a CSR's address that answer every letter by themselves and say so nowhere: all fall silent soon."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Letters
from mailticket.desk.assign import assign
from mailticket.domain.decision import NOTICES
from mailticket.store.database import Store
from tests import cast
from tests.cast import ANN, CARLA
from tests.desk.house import House, build, mail, reply

VOUCHED = "mx.example.com; dmarc=pass header.from=example.com"
ROUNDS = 12
_numbers = itertools.count(1)


@dataclass
class Program:
    """What a CSR's mail program does by itself with each letter that it gets, saying so in no header."""

    reads: str
    subject: Callable[[Message], str]
    text: Callable[[Message], str]
    names: bool = True

    def answers(self, letter: Message) -> bytes:
        headers = {"in_reply_to": str(letter["Message-ID"])} if self.names else {}
        return mail(self.reads, self.subject(letter), self.text(letter), authentication_results=VOUCHED, **headers)


def body(letter: Message) -> str:
    (plain,) = (one for one in letter.walk() if one.get_content_type() == "text/plain")
    return bytes(plain.get_payload(decode=True) or b"").decode()


def reply_subject(letter: Message) -> str:
    return f"Re: {letter['Subject']}"


def passed_on(letter: Message) -> str:
    head = "\n".join(f"{name}: {letter[name]}" for name in ("From", "Date", "Subject", "To"))
    return f"---------- Forwarded message ---------\n{head}\n\n{body(letter)}"


ON_HOLIDAY = "I am on holiday until Monday. Call Bo."
#: Nothing here is marked as a machine's, so each of these reads as Ann's own.
PROGRAMS = {
    "vacation, threaded": Program(ANN.email, reply_subject, lambda _: ON_HOLIDAY),
    "vacation, a subject of its own": Program(ANN.email, lambda _: "Greetings", lambda _: ON_HOLIDAY, names=False),
    "a counter in the subject": Program(
        ANN.email, lambda _: f"Your request {next(_numbers)}", lambda _: "We got it.", names=False
    ),
    "a forward that quotes all": Program(ANN.email, lambda one: f"Fwd: {one['Subject']}", passed_on, names=False),
    "a threaded forward": Program(ANN.email, lambda one: f"Fwd: {one['Subject']}", passed_on),
    "a redirect of the bare text": Program(ANN.email, lambda one: str(one["Subject"]), body, names=False),
    "a redirect of the bare text, threaded": Program(ANN.email, lambda one: str(one["Subject"]), body),
    "empty replies": Program(ANN.email, reply_subject, lambda _: ""),
    "a wrong command": Program(ANN.email, reply_subject, lambda _: "#closs"),
    "a wrong command, unthreaded": Program(ANN.email, reply_subject, lambda _: "#closs", names=False),
}


def until_quiet(house: House, program: Program) -> int:
    """The program answers whatever is mailed to its address, until nothing is; the number of rounds."""
    answered: set[int] = set()
    for number in range(ROUNDS):
        new = [one for one in house.letters() if one.recipient == program.reads and one.id not in answered]
        if not new:
            return number
        answered |= {one.id for one in new}
        house.take_in(*(program.answers(house.as_sent(one)) for one in new))
        assign(house.office)
    return ROUNDS


#: What the mail that starts it is about, which receipts Ann gets, and whether a server vouches for her mails.
DESKS = {
    "proven, a case": (CARLA, "problems", ("mx.example.com",)),
    "proven, no case": (ANN.address, "problems", ("mx.example.com",)),
    "proven, a receipt for each answer": (CARLA, "all", ("mx.example.com",)),
    "unproven": (CARLA, "problems", ()),
}


@pytest.mark.parametrize("desk", DESKS)
@pytest.mark.parametrize("form", PROGRAMS)
def test_it_is_soon_told_nothing_more(
    stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path, form: str, desk: str
) -> None:
    (writer, receipts, ids), program = DESKS[desk], PROGRAMS[form]
    service = cast.service(authserv_ids=ids, letters=Letters.model_validate({"receipts": receipts}))
    house = build(cast.config(service), stored("sqlite"), parsers, tmp_path)
    house.take_in(mail(writer, text="Hello", authentication_results=VOUCHED))
    assign(house.office)
    rounds = until_quiet(house, program)
    told = Counter(one.reason for one in house.letters() if one.letter in NOTICES)
    assert rounds < ROUNDS, told
    assert max(told.values(), default=0) <= 2, told
    assert len([one for one in house.letters("customer_reply") if one.recipient == CARLA.address]) <= 3


def test_the_last_receipt_says_that_it_is(house: House) -> None:
    house.take_in(mail(CARLA))
    assign(house.office)
    until_quiet(house, PROGRAMS["empty replies"])
    first, last = (body(house.as_sent(one)) for one in house.letters("csr_receipt"))
    assert "no more is said" not in first and "no more is said" in last


def test_a_csr_who_makes_the_same_mistake_on_several_matters_is_told_each_time(house: House) -> None:
    for number in range(5):
        house.take_in(mail(ANN.address, "abcde"[number] * 5, "Hello?"))
    assert len(house.letters("csr_receipt")) == 5


def test_a_csr_who_does_the_same_to_one_case_again_and_again_is_told_each_time(house: House) -> None:
    house.take_in(mail(CARLA))
    assign(house.office)
    letter = house.letter("csr_case")
    for number in range(4):
        house.take_in(reply(letter, ANN.email, f"#note\nNumber {number}"))
    assert len(house.letters("csr_receipt")) == 4
