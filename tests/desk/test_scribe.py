"""The scribe: letters are the same whoever writes them, and none is lost with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mailticket.children.scribe import MANY, Order, Scribe
from mailticket.desk.assign import assign
from mailticket.desk.decided.alarm import ring, tell
from mailticket.domain.address import Address
from mailticket.domain.decision import Alarm, LetterKind
from mailticket.errors import Permanent, Temporary
from mailticket.writing.letter import write
from mailticket.writing.matter import Matter
from tests.cast import ANN, CARLA
from tests.desk.house import House, mail, reply


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come about within a minute"
        time.sleep(0.02)


def taken(scribe: Scribe, house: House, matter: Matter) -> Order:
    """An order that the scribe's process has taken."""
    found: list[Order] = []

    def is_taken() -> bool:
        found.append(scribe.order(matter, house.office.stationery))
        return found[-1].is_on_its_way

    until(is_taken)
    return found[-1]


@pytest.fixture
def scribe(house: House) -> Iterator[Scribe]:
    scribe = Scribe()
    scribe.expect(MANY, house.office.stationery)
    yield scribe
    scribe.close()


@pytest.fixture
def matters(house: House, monkeypatch: pytest.MonkeyPatch) -> list[Matter]:
    """What the letters are made from that the house orders."""
    found: list[Matter] = []
    order = Scribe.order

    def noted(self: Scribe, matter: Matter, *rest: Any) -> Order:
        found.append(matter)
        return order(self, matter, *rest)

    monkeypatch.setattr(Scribe, "order", noted)
    return found


def a_busy_day(house: House) -> None:
    house.take_in(mail())
    assign(house.office)
    told = house.letter("csr_case")
    house.take_in(reply(told, ANN.address, "#note Not for her eyes."))
    house.take_in(reply(told, ANN.address, "Pull the plug.\n"))
    house.take_in(reply(told, ANN.address, "#nonsense\n"))
    house.take_in(reply(house.letter("customer_reply"), CARLA, "Thank you, and now?"))
    with house.office.connected(), house.office.store.transaction():
        ring(house.office, house.service, Alarm("imap-down:support", "It does not answer."))
    tell(house.office)


def test_every_letter_is_the_same_whoever_writes_it(house: House, scribe: Scribe, matters: list[Matter]) -> None:
    a_busy_day(house)
    kinds = {one.send.letter for one in matters}
    assert kinds >= {LetterKind.AUTO_REPLY, LetterKind.CSR_CASE, LetterKind.CUSTOMER_REPLY, LetterKind.CSR_RECEIPT}
    for matter in matters[:]:
        assert taken(scribe, house, matter).letter() == write(matter, house.office.stationery)


def test_letters_keep_their_order_and_go_to_who_ordered_them(
    house: House, scribe: Scribe, matters: list[Matter]
) -> None:
    house.take_in(mail())
    taken(scribe, house, matters[0]).letter()
    orders = [scribe.order(replace(matters[0], nonce=bytes([n] * 8)), house.office.stationery) for n in range(60)]
    assert any(one.is_on_its_way for one in orders) and not all(one.is_on_its_way for one in orders)
    expected = [write(one.matter, house.office.stationery).message_id for one in orders]
    assert [one.letter().message_id for one in reversed(orders)] == expected[::-1]


def test_orders_that_nobody_asks_for_keep_no_others_waiting(
    house: House, scribe: Scribe, matters: list[Matter]
) -> None:
    house.take_in(mail())
    for _ in range(200):
        taken(scribe, house, matters[0])
    assert taken(scribe, house, matters[0]).letter() == write(matters[0], house.office.stationery)


def test_what_the_scribe_had_in_hand_is_written_when_it_is_killed(
    house: House, scribe: Scribe, matters: list[Matter]
) -> None:
    house.take_in(mail())
    orders = [taken(scribe, house, matters[0]) for _ in range(5)]
    assert scribe.pid is not None
    os.kill(scribe.pid, signal.SIGKILL)
    ours = write(matters[0], house.office.stationery)
    assert [one.letter() for one in orders] == [ours] * 5
    assert scribe.order(matters[0], house.office.stationery).letter() == ours


