"""A letter about a case of thousands of entries is made from what it shows, and says the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.desk.decided.gathering import Gathering
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.domain.people import Door
from mailticket.store import cases, entries
from mailticket.store.casework import latest
from mailticket.writing.letter import write
from mailticket.writing.matter import Letter, Matter
from mailticket.writing.packing import unpacked
from tests.builders import NOW
from tests.cast import ANN, CARLA
from tests.desk.house import House, mail

COUNT = 2_500
#: An answer among the oldest entries.
ANSWER = 10

TO_CSR = Send(LetterKind.CSR_CASE, SendKind.NOTIFY, ANN.address, "k", "why", ANN.key, extra={"why": "it waits"})
LETTERS = {
    "news": replace(TO_CSR, entry=COUNT),
    "something old": replace(TO_CSR, entry=ANSWER),
    "no news": TO_CSR,
    "an answer": Send(LetterKind.CUSTOMER_REPLY, SendKind.HUMAN, CARLA, "k", "an answer", entry=COUNT - 2),
    "an old answer": Send(LetterKind.CUSTOMER_REPLY, SendKind.HUMAN, CARLA, "k", "an answer", entry=ANSWER),
    "events": replace(TO_CSR, letter=LetterKind.CSR_RECEIPT, extra={"events": True, "done": ["Here they are."]}),
}


def long_case(house: House) -> Case:
    """Carla's, with answers, notes and events without end; nobody has it."""
    house.take_in(mail())
    kinds = (EntryKind.NOTE, EntryKind.EVENT, EntryKind.REPLY, EntryKind.CUSTOMER_MAIL)
    case = house.case()
    new = [_entry(number, kinds[number % 4]) for number in range(case.entries + 1, COUNT + 1)]
    with house.office.connected(), house.office.store.transaction():
        entries.add_counted(cases.change(case, {}, len(new)), new)
    return house.case()


def _entry(number: int, kind: EntryKind) -> Entry:
    by = CARLA if kind is EntryKind.CUSTOMER_MAIL else Address("Ann Berg", "ann@example.com")
    words = Words(f"entry {number}: {'It drips again. ' * 10}")
    return Entry(0, number, kind, NOW, by, words, parties=(CARLA.key,), message_id=f"<{number}@x>", door=Door.MAIL)


def matter(house: House, case: Case, send: Send) -> Matter:
    with house.office.connected():
        made = Gathering(house.office, house.service, case).matter(send)
    return replace(made, nonce=b"12345678", boundary="b", now=NOW)


def written(house: House, about: Matter) -> Letter:
    return write(about, house.office.stationery)


@pytest.mark.parametrize("letter", LETTERS)
def test_it_says_the_same_as_if_everything_had_been_read(
    house: House, monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    case = long_case(house)
    some = matter(house, case, LETTERS[letter])
    monkeypatch.setattr(latest, "STEP", COUNT)
    everything = matter(house, case, LETTERS[letter])
    assert len(some.entries) < 1_000 and len(everything.entries) == COUNT
    # What stands in none of them is not among what it was made from.
    short, whole = written(house, some), written(house, everything)
    assert replace(short, shows=()) == replace(whole, shows=()) and set(short.shows) <= set(whole.shows)


def test_an_old_answer_that_is_released_late_is_the_one_that_goes(house: House) -> None:
    case = long_case(house)
    send = Send(LetterKind.CUSTOMER_REPLY, SendKind.HUMAN, CARLA, "k", "an answer", entry=ANSWER)
    letter = written(house, matter(house, case, send))
    assert f"entry {ANSWER}: It drips again." in unpacked(letter.skeleton)
    assert ANSWER in letter.shows and len(letter.shows) < 1_000
