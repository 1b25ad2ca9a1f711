"""Five hundred random cases with secret words in everything private: none of them in any byte for a customer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from mailticket.config.models import Holds, Letters
from mailticket.desk.answer import carry_out
from mailticket.desk.decided.apply import apply
from mailticket.desk.office import RandomIds
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus
from mailticket.domain.facts import Known
from mailticket.domain.intents import (
    AddNote,
    Answer,
    Append,
    AppendAutomatic,
    DropHeld,
    HoldAnswer,
    Inquire,
    Intent,
    Refuse,
    WarnOutsiders,
)
from mailticket.law.decide import decide
from tests.builders import letter_id, words
from tests.cast import ANN, BO, CARLA, DIRK, EVE, MALLORY, as_csr, as_customer, as_machine, as_unproven, config, service
from tests.desk.house import House

SECRET, PUBLIC = "canary", "word"
DESK = config(
    service(
        letters=Letters(escalation_notice=True, undo_send=timedelta(seconds=30)),
        holds=Holds(banned_words=("forbidden",)),
    )
)
CUSTOMERS = (CARLA, DIRK, MALLORY, Address("Zoë Zürn", "zoe@umlaut.example"))


def private(case: int, chance: random.Random) -> Intent:
    """Something that no customer may ever read."""
    by = as_csr(chance.choice((ANN, BO, EVE)))
    said = words(f"{SECRET}{case}x", html=f"<p>{SECRET}{case}x</p>")
    return chance.choice(
        (
            AddNote(by, said),
            Assign(by, csr=BO.key, words=said),
            Assign(by, role="support", words=said),
            Escalate(by, role="experts", words=said),
            HoldAnswer(as_unproven(ANN), said, "unproven"),
            Answer(by, words(f"{SECRET}{case}x is forbidden")),
            Answer(by, said, is_preview=True),
            AppendAutomatic(as_machine(CARLA), said, why="out of office"),
            Refuse(by, "It cannot be done.", "Do it otherwise.", said.text),
        )
    )


def harmless(case: int, chance: random.Random) -> Sequence[Intent]:
    """What is said to customers or by them, and what changes nothing that they see."""
    by, said = as_csr(chance.choice((ANN, BO))), words(f"{PUBLIC}{case}x", html=f"<p>{PUBLIC}{case}x</p>")
    acts: tuple[Sequence[Intent], ...] = (
        (Answer(by, said),),
        (Answer(by, said), WarnOutsiders(by, (MALLORY,), letter_id(ANN))),
        (Append(as_customer(CARLA), said, also=(chance.choice(CUSTOMERS),)),),
        (Append(as_customer(CARLA), said),),
        (SetStatus(by, chance.choice((Status.PENDING, Status.RESOLVED, Status.CLOSED))),),
        (SetStatus(by, Status.REOPENED), Answer(by, said)),
        (DropHeld(by),),
    )
    return chance.choice(acts)


def live(house: House, number: int, chance: random.Random) -> str:
    """One case with a random life; its ID."""
    office, desk = house.office, house.service
    house.clock.forward(minutes=5)
    also = tuple(chance.sample(CUSTOMERS[1:], chance.randrange(3)))
    inquiry = Inquire(
        as_customer(CARLA), CARLA, f"About {number}", words(f"{PUBLIC}{number}x"), f"<{number}@x>", also=also
    )
    with office.connected(), office.store.transaction():
        decision = decide((inquiry,), None, Known(), office.policy(desk), office.clock(), RandomIds(f"t:{number}"))
        apply(office, decision, desk)
        assert decision.case is not None
        for step in range(chance.randrange(3, 7)):
            wishes = (private(number, chance),) if chance.random() < 0.6 else harmless(number, chance)
            carry_out(office, wishes, decision.case.id, f"t:{number}:{step}")
    return decision.case.id


def numbers_in(data: bytes, word: str) -> set[str]:
    """Which cases' words of this kind stand in a mail."""
    text = data.decode("utf-8", "replace").replace("=\n", "").replace("=\r\n", "")
    return {piece.partition("x")[0] for piece in text.split(word)[1:] if piece.partition("x")[0].isdigit()}


@pytest.mark.parametrize("hundred", range(5))
def test_no_secret_word_reaches_a_customer(house: House, hundred: int) -> None:
    chance = random.Random(hundred)
    house.with_config(DESK)
    lives = {live(house, number, chance): str(number) for number in range(hundred * 100, hundred * 100 + 100)}
    letters = house.letters()
    to_customers = [one for one in letters if not one.csr]
    assert len(to_customers) > 150 and {one.letter for one in to_customers} >= {"customer_reply", "escalation_notice"}
    for one in to_customers:
        data = house.bytes_of(one)
        assert SECRET.encode() not in data, one.letter
        assert numbers_in(data, PUBLIC) <= {lives[one.case]}, one.letter
    shown = [house.bytes_of(one) for one in letters if one.csr]
    assert sum(SECRET.encode() in one for one in shown) > 100  # the secrets were there to leak
