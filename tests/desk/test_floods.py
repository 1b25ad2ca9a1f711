"""Floods join one case, budgets stop automatic mail, and admins get one alarm by mail."""

from __future__ import annotations

from typing import Any

import pytest

from mailticket.config.models import Config, Desk, Limits
from mailticket.desk import receive
from mailticket.desk.assign import assign
from mailticket.desk.decided.alarm import tell
from mailticket.law.budgets import NOTICES_PER_HOUR
from tests.cast import ANN, CARLA, DIRK, config, service
from tests.desk.house import House, mail, reply

ADMIN = "root@example.com"


def alarmed(**limits: Any) -> Config:
    return config(service(limits=Limits(**limits)), mailticket=Desk(admins=(ADMIN,)))


def write(house: House, number: int, from_: object = CARLA) -> list[str]:
    """So many new inquiries, one after the other; their outcomes."""
    outcomes = []
    for count in range(number):
        (row,) = house.take_in(mail(str(from_), f"Alert {count}", f"Number {count} is down."))
        outcomes.append(row.outcome)
        house.clock.forward(seconds=1)
    return outcomes


def test_from_the_eleventh_inquiry_on_they_join_the_last_case(each_house: House) -> None:
    house = each_house
    house.with_config(alarmed())
    assert write(house, 15) == ["opened"] * 10 + ["joined"] * 5
    assert len(house.cases()) == 10
    kept = [one for one in house.entries(house.cases()[-1]) if one.kind == "customer_mail"]
    assert [one.words.text.strip() for one in kept] == [f"Number {one} is down." for one in range(9, 15)]
    assert len(house.letters("auto_reply")) == 3  # ack_per_address
    tell(house.office)
    assert [one.recipient for one in house.letters("alarm")] == [ADMIN]


def test_a_flood_that_goes_on_opens_nothing_and_one_that_ended_does(house: House) -> None:
    assert write(house, 12)[-1] == "joined"
    house.clock.forward(minutes=4)
    assert write(house, 1) == ["joined"]
    house.clock.forward(minutes=6)
    assert write(house, 1) == ["opened"]


def test_other_addresses_and_exempt_ones_are_no_flood(house: House) -> None:
    house.with_config(alarmed(flood_exempt=(f"*@{DIRK.domain}",)))
    assert write(house, 12, DIRK) == ["opened"] * 12
    assert write(house, 1, "other@elsewhere.example") == ["opened"]
    assert tell(house.office) == 0


def test_a_csr_notice_of_the_flood_is_one(house: House) -> None:
    write(house, 10)
    assign(house.office)
    before = len(house.letters("csr_case"))
    write(house, 5)
    assert len(house.letters("csr_case")) == before + 1


def test_plus_addresses_share_one_budget_of_acknowledgements(house: House) -> None:
    for count in range(6):
        write(house, 1, f"m.allory+{count}@elsewhere.example")
    assert len(house.letters("auto_reply")) == 3
    assert len({one.customer.address.address for one in house.cases()}) == 6


def test_the_fuse_stops_acknowledgements_and_rings_once_an_hour(each_house: House) -> None:
    house = each_house
    house.with_config(alarmed(auto_budget=2))
    for count in range(5):
        write(house, 1, f"c{count}@elsewhere.example")
        tell(house.office)
    assert (len(house.cases()), len(house.letters("auto_reply")), len(house.letters("alarm"))) == (5, 2, 1)
    house.clock.forward(hours=1)
    write(house, 1, "late@elsewhere.example")
    assert len(house.letters("auto_reply")) == 3


def test_a_mail_that_is_set_aside_rings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ValueError("our own fault")

    house.with_config(alarmed())
    monkeypatch.setattr(receive, "read", breaks)
    id = house.arrive(mail())
    for _ in range(8):
        house.receive()
        house.clock.forward(hours=2)
    tell(house.office)
    assert (house.inbox(id).state, len(house.letters("alarm"))) == ("shunted", 1)


def test_receipts_end_within_their_budget(house: House) -> None:
    write(house, 1)
    assign(house.office)
    letter = house.letter("csr_case")
    for count in range(NOTICES_PER_HOUR + 3):
        house.take_in(reply(letter, ANN.address, f"#nonsense {count}"))
    assert len(house.letters("csr_receipt")) == NOTICES_PER_HOUR
