"""I/O: a query as SQLite's index answers it soonest: a beginning is written out as the words that begin so.

FTS5 merges every entry of every word of a beginning before it gives the first (a second for what two million entries
have); of words joined by OR it gives the newest entries at once. PostgreSQL's planner needs no such help.
"""

from __future__ import annotations

from mailticket.domain.texts.search_words import Phrase, Query
from mailticket.store.engine import proxies

#: Words of all beginnings of a query: each takes the index a moment to find, and another to open.
_MOST_WORDS = 500

#: The word itself or the next one: the index is entered anew for each, for in it every entry of a word is a row.
_NEXT = "SELECT term FROM entry_words WHERE term >= ? LIMIT 1"
#: Stands before every letter and digit, so that the next word is looked for behind all entries of this one.
_BEHIND = "!"


def written_out(query: Query) -> str:
    """The query as FTS5 reads it (sqlite.org/fts5.html section 3). Words hold letters and digits only.

    A beginning of too many words stays one: mostly they are rare, and then merging them is quick.
    """
    left = _MOST_WORDS
    parts = []
    for phrase in (*query.wanted, *query.unwanted):
        found = _words(phrase.words[-1], left) if phrase.is_beginning else None
        left -= len(found or ())
        parts.append(_any_of(phrase, found) if found else _as_it_is(phrase))
    wanted, unwanted = parts[: len(query.wanted)], parts[len(query.wanted) :]
    return " NOT ".join((" AND ".join(wanted), *unwanted))


def _words(beginning: str, most: int) -> list[str] | None:
    """All words of the index that begin so, None if there are more than that."""
    found: list[str] = []
    place = beginning
    while True:
        row = proxies.database.execute_sql(_NEXT, (place,)).fetchone()
        if row is None or not row[0].startswith(beginning):
            return found
        if len(found) == most:
            return None
        found.append(row[0])
        place = row[0] + _BEHIND


def _any_of(phrase: Phrase, last_words: list[str]) -> str:
    before = " ".join(phrase.words[:-1])
    return f"({' OR '.join(_quoted(f'{before} {word}'.lstrip()) for word in last_words)})"


def _as_it_is(phrase: Phrase) -> str:
    return _quoted(" ".join(phrase.words)) + (" *" if phrase.is_beginning else "")


def _quoted(words: str) -> str:
    return f'"{words}"'
