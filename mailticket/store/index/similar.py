"""I/O: which solved cases are like an inquiry: by the words that it is about, the newest of each word, in few look-ups.

The work does not grow with the number of cases: of each word only so many are looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.case import ENDED, Case, EntryKind, Status
from mailticket.domain.texts.alike import Solved, faded, scored
from mailticket.domain.texts.common_requests import Inquiry
from mailticket.store.engine import proxies
from mailticket.store.engine.fields import bounded
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables import case_tables
from mailticket.store.tables.search_tables import CaseWord

#: The newest cases of a word that are looked at, and the likest of all that are asked how they ended.
_OF_A_WORD = 50
_CANDIDATES = 40
_MOST_SERVICES = 4
_PAGE = 500
_COLUMNS = ("service", "word", "case")


def learn(service: str, case_key: int, about: Sequence[str]) -> None:
    """What a case is about (`domain.alike.about`); once for each case."""
    rows = [{"service": service, "word": word, "case": case_key} for word in about]
    if rows:
        _insert(len(rows), rows=rows).execute()


@Prepared
def _insert(holes: Holes, count: int) -> Any:
    return CaseWord.insert_many(holes.rows("rows", count, _COLUMNS)).on_conflict_ignore()


def unlearn(case_key: int) -> None:
    """Nothing is known any more of what the case is about: for masking and erasure."""
    CaseWord.delete().where(CaseWord.case == case_key).execute()


def solved(case: Case, services: Sequence[str], now: datetime, limit: int = 3) -> list[Solved]:
    """The solved cases of these services that are about the same as this one, the likest first.

    Solved: resolved or closed after an answer, for no internal reason (spam, test, duplicate ...).
    """
    about = [word for (word,) in _learnt(case=case.key)]
    score = scored(_having(about, services[:_MOST_SERVICES])) if about and services else {}
    score.pop(case.key, None)
    likest = sorted(score, key=lambda key: (-score[key], -key))[:_CANDIDATES]
    ended = _ended(likest)
    by_worth = sorted(ended, key=lambda row: (-faded(score[row[0]], now - row[3]), -row[0]))[:limit]
    answers = _last_answers([row[0] for row in by_worth])
    return [Solved(case_id, subject, *answers[key]) for key, case_id, subject, _at in by_worth if key in answers]


@Prepared
def _learnt(holes: Holes) -> Any:
    return CaseWord.select(CaseWord.word).where(CaseWord.case == holes.case).tuples()


def _having(about: Sequence[str], services: Sequence[str]) -> dict[str, set[int]]:
    """The keys of the newest cases that have each word, in one statement; a row for each word, its keys as one text."""
    database = proxies.database
    keys = "STRING_AGG(CAST(case_id AS TEXT), ',')" if database.obj.locks_rows else "GROUP_CONCAT(case_id)"
    one = (
        f"SELECT MIN(word), {keys} FROM (SELECT word, case_id FROM case_word WHERE service = ? AND word = ?"
        f" ORDER BY case_id DESC LIMIT {_OF_A_WORD}) AS newest"
    ).replace("?", database.param)
    asked = [(bounded(service), bounded(word)) for word in about for service in services]
    rows = database.execute_sql(" UNION ALL ".join([one] * len(asked)), [part for pair in asked for part in pair])
    found: dict[str, set[int]] = {}
    for word, listed in rows.fetchall():
        if listed:
            found.setdefault(word, set()).update(map(int, listed.split(",")))
    return found


def _ended(keys: Sequence[int]) -> list[tuple[int, str, str, datetime]]:
    """(key, case ID, subject, when it ended or was last changed) of those that were solved by an answer."""
    asked = padded(keys)
    return list(_solved_ones(len(asked), keys=asked)) if keys else []


@Prepared
def _solved_ones(holes: Holes, count: int) -> Any:
    table = case_tables.Case
    is_solved = table.status.in_([str(one) for one in ENDED]) & (table.resolution == "") & (table.merged_into == "")
    rows = table.select(table.id, table.case_id, table.subject, table.updated_at)
    return rows.where(table.id.in_(holes.each("keys", count)) & is_solved).tuples()


def _last_answers(keys: Sequence[int]) -> dict[int, tuple[str, str, datetime]]:
    """(text, author, moment) of the newest answer of each case that went out."""
    asked = padded(keys)
    rows: Any = _newest_answers(len(asked), keys=asked) if keys else ()
    return {key: (text, author, at) for key, text, author, at in rows}


@Prepared
def _newest_answers(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    went_out = (table.kind == str(EntryKind.REPLY)) & (table.held == "")
    is_theirs = table.case.in_(holes.each("keys", count))
    newest = table.select(peewee.fn.MAX(table.id)).where(is_theirs & went_out).group_by(table.case)
    return table.select(table.case, table.text, table.author_name, table.at).where(table.id.in_(newest)).tuples()


def inquiries(since: datetime, service: str | None, most: int) -> list[Inquiry]:
    """The cases that were opened since then, at most so many, the newest first, with what they are about.

    Spam and what was resolved for an internal reason is no request.
    """
    table = case_tables.Case
    is_wanted = (table.status != str(Status.SPAM)) & (table.resolution == "") & (table.merged_into == "")
    is_wanted &= table.created_at >= since
    if service is not None:
        is_wanted &= table.service == service
    found: list[Inquiry] = []
    before: int | None = None
    while len(found) < most:
        query = table.select(table.id, table.case_id, table.subject).where(is_wanted)
        query = query if before is None else query.where(table.id < before)
        rows: Any = query.order_by(table.id.desc()).limit(min(_PAGE, most - len(found))).tuples()
        page = list(rows)
        about = _about([key for key, _id, _subject in page])
        found += [Inquiry(key, id, subject, frozenset(about.get(key, ()))) for key, id, subject in page]
        if len(page) < _PAGE:
            break
        before = page[-1][0]
    return found


def _about(keys: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    if keys:
        rows: Any = CaseWord.select(CaseWord.case, CaseWord.word).where(CaseWord.case.in_(keys)).tuples()
        for key, word in rows:
            found.setdefault(key, []).append(sys.intern(word))
    return found


def answers(keys: Iterable[int]) -> dict[int, str]:
    """The text of the newest answer of each of these cases that has one."""
    return {key: text for key, (text, _author, _at) in _last_answers(list(keys)).items()}
