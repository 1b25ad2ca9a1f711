"""Two mailtickets that write to each other on one machine, and one that writes to itself: all fall silent soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Config, Csr, Imap, Role, Service, Smtp
from mailticket.desk.assign import assign
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.store.database import Store
from mailticket.store.engine import proxies
from mailticket.store.files import blobs
from mailticket.tokens import Keys
from tests.cast import CARLA
from tests.desk.house import House, build, mail, reply

OURS, THEIRS = "support@example.com", "help@partner.example"
ROUNDS = 12


@dataclass
class Street:
    """Two houses and the post between them. `forwards`: addresses whose mail is redirected to another one."""

    ours: House
    theirs: House
    forwards: dict[str, str] = field(default_factory=dict)
    carried: Counter[str] = field(default_factory=Counter)
    posted: set[tuple[str, int]] = field(default_factory=set)

    def house_at(self, address: str) -> House | None:
        at = self.forwards.get(address, address)
        return {OURS: self.ours, THEIRS: self.theirs}.get(at)

    def carry(self) -> int:
        """Every letter that has not been carried yet goes to whom it is for; their number."""
        under_way = []
        for house in (self.ours, self.theirs):
            enter(house)
            for one in house.letters():
                if (house.service.address, one.id) not in self.posted:
                    self.posted.add((house.service.address, one.id))
                    under_way.append((house, one.recipient, house.bytes_of(one)))
        for sender, recipient, data in under_way:
            reader = self.house_at(recipient)
            if reader is not None:
                self.carried[sender.service.address] += 1
                enter(reader)
                reader.take_in(data)
                assign(reader.office)
        return len(under_way)

    def until_quiet(self) -> None:
        for _ in range(ROUNDS):
            if not self.carry():
                return
        raise AssertionError(f"they still write to each other after {ROUNDS} rounds: {self.carried}")


def enter(house: House) -> None:
    """The tables are those of this house from now on: a process has one store, so this test changes it."""
    store = house.office.store
    proxies.database.initialize(store.engine)
    proxies.blob_database.initialize(store.blob_engine)
    blobs.keep_in(store.depot())


def config(address: str, csr: str) -> Config:
    """A desk at this address whose one CSR reads this one."""
    service = Service(
        name="support",
        address=address,
        first_level="all",
        imap=Imap(host="localhost", username="x"),
        smtp=Smtp(host="localhost"),
    )
    return Config(csr=(Csr(email=csr, name="Cy"),), role=(Role(name="all", members=(csr,)),), service=(service,))


@pytest.fixture
def street(parsers: Parsers, tmp_path: Path) -> Iterator[Callable[[Config, Config], Street]]:
    stores: list[Store] = []

    def made(ours: Config, theirs: Config) -> Street:
        houses = []
        for name, one in (("ours", ours), ("theirs", theirs)):
            store = Store("sqlite", tmp_path / name)
            store.open()
            store.migrate()
            stores.append(store)
            houses.append(build(one, store, parsers, tmp_path))
        other = replace(houses[1].office, keys=Keys((b"other desk's key" * 2,)))
        return Street(houses[0], replace(houses[1], office=other))

    yield made
    for store in stores:
        proxies.database.initialize(store.engine)
        store.close()


def arrive(house: House, raw: bytes) -> None:
    enter(house)
    house.take_in(raw.replace(b"support@example.com", house.service.address.encode()))
    assign(house.office)


Streets = Callable[[Config, Config], Street]


def test_a_forged_mail_from_one_desk_to_the_other_is_acknowledged_once(street: Streets) -> None:
    here = street(config(OURS, "ann@example.com"), config(THEIRS, "bo@partner.example"))
    arrive(here.ours, mail(Address("", THEIRS), text="Hello desk"))
    here.until_quiet()
    assert here.carried == {OURS: 1}


def test_a_csr_who_is_another_desk_settles(street: Streets) -> None:
    here = street(config(OURS, THEIRS), config(THEIRS, "bo@partner.example"))
    arrive(here.ours, mail(CARLA, text="Hello"))
    here.until_quiet()
    assert max(here.carried.values()) <= 2
    enter(here.theirs)
    assert here.theirs.case().status is Status.NEW and here.theirs.case().csr == "bo@partner.example"


def test_two_desks_that_are_each_others_csr_settle(street: Streets) -> None:
    here = street(config(OURS, THEIRS), config(THEIRS, OURS))
    arrive(here.ours, mail(CARLA, text="Hello"))
    here.until_quiet()
    assert max(here.carried.values()) <= 2, here.carried


def test_two_desks_whose_csrs_are_forwarded_to_each_other_settle(street: Streets) -> None:
    here = street(config(OURS, "ann@example.com"), config(THEIRS, "bo@partner.example"))
    here.forwards = {"ann@example.com": THEIRS, "bo@partner.example": OURS}
    arrive(here.ours, mail(CARLA, text="Hello"))
    here.until_quiet()
    assert max(here.carried.values()) <= 2, here.carried


def test_a_desk_that_is_a_csr_of_itself_settles(street: Streets) -> None:
    here = street(config(OURS, OURS), config(THEIRS, "bo@partner.example"))
    arrive(here.ours, mail(CARLA, text="Hello"))
    here.until_quiet()
    assert here.carried[OURS] <= 2, here.carried


def test_a_support_address_that_a_csrs_mail_is_forwarded_to_settles(street: Streets) -> None:
    here = street(config(OURS, "ann@example.com"), config(THEIRS, "bo@partner.example"))
    here.forwards = {"ann@example.com": OURS}
    arrive(here.ours, mail(CARLA, text="Hello"))
    here.until_quiet()
    assert here.carried[OURS] <= 2
    enter(here.ours)
    assert len(here.ours.cases()) == 1


def test_a_humans_answer_reaches_the_other_desk_and_is_not_acknowledged(street: Streets) -> None:
    here = street(config(OURS, "ann@example.com"), config(THEIRS, "bo@partner.example"))
    arrive(here.ours, mail(Address("Partner", THEIRS), text="We need a part"))
    here.until_quiet()
    enter(here.ours)
    here.ours.take_in(reply(here.ours.letters("csr_case")[0], "ann@example.com", "It is on its way."))
    here.until_quiet()
    enter(here.theirs)
    said = [one.words.text for case in here.theirs.cases() for one in here.theirs.entries(case)]
    assert any("It is on its way." in one for one in said)
    assert (here.carried[OURS], here.theirs.letters("auto_reply")) == (2, [])
