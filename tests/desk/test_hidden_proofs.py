"""A letter that left the house proves nobody, however its name is hidden in a mail."""

from __future__ import annotations

import pytest

from mailticket import tokens
from mailticket.desk.assign import assign
from mailticket.store import people
from mailticket.store.casework import links
from tests.cast import ANN
from tests.desk.house import House, mail

#: More names than are looked up of one mail, and more header than is looked at for them.
CROWD = "".join(f" <{number}@x.example>\n" for number in range(40))
HEAP = "".join(f"X-Heap-{number}: {'y' * 900}\n" for number in range(80))

WAYS = {
    "behind a crowd": "In-Reply-To:\n" + CROWD + " {letter}\n",
    "before a crowd": "References: {letter}\n" + CROWD,
    "below a heap": HEAP + "In-Reply-To: {letter}\n",
}


def is_believed(house: House, head: str) -> bool:
    """Does a mail that names Ann's letter so speak for her? It says that she is away."""
    letter = house.letter("csr_case").message_id
    house.take_in(head.format(letter=letter).encode() + mail(ANN.address, "away", ""))
    with house.office.connected():
        return any(csr == ANN.key for _role, csr in people.away())


@pytest.fixture
def told(house: House) -> House:
    """Ann has Carla's case, and a letter about it."""
    house.take_in(mail())
    assign(house.office)
    return house


@pytest.mark.parametrize("head", WAYS.values(), ids=WAYS)
def test_a_revoked_letter_proves_nobody_however_it_is_hidden(told: House, head: str) -> None:
    letter = told.letter("csr_case").message_id
    with told.office.connected(), told.office.store.transaction():
        for name in (tokens.letter_named(letter), tokens.standing_name(told.case().id, ANN.key)):
            links.revoke(name, "it left the house", told.clock())
    assert not is_believed(told, head)