def test_a_scribe_that_hangs_is_left_alone(
    house: House, matters: list[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailticket.children.scribe._PATIENCE", 1)
    house.take_in(mail())
    scribe = Scribe()
    try:
        scribe.expect(MANY, house.office.stationery)
        orders = [taken(scribe, house, matters[0])]
        assert scribe.pid is not None
        os.kill(scribe.pid, signal.SIGSTOP)
        orders += [scribe.order(matters[0], house.office.stationery) for _ in range(30)]
        ours = write(matters[0], house.office.stationery)
        assert [one.letter() for one in orders] == [ours] * 31
        assert not scribe.order(matters[0], house.office.stationery).is_on_its_way
    finally:
        scribe.close()


def test_a_scribe_that_cannot_take_in_what_it_is_asked_for_ends(
    house: House, scribe: Scribe, matters: list[Matter]
) -> None:
    """As where an errand needs more memory than it may have: who waits for it learns at once that nothing will come."""
    house.take_in(mail())
    order, child, pid = taken(scribe, house, matters[0]), scribe._child, scribe.pid
    assert child is not None
    child._pipe.send_bytes(b"no errand")
    until(lambda: not os.path.exists(f"/proc/{pid}"))
    assert order.letter() == write(matters[0], house.office.stationery)


def test_mails_are_handled_while_the_scribe_is_killed(house: House, scribe: Scribe, matters: list[Matter]) -> None:
    house.office = replace(house.office, scribe=scribe)
    house.take_in(mail())
    taken(scribe, house, matters[0])
    assert scribe.pid is not None
    os.kill(scribe.pid, signal.SIGKILL)
    house.take_in(*(mail(Address("", f"c{number}@many.example"), f"Matter {number}") for number in range(3)))
    assert len(house.letters("auto_reply")) == 4


def test_what_cannot_be_written_says_so_to_who_ordered_it(house: House, scribe: Scribe, matters: list[Matter]) -> None:
    house.take_in(mail())
    assign(house.office)
    csrs = next(one for one in matters if one.send.csr)
    nobodys = replace(csrs, send=replace(csrs.send, csr="gone@example.com"))
    with pytest.raises(Permanent, match=r"gone@example\.com is no CSR any more"):
        taken(scribe, house, nobodys).letter()


def test_a_new_config_is_what_the_next_letter_is_written_by(
    house: House, scribe: Scribe, matters: list[Matter]
) -> None:
    house.take_in(mail())
    taken(scribe, house, matters[0])
    service = house.service.model_copy(update={"from_name": "Another Name"})
    house.with_config(house.office.config.model_copy(update={"service": (service,)}))
    letter = taken(scribe, house, matters[0]).letter()
    assert letter == write(matters[0], house.office.stationery)


@pytest.mark.parametrize("error", [Temporary("No child process could be started."), BrokenPipeError()])
def test_where_no_process_can_be_started_letters_are_written_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def none(*_: object) -> None:
        raise error

    monkeypatch.setattr("mailticket.children.scribe.born", none)
    house.office = replace(house.office, scribe=Scribe())
    house.take_in(*(mail(Address("", f"c{number}@many.example"), f"Matter {number}") for number in range(MANY)))
    assert len(house.letters("auto_reply")) == MANY


def test_an_answer_whose_order_was_given_up_meanwhile_goes_to_no_other(
    house: House, scribe: Scribe, matters: list[Matter], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take_in(mail())
    orders = [taken(scribe, house, replace(matters[0], nonce=bytes([number] * 8))) for number in range(3)]
    child: Any = scribe._child
    hear = child._pipe.recv

    def given_up_by_another_thread() -> Any:
        answer = hear()
        child._gone()
        return answer

    monkeypatch.setattr(child._pipe, "recv", given_up_by_another_thread)
    assert [one.letter() for one in orders] == [write(one.matter, house.office.stationery) for one in orders]
    assert not any(one.is_on_its_way for one in orders)


def test_few_mails_are_not_worth_a_process(house: House) -> None:
    scribe = Scribe()
    scribe.expect(MANY - 1, house.office.stationery)
    assert scribe.pid is None


def test_it_ends_when_nobody_orders_and_begins_anew(house: House, matters: list[Matter]) -> None:
    house.take_in(mail())
    scribe = Scribe(idle_for=2.0)
    try:
        scribe.expect(MANY, house.office.stationery)
        first = scribe.pid
        assert first is not None
        until(lambda: not os.path.exists(f"/proc/{first}"))
        assert scribe.order(matters[0], house.office.stationery).letter()
        scribe.expect(MANY, house.office.stationery)
        assert scribe.pid not in (None, first)
    finally:
        scribe.close()
