"""What a mail costs the database on its whole road: statements, commits, and none that is written anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mailticket.desk.assign import assign
from mailticket.desk.deliver import deliver
from mailticket.domain.address import Address
from mailticket.store.engine.engine import Engine
from mailticket.wire.smtp import Relay, SmtpSettings
from tests.desk.house import House, mail, reply
from tests.servers.smtp_sink import SmtpSink

_WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with Relay(SmtpSettings("127.0.0.1", smtp_sink.port, "none", helo="example.com")) as line:
        yield line


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """ "statements"; "commits", of which a write outside any transaction is one; "anew": written by peewee again."""
    counts: Counter[str] = Counter()
    execute, execute_sql, commit = Engine.execute, Engine.execute_sql, Engine.commit

    def noted(self: Engine, query: Any, **options: Any) -> Any:
        counts["anew"] += getattr(query, "prepared", None) is None
        return execute(self, query, **options)

    def noted_sql(self: Engine, sql: str, params: Any = None) -> Any:
        counts["statements"] += 1
        counts["commits"] += sql.startswith(_WRITES) and not self.transaction_depth()
        return execute_sql(self, sql, params)

    def noted_commit(self: Engine) -> None:
        counts["commits"] += 1
        commit(self)

    for name, replacement in (("execute", noted), ("execute_sql", noted_sql), ("commit", noted_commit)):
        monkeypatch.setattr(Engine, name, replacement)
    for verb in ("receive", "assign"):  # as long as it takes on whatever machine
        monkeypatch.setattr(f"mailticket.desk.{verb}.TOGETHER", 600.0)
    monkeypatch.setattr("mailticket.wire.smtp_session._AT_ONCE", 600_000)
    monkeypatch.setattr("mailticket.desk.under_way._MARK_LASTS", 600.0)
    return counts


def inquiries(house: House, first: int, count: int) -> None:
    for number in range(first, first + count):
        house.arrive(mail(Address("", f"customer{number}@many.example"), f"Matter {number}"))


def the_road(house: House, relay: Relay) -> None:
    while house.receive():
        assign(house.office)
    while deliver(house.office, house.service, relay):
        pass


def cost_of(counted: Counter[str], act: Callable[[], None]) -> Counter[str]:
    before = counted.copy()
    act()
    return counted - before


@pytest.mark.parametrize(("what", "most"), [("statements", 10.0), ("commits", 2.0)])
def test_a_new_inquiry_with_both_its_letters_costs_no_more(
    each_house: House, relay: Relay, counted: Counter[str], what: str, most: float
) -> None:
    house = each_house
    inquiries(house, 0, 10)
    few = cost_of(counted, lambda: the_road(house, relay))
    inquiries(house, 10, 40)
    many = cost_of(counted, lambda: the_road(house, relay))
    assert (many[what] - few[what]) / 30 <= most, (few, many)


def test_no_statement_of_the_road_is_written_anew(each_house: House, relay: Relay, counted: Counter[str]) -> None:
    house = each_house
    for number in (0, 1):
        before = counted.copy()
        inquiries(house, number, 1)
        the_road(house, relay)
        inquiry = counted - before
        customer = f"customer{number}@many.example"
        ours = next(one for one in house.letters("auto_reply") if one.recipient == customer)
        house.arrive(reply(ours, customer, "And this."))
        before = counted.copy()
        the_road(house, relay)
        answer = counted - before
    assert len(house.cases()) == 2 and len(house.letters()) == 6
    assert inquiry["statements"] and answer["statements"]
    assert inquiry["anew"] == answer["anew"] == 0
