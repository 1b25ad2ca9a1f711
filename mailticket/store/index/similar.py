"""I/O: which solved cases are like an inquiry: by the words that it is about, the newest of each word, in few look-ups.

The work does not grow with the number of cases: of each word only so many are looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import peewee

from mailticket.domain.case import ENDED, Case, EntryKind, Status
from mailticket.domain.texts.alike import Solved, faded, scored
from mailticket.domain.texts.common_requests import Inquiry
from mailticket.store.engine import proxies
from mailticket.store.engine.fields import bounded, by_no_index
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.tables import case_tables
from mailticket.store.tables.search_tables import CaseWord

#: The newest cases of a word that are looked at, and the likest of all that are asked how they ended.
_OF_A_WORD = 50
_CANDIDATES = 40
_MOST_SERVICES = 4
#: A service's share of all cases: of one that is smaller fewer inquiries are compared.
_RARER_AT_MOST = 10
_COLUMNS = ("service", "word", "case")
_KEYS_AT_ONCE = 64

#: (key, case ID, subject, when it ended or was last changed) of a case that was solved by an answer.
_Ended = tuple[int, str, str, datetime]


def learn(service: str, case_key: int, about: Sequence[str]) -> None:
    """What a case is about (`domain.alike.about`); once for each case."""
    _insert.put_off([{"service": service, "word": word, "case": case_key} for word in about])


@PreparedRows
def _insert(holes: Holes) -> Any:
    return CaseWord.insert_many([holes.columns(_COLUMNS)]).on_conflict_ignore()


def unlearn(case_key: int) -> None:
    """Nothing is known any more of what the case is about: for masking and erasure."""
    CaseWord.delete().where(CaseWord.case == case_key).execute()


def solved(asking: Sequence[Case], services: Sequence[str], now: datetime, limit: int = 3) -> dict[int, list[Solved]]:
    """For each of these cases, by key, the solved cases of these services that are about the same, the likest first.

    Solved: resolved or closed after an answer, for no internal reason (spam, test, duplicate ...). The number of
    statements does not grow with the number of cases that ask.
    """
    having = _having(padded(one.key for one in asking), services[:_MOST_SERVICES]) if asking and services else {}
    score = {one.key: _likest(one.key, having.get(one.key, {})) for one in asking}
    ended = _ended(sorted({like for likest in score.values() for like in likest}))
    best = {key: _by_worth(likest, ended, now)[:limit] for key, likest in score.items()}
    answers = _last_answers(sorted({row[0] for rows in best.values() for row in rows}))
    return {
        key: [Solved(case_id, subject, *answers[like]) for like, case_id, subject, _at in rows if like in answers]
        for key, rows in best.items()
    }


def _likest(asking: int, having: Mapping[str, Sequence[str]]) -> dict[int, float]:
    """How like each of those cases is that are most like this one, by key; from the cases that have each word."""
    score = scored(having)
    score.pop(str(asking), None)
    likest = sorted(((likeness, int(key)) for key, likeness in score.items()), reverse=True)[:_CANDIDATES]
    return {key: likeness for likeness, key in likest}


def _by_worth(score: Mapping[int, float], ended: Sequence[_Ended], now: datetime) -> list[_Ended]:
    """Those of the ended cases that have a score: the better and newer ones first."""
    theirs = [row for row in ended if row[0] in score]
    return sorted(theirs, key=lambda row: (-faded(score[row[0]], now - row[3]), -row[0]))


def _having(asking: Sequence[int], services: Sequence[str]) -> dict[int, dict[str, list[str]]]:
    """For each of the cases that ask, by key, the newest cases that have each of the words that it is about.

    In one statement, each word once: its cases are one text, and stay text, for most have nothing else in common.
    """
    run = proxies.database.execute_sql
    statement = _newest_of(len(asking), len(services), bool(proxies.database.obj.locks_rows))
    newest: dict[str, list[str]] = {}
    asked_by: dict[str, str] = {}
    for word, theirs, listed in run(statement, [*asking, *map(bounded, services)]).fetchall():
        asked_by[word] = theirs
        newest.setdefault(word, []).extend(listed.split(",") if listed else ())
    found: dict[int, dict[str, list[str]]] = {}
    for word, theirs in asked_by.items():
        for key in theirs.split(","):
            found.setdefault(int(key), {})[word] = newest[word]
    return found


@cache
def _newest_of(asking: int, services: int, is_postgres: bool) -> str:
    keys = "STRING_AGG(CAST(case_id AS TEXT), ',')" if is_postgres else "GROUP_CONCAT(case_id)"
    newest = (
        "SELECT case_id FROM case_word WHERE service = asked.column1 AND word = about.word"
        f" ORDER BY case_id DESC LIMIT {_OF_A_WORD}"
    )
    words = f"SELECT word, {keys} AS cases FROM case_word WHERE case_id IN ({', '.join('?' * asking)}) GROUP BY word"
    statement = (
        f"SELECT about.word, about.cases, (SELECT {keys} FROM ({newest}) AS newest)"
        f" FROM ({words}) AS about, (VALUES {', '.join(['(?)'] * services)}) AS asked"
    )
    return statement.replace("?", "%s" if is_postgres else "?")


def _ended(keys: Sequence[int]) -> list[_Ended]:
    """Those of these cases that were solved by an answer."""
    return [row for some in _parts(keys) for row in _solved_ones(len(some), keys=some)]


@Prepared
def _solved_ones(holes: Holes, count: int) -> Any:
    table = case_tables.Case
    is_solved = table.status.in_([str(one) for one in ENDED]) & (table.resolution == "") & (table.merged_into == "")
    rows = table.select(table.id, table.case_id, table.subject, table.updated_at)
    return rows.where(table.id.in_(holes.each("keys", count)) & is_solved).tuples()


def _last_answers(keys: Sequence[int]) -> dict[int, tuple[str, str, datetime]]:
    """(text, author, moment) of the newest answer of each case that went out."""
    rows = [row for some in _parts(keys) for row in _newest_answers(len(some), keys=some)]
    return {key: (text, author, at) for key, text, author, at in rows}


def _parts(keys: Sequence[int]) -> Iterator[list[int]]:
    """For IN lists of few lengths, none of them very long."""
    return (padded(keys[start : start + _KEYS_AT_ONCE]) for start in range(0, len(keys), _KEYS_AT_ONCE))


@Prepared
def _newest_answers(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    went_out = (table.kind == str(EntryKind.REPLY)) & (table.held == "")
    is_theirs = table.case.in_(holes.each("keys", count))
    newest = table.select(peewee.fn.MAX(table.id)).where(is_theirs & went_out).group_by(table.case)
    return table.select(table.case, table.text, table.author_name, table.at).where(table.id.in_(newest)).tuples()


@dataclass(frozen=True, slots=True)
class Sample:
    """Inquiries of a time, the newest first: one of `every` case (1: all of them) of `there` cases of all services."""

    inquiries: list[Inquiry]
    every: int
    there: int


def inquiries(since: datetime, service: str | None, most: int) -> Sample:
    """The cases that were opened since then, with what they are about: about `most`, evenly chosen, if there are more.

    Spam and what was resolved for an internal reason is no request. The same cases are chosen each time.
    """
    table = case_tables.Case
    there = int(table.select().where(table.created_at >= since).count())
    every = max(-(-there // most), 1)
    found = _one_of(every, since, service)
    if every > 1 and service is not None and len(found) < most // 2:
        every = max(every * max(len(found), most // _RARER_AT_MOST) // most, 1)
        found = _one_of(every, since, service)
    return Sample(found, every, there)


def _one_of(every: int, since: datetime, service: str | None) -> list[Inquiry]:
    """Chosen by their keys, which stand in the index of moments: of the others nothing else is read.

    PostgreSQL reads no more than the index only of a query that asks for no more; so they are chosen by one of its own.
    """
    table, moment = case_tables.Case, case_tables.Case.alias()
    is_chosen = moment.id - moment.id / every * every == 0  # peewee reads % as LIKE
    chosen = moment.select(moment.id).where((moment.created_at >= since) & is_chosen)
    is_wanted = (table.status != str(Status.SPAM)) & (table.resolution == "") & (table.merged_into == "")
    if service is not None:
        is_wanted &= by_no_index(table.service) == bounded(service)
    listed = peewee.fn.STRING_AGG if proxies.database.obj.locks_rows else peewee.fn.GROUP_CONCAT
    about = CaseWord.select(listed(CaseWord.word, " ")).where(CaseWord.case == table.id)  # words hold no blank
    rows: Any = (
        table.select(table.id, table.case_id, table.subject, about)
        .where(table.id.in_(chosen) & is_wanted)
        .order_by(table.created_at.desc(), table.id.desc())
        .tuples()
    )
    return [
        Inquiry(key, case_id, subject, frozenset(map(sys.intern, (words or "").split())))
        for key, case_id, subject, words in rows
    ]


def answers(keys: Iterable[int]) -> dict[int, str]:
    """The text of the newest answer of each of these cases that has one."""
    return {key: text for key, (text, _author, _at) in _last_answers(list(keys)).items()}
