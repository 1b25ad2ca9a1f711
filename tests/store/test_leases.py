"""Leases: one owner at a time, and a number that tells the owners apart."""

from __future__ import annotations

import time
from datetime import timedelta

from mailticket.store.database import Store
from mailticket.store.operation import leases

MINUTE = timedelta(minutes=1)
INSTANT = timedelta(milliseconds=1)


def test_only_one_owner_at_a_time(store: Store) -> None:
    assert leases.acquire("mailbox:support", "a", MINUTE) == 1
    assert leases.acquire("mailbox:support", "b", MINUTE) is None
    assert leases.acquire("mailbox:sales", "b", MINUTE) == 1


def test_a_lease_that_ran_out_is_taken_with_a_higher_number(store: Store) -> None:
    leases.acquire("mailbox:support", "a", INSTANT)
    time.sleep(0.05)
    assert leases.acquire("mailbox:support", "b", MINUTE) == 2
    assert not leases.renew("mailbox:support", "a", 1, MINUTE)
    assert not leases.holds("mailbox:support", "a", 1)
    assert leases.holds("mailbox:support", "b", 2)


def test_an_owner_can_renew_and_release(store: Store) -> None:
    epoch = leases.acquire("mailbox:support", "a", MINUTE)
    assert epoch and leases.renew("mailbox:support", "a", epoch, MINUTE)
    leases.release("mailbox:support", "b")
    assert leases.acquire("mailbox:support", "b", MINUTE) is None
    leases.release("mailbox:support", "a")
    assert not leases.holds("mailbox:support", "a", epoch)
    assert leases.acquire("mailbox:support", "b", MINUTE) == epoch + 1
