"""Statements that are written once: only their values are new, and no value stands in their text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee
import pytest

from mailticket.store import inbox
from mailticket.store.database import Store
from mailticket.store.engine import prepared
from mailticket.store.engine.engine import Engine
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.files import blobs
from mailticket.store.tables import case_tables
from tests.store.rows import NOW, arrival


@PreparedRows
def _insert(holes: Holes) -> Any:
    new = case_tables.Role.insert_many([holes.columns(("name",))])
    return new.returning(case_tables.Role.name).tuples()


@Prepared
def _named(holes: Holes, count: int) -> Any:
    return (
        case_tables.Role.select(case_tables.Role.name)
        .where(case_tables.Role.name.in_(holes.each("names", count)))
        .tuples()
    )


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that were written while the test ran."""
    texts: list[str] = []
    keep = prepared.Written.keep

    def noted(self: Any, sql: str, places: Any) -> None:
        texts.append(sql)
        keep(self, sql, places)

    monkeypatch.setattr(prepared.Written, "keep", noted)
    yield texts


def _roles(*names: str) -> list[dict[str, str]]:
    return [{"name": one} for one in names]


def test_only_the_values_are_new_at_the_second_run(store: Store, written: list[str]) -> None:
    named = Prepared(_named._make)
    with store.connection():
        _insert(rows=_roles("first", "second")).execute()
        assert [list(named(1, names=[one])) for one in ("first", "second")] == [[("first",)], [("second",)]]
    assert sum("IN (" in one for one in written) == 1


def test_rows_of_any_number_are_written_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    @PreparedRows
    def insert(holes: Holes) -> Any:
        table = case_tables.Customer
        new = table.insert_many([holes.columns(("address_key", "address", "created_at"))])
        kept = new.on_conflict(conflict_target=[table.address_key], update={table.name: holes.name})
        return kept.returning(table.address_key, table.name, table.fields).tuples()

    def rows(*addresses: str) -> list[dict[str, Any]]:
        return [{"address_key": one, "address": one, "created_at": NOW} for one in addresses]

    with store.connection():
        assert list(insert(rows=rows("a"), name="x")) == [("a", "", {})]
        monkeypatch.setattr(Engine, "get_sql_context", None)  # peewee writes no more
        assert list(insert(rows=rows("b", "c"), name="x")) == [("b", "", {}), ("c", "", {})]
        found = sorted(insert(rows=rows("a", "d", "e'); --"), name="known"))
        assert found == [("a", "known", {}), ("d", "", {}), ("e'); --", "", {})]


def test_no_value_stands_in_the_text(store: Store, written: list[str]) -> None:
    hostile = "x'); DROP TABLE role; --"
    named = Prepared(_named._make)
    with store.connection():
        _insert(rows=_roles(hostile)).execute()
        assert list(named(1, names=[hostile])) == [(hostile,)]
    assert written and hostile not in "".join(written)


def test_values_are_made_fit_for_their_columns_at_each_run(store: Store) -> None:
    with store.connection():
        _insert(rows=_roles("nul\0", "half \ud83d of a pair")).execute()
        found = {name for (name,) in _named(2, names=["nul\0", "half \ud83d of a pair"])}
    assert found == {"nul", "half \ufffd of a pair"}


def test_each_length_has_a_text_of_its_own(store: Store) -> None:
    with store.connection():
        _insert(rows=_roles("a", "b", "c")).execute()
        assert len(list(_named(1, names=["a"]))) == 1
        assert len(list(_named(3, names=["a", "b", "c"]))) == 3


@pytest.mark.parametrize("module, name", [(inbox, "_have_mail_waiting"), (blobs, "_insert_all")])
def test_mails_of_whatever_number_are_taken_in_by_the_same_statements(
    store: Store, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    def take(count: int) -> None:
        told = [f"{count}.{number}" for number in range(count)]
        new = [arrival(key, is_fresh=True, from_key=f"{key}@a.example") for key in told]
        assert len(blobs.put_many([one.encode() for one in told])) == len(inbox.take(new, NOW)) == count

    monkeypatch.setattr(module, name, PreparedRows(getattr(module, name)._make))
    with store.connection():
        take(1)
        monkeypatch.setattr(Engine, "get_sql_context", None)  # peewee writes no more
        for count in (2, 3, 19):
            take(count)


def test_nothing_can_be_added_to_a_prepared_statement(store: Store) -> None:
    with store.connection(), pytest.raises(AttributeError, match="limit"):
        list(_named(1, names=["a"]).limit(1))


@Prepared
def _rows(holes: Holes, kind: str) -> Any:
    role = case_tables.Role
    query = role.select(role.id, role.name, peewee.fn.COUNT(role.id).alias("count")).group_by(role.id, role.name)
    return getattr(query.where(role.name == holes.name), kind)()


@pytest.mark.parametrize("kind", ["tuples", "dicts"])
def test_the_second_run_gives_what_peewee_gives_at_the_first(store: Store, kind: str) -> None:
    with store.connection():
        _insert(rows=_roles("a")).execute()
        rows = Prepared(_rows._make)
        first, second = list(rows(kind, name="a")), list(rows(kind, name="a"))
    assert first == second and len(first) == 1 and type(first[0]) is type(second[0])


def test_how_the_rows_of_a_query_without_a_table_are_read_is_learnt_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Prepared(lambda holes: peewee.Select(columns=[peewee.Value(1)]).bind(prepared.database).tuples())
    with store.connection():
        assert list(asked()) == [(1,)]
        monkeypatch.setattr(prepared._Form, "_first", None)  # it would ask peewee again
        assert list(asked()) == [(1,)]


@Prepared
def _rename(holes: Holes) -> Any:
    return case_tables.Role.update(name=holes.new).where(case_tables.Role.name == holes.old)


def test_a_change_tells_how_many_rows_it_changed_at_each_run(store: Store) -> None:
    with store.connection():
        _insert(rows=_roles("a")).execute()
        rename = Prepared(_rename._make)
        assert [rename(old=old, new=new).execute() for old, new in ("ab", "ba", "xy", "ac")] == [1, 1, 0, 1]


def test_a_statement_that_is_iterated_twice_is_carried_out_once(store: Store) -> None:
    with store.connection():
        statement = _insert(rows=_roles("a"))
        assert list(statement) == list(statement) == [("a",)]


def test_forms_without_end_are_not_all_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_FORMS_KEPT", 2)
    named = Prepared(_named._make)
    with store.connection():
        for count in range(1, 6):
            assert list(named(count, names=["nobody"] * count)) == []
    assert len(named._kept) == 2


@pytest.mark.parametrize(("count", "padded_to"), [(1, 1), (3, 4), (17_000, 32_000), (33_000, 33_000)])
def test_a_list_is_padded_to_few_lengths_and_never_beyond_what_a_database_takes(count: int, padded_to: int) -> None:
    found = prepared.padded(range(count))
    assert len(found) == padded_to and found[:count] == list(range(count)) and set(found[count:]) <= {count - 1}
