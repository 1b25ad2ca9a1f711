"""Relay accounts: every daemon counts together and rests together, and a rest ends by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

from mailticket.domain.rate import Rate, Room
from mailticket.store.database import Store
from mailticket.store.operation import accounts
from tests.store.rows import MINUTE, NOW

RESTS = (timedelta(seconds=30), timedelta(minutes=5))
FIVE = Rate(5, timedelta(minutes=1))


def test_what_is_taken_is_counted_and_the_last_is_for_answers(store: Store) -> None:
    assert accounts.room("a", FIVE, NOW) == Room(5, 4)
    assert [accounts.take("a", FIVE, False, NOW) for _ in range(5)] == [True] * 4 + [False]
    assert [accounts.take("a", FIVE, True, NOW) for _ in range(2)] == [True, False]
    assert accounts.room("a", FIVE, NOW) == Room(0, 0)
    assert accounts.room("b", FIVE, NOW) == Room(5, 4)
    assert accounts.take("a", FIVE, False, NOW + 2 * MINUTE)


def test_many_daemons_together_take_no_more_than_the_rate(store: Store) -> None:
    taken: list[bool] = []

    def daemon() -> None:
        with store.connection():
            taken.extend(accounts.take("a", Rate(20, timedelta(minutes=1)), True, NOW) for _ in range(10))

    threads = [threading.Thread(target=daemon) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == [False] * 20 + [True] * 20


def test_a_refused_account_rests_longer_each_time_and_then_works_again(store: Store) -> None:
    assert accounts.rest("a") is None
    assert accounts.pause("a", "535 no", RESTS, NOW).until == NOW + RESTS[0]
    now = NOW + MINUTE
    for refusals in (2, 3):
        rest = accounts.pause("a", "535 still no", RESTS, now)
        assert (rest.until, rest.refusals, rest.since, rest.why) == (now + RESTS[1], refusals, NOW, "535 still no")
        now += 6 * MINUTE
    assert accounts.resting() == [rest] and accounts.rest("a") == rest
    accounts.resume("a")
    assert accounts.resting() == [] and accounts.rest("a") is None
    assert accounts.pause("a", "535 no", RESTS, now).until == now + RESTS[0]


def test_two_daemons_refused_at_once_are_one_refusal(store: Store) -> None:
    first = accounts.pause("a", "535 no", RESTS, NOW)
    assert accounts.pause("a", "535 no", RESTS, NOW + timedelta(seconds=1)) == first


def test_a_rest_is_not_begun_from_a_clock_that_was_ahead(store: Store) -> None:
    accounts.pause("a", "535 no", RESTS, NOW + timedelta(days=400))
    assert accounts.pause("a", "535 no", RESTS, NOW).until == NOW + RESTS[1]
