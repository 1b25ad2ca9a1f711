"""I/O: the full-text index as it is written: a row for each mail, answer and note, in the transaction that adds it.

Masking and erasure call `forget`, then `index` with what is left, and at the end of their work `purge`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.domain.texts.alike import about
from mailticket.domain.texts.search_words import joined, words
from mailticket.store.engine import proxies
from mailticket.store.index import similar

#: An event is the desk's own word on what it did.
_INDEXED = (EntryKind.CUSTOMER_MAIL, EntryKind.REPLY, EntryKind.NOTE)

#: Of SQLite's index, by one statement: some milliseconds.
_PAGES_MERGED = 64

#: Of an entry each; a statement for every number of them is kept.
_ROWS_AT_ONCE = 20

#: What each database calls things. Its index takes words that were folded and split before.
_SQLITE = {
    "insert": "INSERT INTO entry_search (rowid, words) VALUES {}",
    "row": "(?, ?)",
    "remove": "DELETE FROM entry_search WHERE rowid = ?",
    "purge": "INSERT INTO entry_search (entry_search, rank) VALUES ('merge', ?)",
}
_POSTGRES = {
    "insert": "INSERT INTO entry_search (entry, words) VALUES {} ON CONFLICT (entry) DO NOTHING",
    "row": "(%s, %s::tsvector)",
    "remove": "DELETE FROM entry_search WHERE entry = %s",
    "purge": "REINDEX INDEX entry_search_words",
}


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


def _is_postgres() -> bool:
    return bool(proxies.database.obj.locks_rows)


def _sql(what: str) -> str:
    return (_POSTGRES if _is_postgres() else _SQLITE)[what]
