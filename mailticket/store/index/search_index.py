"""I/O: the full-text index: a row for each mail, answer and note, written in the transaction that adds it.

Masking and erasure call `forget`, then `index` with what is left, and at the end of their work `purge`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from typing import Any

import peewee

from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.domain.texts.alike import about
from mailticket.domain.texts.search_words import Phrase, Query, joined, words
from mailticket.store.engine import proxies
from mailticket.store.index import similar
from mailticket.store.index.beginnings import written_out
from mailticket.store.tables import case_tables

#: An event is the desk's own word on what it did.
_INDEXED = (EntryKind.CUSTOMER_MAIL, EntryKind.REPLY, EntryKind.NOTE)

#: Of SQLite's index, by one statement: some milliseconds.
_PAGES_MERGED = 64

#: Entries that PostgreSQL looks at one by one, half a microsecond each; and so many times as many for several phrases.
_LATEST, _FURTHER = 10_000, 5
#: With this part of the matches that it was asked for, a stretch of them is long enough: some cases have two of them.
_ENOUGH = 0.6
#: Fewer matches do not tell how far back others are.
_TELLING = 5

#: Of an entry each; a statement for every number of them is kept.
_ROWS_AT_ONCE = 20

#: What each database calls things. Its index takes words that were folded and split before.
_SQLITE = {
    "insert": "INSERT INTO entry_search (rowid, words) VALUES {}",
    "row": "(?, ?)",
    "remove": "DELETE FROM entry_search WHERE rowid = ?",
    "match": "(SELECT rowid FROM entry_search WHERE entry_search MATCH ?)",
    "newest": "SELECT rowid FROM entry_search WHERE entry_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
    "purge": "INSERT INTO entry_search (entry_search, rank) VALUES ('merge', ?)",
}
_POSTGRES = {
    "insert": "INSERT INTO entry_search (entry, words) VALUES {} ON CONFLICT (entry) DO NOTHING",
    "row": "(%s, %s::tsvector)",
    "remove": "DELETE FROM entry_search WHERE entry = %s",
    "match": "(SELECT entry FROM entry_search WHERE words @@ %s::tsquery)",
    "newest": "WITH found AS MATERIALIZED (SELECT entry FROM entry_search WHERE words @@ %s::tsquery)"
    " SELECT entry FROM found WHERE entry < %s ORDER BY entry DESC LIMIT %s",
    "latest": "SELECT entry FROM (SELECT entry, words FROM entry_search WHERE entry < %s ORDER BY entry DESC LIMIT %s)"
    " AS latest WHERE words @@ %s::tsquery ORDER BY entry DESC LIMIT %s",
    # The span is no parameter: for the plan it matters how long it is.
    "span": "WITH found AS MATERIALIZED"
    " (SELECT entry FROM entry_search WHERE words @@ %s::tsquery AND entry BETWEEN {} AND {})"
    " SELECT entry FROM found ORDER BY entry DESC LIMIT %s",
    "purge": "REINDEX INDEX entry_search_words",
}

#: Between the phrases of a tsquery; words hold letters and digits only.
_AND = " & "

#: Does an entry say it? What stands before the key of the entry, and after it; SQLite's, PostgreSQL's.
_SAID = (
    ("EXISTS (SELECT 1 FROM entry_search WHERE rowid =", "AND instr(' ' || words || ' ', ?))"),
    ("EXISTS (SELECT 1 FROM entry_search WHERE entry =", "AND words @@ %s::tsquery)"),
)


def index(case: Case, new: Sequence[Entry]) -> None:
    """Makes these stored entries of the case findable. The case's opening mail tells what it is about."""
    texts = [(entry.id, _text(case.subject, entry)) for entry in new if entry.kind in _INDEXED]
    proxies.database.obj.last_things.put_off_rows(_add, texts, "entry_search")
    for entry in new:
        if entry.number == 1 and entry.kind is EntryKind.CUSTOMER_MAIL:
            names = (case.customer.name, case.customer.address.address)
            similar.learn(case.service, case.key, about(case.subject, entry.words.text, names))


def forget(entry_ids: Iterable[int]) -> None:
    """These entries are found no more."""
    for id in entry_ids:
        proxies.database.execute_sql(_sql("remove"), (id,))


