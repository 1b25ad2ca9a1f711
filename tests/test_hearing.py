"""Daemons on one PostgreSQL call each other to work; nobody depends on being called."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from mailticket.config.models import Config
from mailticket.daemon import Daemon
from mailticket.errors import StoreTrouble
from mailticket.store.database import Store
from mailticket.store.engine import notices
from mailticket.store.engine.notices import Notice
from mailticket.workers.hearer import VERBS, Hearer
from mailticket.workers.worker import Worker

OURS = "this:1:1"


@dataclass
class Hearing:
    """A hearer at work, and how often it woke the workers of each verb."""

    url: str
    store: Store
    woken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        office: Any = SimpleNamespace(store=self.store, owner=OURS)
        self.hearer = Hearer(lambda: office, self._wake)

    def _wake(self, verb: str) -> None:
        with self._changed:
            self.woken[verb] += 1
            self._changed.notify_all()

    def until(self, true: Callable[[Counter[str]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: true(self.woken), 30), self.woken

    def say(self, verb: str, teller: str) -> None:
        with self.store.connection():
            self.store.notify(verb, teller)

    def break_lines(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as line:
            line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )


@pytest.fixture
def hearing(fresh_postgres_url: Callable[[], str], tmp_path: Path) -> Iterator[Hearing]:
    url = fresh_postgres_url()
    store = Store(url, tmp_path)
    store.open()
    found = Hearing(url, store)
    found.hearer.start()
    found.until(lambda woken: len(woken) == len(VERBS))  # what was said before it listened was missed
    yield found
    found.hearer.stop()
    found.hearer.join(10)
    store.close()
    assert not found.hearer.is_alive()


def test_another_daemons_word_wakes_the_workers_of_that_verb_and_our_own_wakes_nobody(hearing: Hearing) -> None:
    hearing.say("deliver", OURS)
    hearing.say("assign", "that:2:2")
    hearing.say("collect", "")  # the command line
    hearing.until(lambda woken: woken["collect"] == 2)
    assert hearing.woken == {verb: 2 if verb in ("assign", "collect") else 1 for verb in VERBS}


def test_after_the_line_was_lost_all_look_once_and_it_hears_again(hearing: Hearing) -> None:
    hearing.break_lines()
    hearing.until(lambda woken: all(woken[verb] == 2 for verb in VERBS))
    hearing.say("deliver", "that:2:2")
    hearing.until(lambda woken: woken["deliver"] == 3)
    assert not list(hearing.hearer.troubles())


def test_while_all_is_quiet_the_database_is_asked_nothing(hearing: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "SELECT query_start FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    monkeypatch.setattr(notices, "_QUIET", 0.01)
    with psycopg.connect(hearing.url, autocommit=True) as line, closing(hearing.store.notices(VERBS)) as heard:
        next(heard)
        before = sorted(line.execute(asked).fetchall())
        assert [next(heard) for _ in range(5)] == [None] * 5
        assert len(before) == 2 and sorted(line.execute(asked).fetchall()) == before


@pytest.mark.parametrize("is_busy", [False, True])
def test_others_are_called_where_our_own_cannot_do_it_at_once(
    fresh_postgres_url: Callable[[], str], tmp_path: Path, is_busy: bool
) -> None:
    daemon = with_worker(fresh_postgres_url(), tmp_path, is_busy)
    with closing(daemon._store.notices(["deliver"])) as heard:
        next(heard)
        daemon._crew.wake("deliver")
        assert next(heard) == (Notice("deliver", daemon._owner) if is_busy else None)
    daemon._store.close()
    assert daemon.workers[0]._woken.is_set()


def test_a_call_that_cannot_be_made_harms_nobody(
    fresh_postgres_url: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreTrouble("The connection to the database is lost.")

    daemon = with_worker(fresh_postgres_url(), tmp_path, is_busy=True)
    monkeypatch.setattr(daemon._store, "notify", away)
    daemon._crew.wake("deliver")
    daemon._store.close()
    assert daemon.workers[0]._woken.is_set()


def with_worker(url: str, folder: Path, is_busy: bool) -> Daemon:
    """A daemon of one worker, which does not run."""
    config = Config.model_validate({"mailticket": {"data": str(folder), "database": url}})
    daemon = Daemon(config, folder / "config.toml")
    daemon._store.open()
    office: Any = SimpleNamespace(store=daemon._store, owner=daemon._owner, connected=daemon._store.connection)
    daemon._office = office
    daemon._crew._of_services = [Worker("deliver support", lambda: 0)]
    daemon._crew._of_services[0].is_busy = is_busy
    return daemon
