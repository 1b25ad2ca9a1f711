"""What is put off to the end of a transaction is done in it, or not at all."""

from __future__ import annotations

import pytest

from mailticket.store.database import Store
from mailticket.store.engine.last_things import LastThings


def test_what_is_put_off_is_done_in_its_order_before_the_commit(store: Store) -> None:
    done: list[object] = []
    with store.connection():
        with store.transaction():
            store.before_commit(lambda: done.append(store.engine.in_transaction()))
            store.before_commit(lambda: done.append("second"))
            done.append("body")
        assert done == ["body", True, "second"]


def test_what_a_savepoint_put_off_waits_for_the_transaction(store: Store) -> None:
    done: list[str] = []
    with store.connection(), store.transaction():
        with store.transaction():
            store.before_commit(lambda: done.append("put off"))
        assert done == []
    assert done == ["put off"]


def test_what_a_failed_savepoint_put_off_is_not_done(store: Store) -> None:
    done: list[str] = []
    with store.connection(), store.transaction():
        store.before_commit(lambda: done.append("before"))
        with pytest.raises(ValueError, match="broken"), store.transaction():
            store.before_commit(lambda: done.append("never"))
            raise ValueError("broken")
        store.before_commit(lambda: done.append("after"))
    assert done == ["before", "after"]


def test_what_a_failed_transaction_put_off_is_not_done_in_the_next_one() -> None:
    things, done = LastThings(), []
    with pytest.raises(ValueError, match="broken"), things.of_transaction():
        things.put_off(lambda: done.append("never"))
        raise ValueError("broken")
    with things.of_transaction():
        things.put_off(lambda: done.append("next"))
    assert done == ["next"]


def test_what_is_put_off_at_the_end_is_done_too_and_without_a_transaction_at_once() -> None:
    things, done = LastThings(), []
    with things.of_transaction():
        things.put_off(lambda: things.put_off(lambda: done.append("later still")))
    assert done == ["later still"]
    things.put_off(lambda: done.append("at once"))
    assert done == ["later still", "at once"]


def test_one_that_fails_takes_the_transaction_back(store: Store) -> None:
    with store.connection():
        store.engine.execute_sql("CREATE TABLE kept (word TEXT)")
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.engine.execute_sql("INSERT INTO kept VALUES ('a')")
            store.before_commit(lambda: 1 // 0)
        assert store.engine.execute_sql("SELECT count(*) FROM kept").fetchone() == (0,)
