"""What is put off to the end of a transaction is done in it, or not at all."""

from __future__ import annotations

import pytest

from mailticket.store.database import Store
from mailticket.store.engine.last_things import LastThings


def test_what_is_put_off_is_done_in_its_order_before_the_commit(store: Store) -> None:
    done: list[object] = []
    with store.connection():
        with store.transaction():
            store.before_commit(lambda _: done.append(store.engine.in_transaction()), 0)
            store.before_commit(lambda _: done.append("second"), 0)
            done.append("body")
        assert done == ["body", True, "second"]


def test_what_a_savepoint_put_off_waits_for_the_transaction(store: Store) -> None:
    done: list[str] = []
    with store.connection(), store.transaction():
        with store.transaction():
            store.before_commit(lambda _: done.append("put off"), 0)
        assert done == []
    assert done == ["put off"]


def test_what_a_failed_savepoint_put_off_is_not_done(store: Store) -> None:
    done: list[str] = []
    with store.connection(), store.transaction():
        store.before_commit(lambda _: done.append("before"), 0)
        with pytest.raises(ValueError, match="broken"), store.transaction():
            store.before_commit(lambda _: done.append("never"), 0)
            raise ValueError("broken")
        store.before_commit(lambda _: done.append("after"), 0)
    assert done == ["before", "after"]


def test_what_a_failed_transaction_put_off_is_not_done_in_the_next_one() -> None:
    things = LastThings()
    done: list[list[str]] = []
    with pytest.raises(ValueError, match="broken"), things.of_transaction():
        things.put_off(done.append, "never")
        raise ValueError("broken")
    with things.of_transaction():
        things.put_off(done.append, "next")
    assert done == [["next"]]


def test_what_is_put_off_at_the_end_is_done_too_and_without_a_transaction_at_once() -> None:
    things = LastThings()
    done: list[list[str]] = []
    with things.of_transaction():
        things.put_off(lambda _: things.put_off(done.append, "later still"), 0)
    assert done == [["later still"]]
    things.put_off(done.append, "at once")
    assert done == [["later still"], ["at once"]]


def test_one_that_fails_takes_the_transaction_back(store: Store) -> None:
    with store.connection():
        store.engine.execute_sql("CREATE TABLE kept (word TEXT)")
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.engine.execute_sql("INSERT INTO kept VALUES ('a')")
            store.before_commit(lambda _: 1 // 0, 0)
        assert store.engine.execute_sql("SELECT count(*) FROM kept").fetchone() == (0,)


def test_things_for_the_same_work_are_given_to_it_together(store: Store) -> None:
    done: list[list[int]] = []
    with store.connection(), store.transaction():
        for number in (1, 2):
            store.before_commit(done.append, number)
        store.before_commit(lambda others: done.append([-one for one in others]), 3)
        store.before_commit(done.append, 4)
    assert done == [[1, 2], [-3], [4]]


def test_rows_are_written_first_and_those_of_one_kind_together() -> None:
    things = LastThings()
    done: list[object] = []
    with things.of_transaction():
        things.put_off(done.append, "a letter")
        for number in (1, 2):
            things.put_off_rows(done.append, [number])
            things.put_off_rows(done.extend, [-number])
    assert done == [[1, 2], -1, -2, ["a letter"]]


def test_rows_that_somebody_reads_before_the_end_are_written_once() -> None:
    things = LastThings()
    done: list[list[int]] = []
    with things.of_transaction():
        things.put_off_rows(done.append, [1])
        things.write_rows()
        assert done == [[1]]
        things.put_off_rows(done.append, [2])
    assert done == [[1], [2]]
    things.put_off_rows(done.append, [3])  # without a transaction
    assert done[-1] == [3]


@pytest.mark.parametrize(
    ("statement", "is_first"),
    [
        ('SELECT * FROM "kept"', True),
        ('UPDATE "kept" SET word = 1', True),
        ('INSERT INTO "kept" VALUES (2)', True),
        ('DELETE FROM "other"', True),  # what hangs on its rows goes with them
        ('SELECT * FROM "other"', False),
        ('UPDATE "other" SET word = 1', False),
    ],
)
def test_rows_are_written_before_a_statement_that_could_meet_them(statement: str, is_first: bool) -> None:
    things = LastThings()
    done: list[object] = []
    with things.of_transaction():
        things.put_off_rows(done.append, [1], "kept")
        things.before(statement)
        done.append("the statement")
    assert done == ([[1], "the statement"] if is_first else ["the statement", [1]])


def test_rows_that_the_writing_of_others_puts_off_are_written_with_them() -> None:
    things = LastThings()
    done: list[object] = []
    with things.of_transaction():
        things.put_off_rows(lambda rows: things.put_off_rows(done.append, [*rows, 2], "index"), [1], "kept")
        things.before('SELECT * FROM "kept"')
        assert done == [[1, 2]]
    assert done == [[1, 2]]


def test_rows_put_off_before_a_savepoint_do_not_hang_on_its_end(store: Store) -> None:
    def write(words: list[str]) -> None:
        for word in words:
            store.engine.execute_sql(f"INSERT INTO kept VALUES ('{word}')")

    things = store.engine.last_things
    with store.connection():
        store.engine.execute_sql("CREATE TABLE kept (word TEXT)")
        with store.transaction():
            things.put_off_rows(write, ["before"])
            with pytest.raises(ValueError, match="broken"), store.transaction():
                things.put_off_rows(write, ["never"])
                things.write_rows()
                things.put_off_rows(write, ["never"])
                raise ValueError("broken")
            things.put_off_rows(write, ["after"])
        assert store.engine.execute_sql("SELECT word FROM kept").fetchall() == [("before",), ("after",)]
