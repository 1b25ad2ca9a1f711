"""Behind a backlog, letters about what was received go out before further mails are received; but not for ever."""

from __future__ import annotations

import threading

import pytest

from mailticket.domain.address import Address
from mailticket.domain.decision import SendKind
from mailticket.store import outbox_claims, outbox_ends
from mailticket.workers import receiver as worker
from mailticket.workers.receiver import Receiver
from tests.desk.house import House, mail
from tests.store.rows import taken_by_relay


@pytest.fixture
def behind(house: House, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A receiver whose last batch was full, and a letter that waits. Each batch is one mail."""
    monkeypatch.setattr(worker, "READ_TOGETHER", 1)
    monkeypatch.setattr(worker, "BATCH", 1)
    for number in range(2):
        house.arrive(mail(Address("", f"customer{number}@many.example"), f"Matter {number}"))
    receiver = Receiver(lambda: house.office)
    assert receiver.turn() == 1 and len(house.letters()) == 1
    return receiver


def test_the_next_batch_waits_until_no_letter_is_due_or_under_way(
    house: House, behind: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LETTERS_FIRST", 600.0)
    looks = threading.Semaphore(0)
    monkeypatch.setattr(outbox_claims, "are_left", _noted(looks))
    thread = threading.Thread(target=behind.turn)
    thread.start()
    _looked_at(looks)
    (letter,) = house.in_store(lambda: outbox_claims.claim("support", "me", house.clock()))
    _looked_at(looks)
    assert len(house.cases()) == 1
    house.in_store(lambda: taken_by_relay(letter.id, "me", "250 ok", house.clock()))
    thread.join(30)
    assert not thread.is_alive() and len(house.cases()) == 2


def _noted(looks: threading.Semaphore) -> object:
    real = outbox_claims.are_left

    def noted(*asked: object) -> bool:
        looks.release()
        return real(*asked)  # type: ignore[arg-type]

    return noted


def _looked_at(looks: threading.Semaphore) -> None:
    """A whole look has been taken since: the second one began after this was called."""
    for _ in range(3):
        assert looks.acquire(timeout=30)


def test_a_relay_that_takes_nothing_stops_no_mail(
    house: House, behind: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LETTERS_FIRST", 0.05)
    assert behind.turn() == 1 and len(house.cases()) == 2


def test_letters_that_are_to_go_later_keep_nothing_waiting(house: House) -> None:
    house.post(SendKind.HUMAN)
    assert house.in_store(lambda: outbox_claims.are_left(house.clock(), 0))
    (letter,) = house.in_store(lambda: outbox_claims.claim("support", "me", house.clock()))
    house.in_store(lambda: outbox_ends.deferred(letter.id, "me", "451 later", house.clock.now.replace(year=2099)))
    assert not house.in_store(lambda: outbox_claims.are_left(house.clock(), 0))


def test_a_receiver_that_is_told_to_stop_waits_for_no_letter(behind: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LETTERS_FIRST", 600.0)
    behind.stop()
    assert behind.turn() in (0, 1)