def purge() -> None:
    """Leaves nothing in the index of what was forgotten: both databases only mark it as gone at first. Slow.

    SQLite merges all parts of the index into one, some pages a statement, so that a writer may come between
    (sqlite.org/fts5.html section 6.8: first a negative number, then positive ones until nothing is left to do).
    """
    if _is_postgres():
        proxies.database.execute_sql(_sql("purge"))
        return
    connection = proxies.database.connection()
    pages = -_PAGES_MERGED
    while True:
        before = connection.total_changes
        proxies.database.execute_sql(_sql("purge"), (pages,))
        if connection.total_changes - before < 2:
            return
        pages = _PAGES_MERGED


def _text(subject: str, entry: Entry) -> str:
    """What an entry is found by: subject, author and file names before the words, which may be cut."""
    author = entry.author.name if entry.csr else f"{entry.author.name} {entry.author.address}"
    own = entry.subject if entry.subject != subject else ""
    return joined((subject, own, author, *(one.name for one in entry.words.files), entry.words.text))


def _add(texts: Iterable[tuple[int, str]]) -> None:
    """One statement for a few rows: a mail's own, and what stands beside it."""
    is_postgres = _is_postgres()
    waiting = iter(texts)
    while some := list(islice(waiting, _ROWS_AT_ONCE)):
        values: list[int | str] = []
        for id, text in some:
            found = words(text)
            values += (id, _vector(found) if is_postgres else " ".join(found))
        proxies.database.execute_sql(_insert(len(some)), values)


def _insert(rows: int) -> str:
    return _sql("insert").replace("{}", ", ".join([_sql("row")] * rows))


def _vector(found: Sequence[str]) -> str:
    """The words with their places as PostgreSQL reads a tsvector (postgresql.org/docs/15/datatype-textsearch.html)."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(found, 1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, at[:255]))}" for word, at in places.items())


def matching(query: Query) -> Any:
    """A condition on entries; an empty query matches nothing."""
    if query.is_empty:
        return peewee.SQL("1 = 0")
    return case_tables.Entry.id.in_(peewee.SQL(_sql("match"), (written(query),)))


def newest(what: str, before: int, count: int) -> tuple[list[int], bool]:
    """The keys of the newest entries below that key that match what was `written`, the newest first; are they all?

    At most `count`. There may be fewer though they are not all, but then there are some.
    """
    for some in _among_the_latest(what, before, count) if _is_postgres() else ():
        if len(some) >= count * _ENOUGH:
            return some, False
    found = _keys(_sql("newest"), (what, before, count))
    return found, len(found) < count


def _among_the_latest(what: str, before: int, count: int) -> Iterator[list[int]]:
    """The matches that PostgreSQL has among its latest entries below that key; if they are too few, among more.

    Its planner thinks any beginning as common as any other. What is common is found at once, by looking; what is not
    is taken from the index, but only as far back as it seems to be needed: a match is mostly a page of the disk. For
    several phrases the index reads all that have any of them, so it is asked only where looking further is in vain.
    """
    found = _keys(_sql("latest"), (before, _LATEST, what, count))
    yield found
    if _AND in what and len(found) * _FURTHER >= count * _ENOUGH:
        yield _keys(_sql("latest"), (before, _LATEST * _FURTHER, what, count))
    if len(found) >= _TELLING:
        reach = (found[0] - found[-1]) * count // len(found)
        yield _keys(_sql("span").format(found[0] - reach, found[0]), (what, count))


def _keys(statement: str, values: tuple[int | str, ...]) -> list[int]:
    return [int(key) for (key,) in proxies.database.execute_sql(statement, values).fetchall()]


def written(query: Query) -> str:
    """A query that is not empty as the database takes it."""
    return _tsquery(query) if _is_postgres() else written_out(query)


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
    before, after = _SAID[_is_postgres()]
    return peewee.NodeList((peewee.SQL(before), case_tables.Entry.id, peewee.SQL(after, (what,))))


def _as_it_stands(phrase: Phrase) -> str:
    """In SQLite's index the words of an entry are one text, parted by blanks."""
    return f" {' '.join(phrase.words)}" + ("" if phrase.is_beginning else " ")


def _tsquery(query: Query) -> str:
    return _AND.join([*map(_ts_phrase, query.wanted), *(f"!{_ts_phrase(one)}" for one in query.unwanted)])


def _ts_phrase(phrase: Phrase) -> str:
    *before, last = (f"'{word}'" for word in phrase.words)
    return f"({' <-> '.join((*before, last + (':*' if phrase.is_beginning else '')))})"


def _is_postgres() -> bool:
    return bool(proxies.database.obj.locks_rows)


def _sql(what: str) -> str:
    return (_POSTGRES if _is_postgres() else _SQLITE)[what]
