"""A letter that left the house proves nobody, however its name is hidden in a mail."""

from __future__ import annotations

import pytest

from mailticket import tokens
from mailticket.desk.assign import assign
from mailticket.store.casework import links
from mailticket.store.privacy import deleting, erasing
from tests import cast
from tests.builders import KEYS
from tests.cast import ANN, MALLORY
from tests.desk.house import House, mail, reply
from tests.desk.test_erasing import all_sent

#: More names than are looked up of one mail, and more header than is looked at for them.
CROWD = "".join(f" <{number}@x.example>\n" for number in range(40))
HEAP = "".join(f"X-Heap-{number}: {'y' * 900}\n" for number in range(80))

WAYS = {
    "behind a crowd": "In-Reply-To:\n" + CROWD + " {letter}\n",
    "before a crowd": "References: {letter}\n" + CROWD,
    "below a heap": HEAP + "In-Reply-To: {letter}\n",
}


def is_believed(house: House, head: str, letter: str = "") -> bool:
    """Does a mail that names Ann's letter so speak for her?"""
    letter = letter or house.letter("csr_case").message_id
    (row,) = house.take_in(head.format(letter=letter).encode() + mail(ANN.address, "away", ""))
    return "answers a letter that we mailed to this very CSR" in row.reason


@pytest.fixture
def told(house: House) -> House:
    """Ann has Carla's case, and a letter about it."""
    house.take_in(mail())
    assign(house.office)
    return house


def test_a_letter_proves_whom_we_mailed_it_to(told: House) -> None:
    assert is_believed(told, "References: {letter}\n")


@pytest.mark.parametrize("head", WAYS.values(), ids=WAYS)
def test_a_revoked_letter_proves_nobody_however_it_is_hidden(told: House, head: str) -> None:
    letter = told.letter("csr_case").message_id
    with told.office.connected(), told.office.store.transaction():
        for name in (tokens.letter_named(letter), tokens.standing_name(told.case().id, ANN.key)):
            links.revoke(name, "it left the house", told.clock())
    assert not is_believed(told, head)


@pytest.mark.parametrize(("days", "expected"), [(179, True), (181, False)])
def test_a_letter_about_an_erased_case_proves_as_long_as_about_any_other(
    told: House, days: int, expected: bool
) -> None:
    letter, case = told.letter("csr_case").message_id, told.case()
    all_sent(told)
    with told.office.connected(), told.office.store.transaction():
        erasing.whole(case, told.clock())
    told.clock.forward(days=days)
    assert is_believed(told, "References: {letter}\n", letter) is expected


def test_a_letter_about_a_deleted_case_proves_nobody_not_even_where_another_case_is_named(told: House) -> None:
    letter = told.letter("csr_case").message_id
    root = tokens.conversation_root(KEYS, told.case().id, ANN.key, "example.com")
    with told.office.connected(), told.office.store.transaction():
        deleting.delete(told.case(), "ann", "spam", told.clock())
    assert not is_believed(told, "References: {letter}\n", letter)
    assert not is_believed(told, "References: {letter}\n", root)


def test_a_letter_that_an_unproven_reply_took_out_of_the_house_is_dead_too(told: House) -> None:
    told.with_config(cast.config(cast.service(trust="strict", authserv_ids=("mx.example.com",))))
    letter = told.letter("csr_case")
    (row,) = told.take_in(reply(letter, ANN.address, "Unplug it.", cc=MALLORY.address))
    assert row.outcome == "held"
    assert told.in_store(lambda: links.revoked(tokens.letter_named(letter.message_id)))


@pytest.mark.parametrize(("days", "expected"), [(179, True), (181, False)])
def test_a_letter_about_no_case_proves_for_as_long_after_it_was_written(
    each_house: House, days: int, expected: bool
) -> None:
    house = each_house
    house.with_config(cast.config(cast.service(trust="address")))
    house.take_in(mail(ANN.address, "list", ""))
    card = house.letter("desk_card").message_id
    house.with_config(cast.config())
    house.clock.forward(days=days)
    assert is_believed(house, "References: {letter}\n", card) is expected
