"""Several at once: nothing is done twice, nobody is given too much, nothing fails because somebody else is busy."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mailticket.domain.case import Status
from mailticket.errors import Conflict, Contention, Temporary
from mailticket.store import cases, entries, inbox, inbox_claims, outbox, outbox_claims, people
from mailticket.store.casework import queues
from mailticket.store.database import Store
from mailticket.store.engine import sqlite
from mailticket.store.engine.locking import repeated
from mailticket.store.operation import leases
from tests.store.rows import ANN, MINUTE, NOW, arrival, desk, entry, letter, opened, taken, taken_by_relay

LIMIT = 5


@contextmanager
def opened_store(url: str, folder: Path) -> Iterator[Store]:
    store = Store(url, folder / "data")
    store.open()
    store.migrate()
    with store.connection():
        yield store
    store.close()


def together(store: Store, count: int, work: Callable[[str], None]) -> None:
    """Run `work(name)` in so many threads at the same moment, each on its own connection; their errors are ours."""
    start, errors = threading.Barrier(count), []

    def run(name: str) -> None:
        try:
            with store.connection():
                start.wait(30)
                work(name)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(f"worker {number}",)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert errors == []


def once(claimed: Sequence[int], expected: Sequence[int]) -> bool:
    return sorted(claimed) == sorted(expected)


def test_no_inbox_row_is_claimed_twice(store: Store) -> None:
    ids, claimed = taken(60), []

    def work(name: str) -> None:
        while items := inbox_claims.claim(NOW, name, limit=7):
            claimed.extend(one.id for one in items)

    together(store, 2, work)
    assert once(claimed, ids)


def test_no_letter_is_claimed_twice_and_one_case_s_letters_go_one_by_one(store: Store) -> None:
    case = opened()
    ids = outbox.post_many([letter(case=case.key if number % 3 else 0) for number in range(60)], NOW)
    claimed, under_way = [], Counter[str]()

    def work(name: str) -> None:
        while items := outbox_claims.claim("support", name, NOW, limit=7):
            under_way.update(one.case for one in items if one.case)
            assert under_way[case.id] <= 1
            claimed.extend(one.id for one in items)
            under_way.subtract(one.case for one in items if one.case)
            for one in items:
                taken_by_relay(one.id, name, "250 ok", NOW)

    together(store, 2, work)
    assert set(claimed) <= set(ids) and len(set(claimed)) == len(claimed)
    left = [one.id for one in outbox.list_items(state="queued")]
    assert once([*claimed, *left], [id for id in ids if id])


def test_two_daemons_never_push_a_csr_over_the_limit(store: Store) -> None:
    people.project(desk(role=[{"name": "support", "members": [ANN]}]), NOW)
    for _ in range(20):
        opened(waiting_since=NOW)

    def work(_name: str) -> None:
        for case_id in [one.case for one in queues.waiting(50)]:
            with store.transaction():
                cases.lock([case_id])
                case = cases.load([case_id])[case_id]
                (ann,) = people.candidates("support", NOW)
                if case.waiting_since and ann.active_cases < LIMIT:
                    cases.change(case, {"csr": ANN, "waiting_since": None})

    together(store, 2, work)
    assert people.candidates("support", NOW)[0].active_cases == LIMIT


def test_the_second_counts_only_when_the_first_has_assigned(store: Store) -> None:
    people.project(desk(), NOW)
    case, counted = opened(), list[int]()

    def count() -> None:
        with store.connection(), store.transaction():
            counted.append(people.candidates("support", NOW)[0].active_cases)

    second = threading.Thread(target=count)
    with store.transaction():
        people.candidates("support", NOW)
        second.start()
        second.join(0.4)
        assert counted == []
        cases.change(case, {"csr": ANN})
    second.join(30)
    assert counted == [1]


def test_without_the_lock_on_the_case_the_slower_of_two_changes_is_refused(store: Store) -> None:
    case = opened()
    outcomes: list[str] = []

    def work(name: str) -> None:
        try:
            with store.transaction():
                cases.change(case, {"csr": name})
            outcomes.append("changed")
        except Conflict:
            outcomes.append("refused")

    together(store, 4, work)
    assert sorted(outcomes) == ["changed", "refused", "refused", "refused"]


def test_eight_threads_read_change_and_write_without_a_locked_database(store: Store) -> None:
    case_id = opened().id

    def work(_name: str) -> None:
        for _ in range(15):
            with store.transaction():
                cases.lock([case_id])
                case = cases.load([case_id])[case_id]
                entries.add_entry(case, replace(entry(), number=case.entries + 1))
                cases.change(case, {"updated_at": NOW})

    together(store, 8, work)
    case = cases.load([case_id])[case_id]
    assert case.version == case.entries == 8 * 15
    assert [one.number for one in entries.entries(case.key, newest_first=False)] == list(range(1, 121))


def test_the_same_mail_taken_by_two_is_one_row(store: Store) -> None:
    arrivals, got = [arrival(f"7/{number}") for number in range(1, 40)], []
    together(store, 2, lambda _name: got.extend(inbox.take(arrivals, NOW)))
    ids = [id for id in got if id]
    assert len(ids) == len(set(ids)) == len(arrivals) == len(inbox.list_items())


def test_a_lease_has_one_owner_however_many_ask(store: Store) -> None:
    owners: list[str] = []

    def work(name: str) -> None:
        if leases.acquire("mailbox:support", name, MINUTE):
            owners.append(name)

    together(store, 6, work)
    assert len(owners) == 1


def test_locked_cases_are_waited_for_in_one_order(store: Store) -> None:
    ids = [opened(status=Status.OPENED).id for _ in range(4)]

    def work(name: str) -> None:
        for _ in range(5):
            with store.transaction():
                cases.lock(ids if name.endswith("0") else ids[::-1])
                for case in cases.load(ids).values():
                    cases.change(case, {"csr": name})

    together(store, 2, work)
    assert {case.version for case in cases.load(ids).values()} == {10}


def test_the_database_that_stays_locked_is_temporary(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_WAITS", 0.2)
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        with sqlite_store.connection(), sqlite_store.transaction():
            holds.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(30)
    sqlite_store.engine.execute_sql("PRAGMA busy_timeout = 20")
    with pytest.raises(Temporary, match="locked"):
        opened()
    done.set()
    thread.join(30)


def test_of_two_transactions_in_each_others_way_both_are_done_in_the_end(postgres_url: str, tmp_path: Path) -> None:
    with opened_store(postgres_url, tmp_path) as store:
        names, both, done = ("a", "b"), threading.Barrier(2), []
        for name in names:
            leases.acquire(name, "nobody", MINUTE)

        @repeated
        def work(mine: str, other: str) -> None:
            with store.transaction():
                leases.acquire(mine, "nobody", MINUTE)
                with suppress(threading.BrokenBarrierError):
                    both.wait(2)
                both.abort()
                leases.acquire(other, "nobody", MINUTE)
            done.append(mine)

        turns = iter((names, names[::-1]))
        together(store, 2, lambda _name: work(*next(turns)))
        assert sorted(done) == ["a", "b"]


def test_what_gives_in_again_and_again_is_the_callers_in_the_end(sqlite_store: Store) -> None:
    tries = []

    @repeated
    def work() -> None:
        tries.append(1)
        raise Contention("in the way")

    with pytest.raises(Contention):
        work()
    assert len(tries) == 5
    with pytest.raises(Contention), sqlite_store.transaction():
        work()
    assert len(tries) == 6
