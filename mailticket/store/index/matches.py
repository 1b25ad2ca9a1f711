"""I/O: the full-text index as it is asked: which entries match a query, and does this one.

What is common is found at once by looking at the latest entries one by one; what is not, by the index of words.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import peewee

from mailticket.domain.texts.search_words import Phrase, Query
from mailticket.store.engine import proxies
from mailticket.store.index.beginnings import written_out
from mailticket.store.tables import case_tables

#: With this part of the matches that it was asked for, a stretch of them is long enough: some cases have two of them.
_ENOUGH = 0.6
#: Fewer matches do not tell how far back others are.
_TELLING = 5

#: Between the phrases of a tsquery; words hold letters and digits only.
_AND = " & "


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a database is asked. Of the latest entries so many are `looked_at` one by one, some milliseconds; and so
    many `for_several` phrases, if the first ones have some matches."""

    newest: str
    latest: str
    looked_at: int
    for_several: int
    #: Does an entry say it? What stands before the key of the entry, and after it.
    said: tuple[str, str]


_SQLITE = _Ways(
    newest="SELECT rowid FROM entry_search WHERE entry_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
    latest="SELECT rowid FROM (SELECT rowid, ' ' || words || ' ' AS words FROM entry_search WHERE rowid < ?"
    " ORDER BY rowid DESC LIMIT ?) AS latest WHERE {} ORDER BY rowid DESC LIMIT ?",
    looked_at=2_000,
    for_several=10_000,
    said=("EXISTS (SELECT 1 FROM entry_search WHERE rowid =", "AND instr(' ' || words || ' ', ?))"),
)
_POSTGRES = _Ways(
    newest="WITH found AS MATERIALIZED (SELECT entry FROM entry_search WHERE words @@ %s::tsquery)"
    " SELECT entry FROM found WHERE entry < %s ORDER BY entry DESC LIMIT %s",
    latest="SELECT entry FROM (SELECT entry, words FROM entry_search WHERE entry < %s ORDER BY entry DESC LIMIT %s)"
    " AS latest WHERE {} ORDER BY entry DESC LIMIT %s",
    looked_at=10_000,
    for_several=100_000,
    said=("EXISTS (SELECT 1 FROM entry_search WHERE entry =", "AND words @@ %s::tsquery)"),
)
#: PostgreSQL's matches in a span of entries. The span is no parameter: for the plan it matters how long it is.
_SPAN = (
    "WITH found AS MATERIALIZED"
    " (SELECT entry FROM entry_search WHERE words @@ %s::tsquery AND entry BETWEEN {} AND {})"
    " SELECT entry FROM found ORDER BY entry DESC LIMIT %s"
)


class Matches:
    """What matches a query that is not empty. What the index of words is asked is written when it is needed first."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._phrases = len(query.wanted) + len(query.unwanted)

    def newest(self, before: int, count: int) -> tuple[list[int], bool]:
        """The keys of the newest entries below that key that match, the newest first; are they all?

        At most `count`. There may be fewer though they are not all, but then there are some.
        """
        for some in self._at_hand(before, count):
            if len(some) >= count * _ENOUGH:
                return some, False
        found = _keys(_ways().newest, [self._written, before, count])
        return found, len(found) < count

    def _at_hand(self, before: int, count: int) -> Iterator[list[int]]:
        """The matches among the latest entries below that key; if they are too few, among more.

        To find out which words begin so, SQLite passes over every place of each of them; PostgreSQL's planner thinks
        any beginning as common as any other. For several phrases the index reads all that have any of them, so it is
        asked only where looking further is in vain. Of PostgreSQL's index only as far back as it seems to be needed:
        a match is mostly a page of the disk.
        """
        ways = _ways()
        found = self._latest(before, ways.looked_at, count)
        yield found
        if self._phrases > 1 and len(found) * ways.for_several >= count * _ENOUGH * ways.looked_at:
            yield self._latest(before, ways.for_several, count)
        if _is_postgres() and len(found) >= _TELLING:
            reach = (found[0] - found[-1]) * count // len(found)
            yield _keys(_SPAN.format(found[0] - reach, found[0]), [self._written, count])

    def _latest(self, before: int, looked_at: int, count: int) -> list[int]:
        conditions, values = ("words @@ %s::tsquery", [self._written]) if _is_postgres() else _spelt(self._query)
        return _keys(_ways().latest.format(conditions), [before, looked_at, *values, count])

    @cached_property
    def _written(self) -> str:
        return _tsquery(self._query) if _is_postgres() else written_out(self._query)


def _spelt(query: Query) -> tuple[str, list[str]]:
    """A condition on the words of an entry, and its values: in SQLite's index they are one text, parted by blanks."""
    conditions = ["instr(words, ?)"] * len(query.wanted) + ["NOT instr(words, ?)"] * len(query.unwanted)
    return " AND ".join(conditions), [_as_it_stands(one) for one in (*query.wanted, *query.unwanted)]


def _keys(statement: str, values: list[Any]) -> list[int]:
    return [int(key) for (key,) in proxies.database.execute_sql(statement, values).fetchall()]


def said(query: Query) -> Any:
    """A condition on entries, looked at one by one: for a few that are known already, such as one customer's."""
    if query.is_empty:
        return peewee.SQL("1 = 0")
    if _is_postgres():
        return _says(_tsquery(query))
    wanted = [_says(_as_it_stands(one)) for one in query.wanted]
    unwanted = [~_says(_as_it_stands(one)) for one in query.unwanted]
    return reduce(operator.and_, wanted + unwanted)


def _says(what: str) -> Any:
    before, after = _ways().said
    return peewee.NodeList((peewee.SQL(before), case_tables.Entry.id, peewee.SQL(after, (what,))))


def _as_it_stands(phrase: Phrase) -> str:
    return f" {' '.join(phrase.words)}" + ("" if phrase.is_beginning else " ")


def _tsquery(query: Query) -> str:
    return _AND.join([*map(_ts_phrase, query.wanted), *(f"!{_ts_phrase(one)}" for one in query.unwanted)])


def _ts_phrase(phrase: Phrase) -> str:
    *before, last = (f"'{word}'" for word in phrase.words)
    return f"({' <-> '.join((*before, last + (':*' if phrase.is_beginning else '')))})"


def _ways() -> _Ways:
    return _POSTGRES if _is_postgres() else _SQLITE


def _is_postgres() -> bool:
    return bool(proxies.database.obj.locks_rows)
