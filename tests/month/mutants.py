"""The desk with one of its mechanisms broken, in this process: each mutant, and the promise that must be broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from mailticket.domain.case import Entry, EntryKind, PublicEntry
from mailticket.domain.times.business_time import Calendar
from mailticket.law import assign as law_assign
from mailticket.law.draft import Draft
from mailticket.letters.csr_values import csr_values


@dataclass(frozen=True, slots=True)
class Mutant:
    """`edit` replaces a mechanism while it is entered; `breaks` are promises, one of which must be noticed."""

    name: str
    edit: Any
    breaks: tuple[str, ...]


def _everybody(role: str, now: Any) -> Any:
    """Those who are away as well."""
    from mailticket.store import people
    from mailticket.store.tables.case_tables import Csr, Role, RoleMember

    rows: Any = RoleMember.select(RoleMember.place, Csr.key, Csr.last_assigned_at)
    found = sorted(rows.join(Role).switch(RoleMember).join(Csr).where(Role.name == role).tuples())
    loads = people._loads([key for _, key, _ in found])
    return [people.Candidate(key, place, *loads.get(key, (0, 0)), last) for place, key, last in found]


def _any_limit(rule: Any, candidates: Any, randbelow: Any) -> Any:
    return _LIMIT(rule.model_copy(update={"limit": 10_000}), candidates, randbelow)


_LIMIT = law_assign.RULES["limit"]
_EVENT = Draft.event


def _silent(draft: Draft, by: Any, text: str) -> int:
    """No event tells of anything but opening."""
    return _EVENT(draft, by, "Something happened.")


def _no_door(draft: Draft, by: Any, text: str) -> int:
    return _EVENT(draft, replace(by, door=""), text)


def _add_plain(calendar: Calendar, start: Any, span: timedelta) -> Any:
    return start + span


def _all_public(entry: Entry, _viewer: Any, ours: str) -> PublicEntry:
    words = entry.words
    return PublicEntry(entry.number, entry.at, entry.author.name or ours, bool(entry.csr), words.text, words.html, ())


def _without_notes(letter: Any, occasion: Any) -> Any:
    seen = [one for one in letter.entries if one.kind is not EntryKind.NOTE]
    return csr_values(replace(letter, entries=seen, brings=0), occasion)


MUTANTS = (
    Mutant(
        "the limit is not looked at",
        patch.dict(law_assign.RULES, limit=_any_limit),
        ("nobody_is_over_the_limit",),
    ),
    Mutant(
        "who is away counts as there",
        patch("mailticket.store.people.candidates", _everybody),
        ("nobody_who_is_away_is_given_a_case",),
    ),
    Mutant(
        "a case is not tried again",
        patch.dict(law_assign.RULES, limit=lambda *_: None),
        ("no_case_waits_while_somebody_able_is_there",),
    ),
    Mutant(
        "business time is plain time",
        patch.object(Calendar, "add", _add_plain),
        ("every_due_date_is_in_business_time",),
    ),
    Mutant(
        "events tell nothing",
        patch.object(Draft, "event", _silent),
        ("every_change_is_on_record", "every_closed_case_was_closed_for_a_reason", "every_escalation_says_who_and_why"),
    ),
    Mutant("events have no door", patch.object(Draft, "event", _no_door), ("every_change_is_on_record",)),
    Mutant(
        "nobody is acknowledged",
        patch("mailticket.law.opening._acknowledge", lambda *_: None),
        ("every_mail_is_answered_or_explained",),
    ),
    Mutant(
        "the blacklist is not read",
        patch("mailticket.store.blacklist.matching", lambda _keys: ()),
        ("nothing_goes_to_the_blacklisted",),
    ),
    Mutant(
        "pending cases do not wake",
        patch("mailticket.desk.sweep.wake_pending", lambda _office: 0),
        ("what_is_due_happens_at_the_next_sweep",),
    ),
    Mutant(
        "timers do not ring",
        patch("mailticket.desk.sweep.ring_timers", lambda _office: 0),
        ("what_is_due_happens_at_the_next_sweep",),
    ),
    Mutant(
        "resolved cases do not close",
        patch("mailticket.desk.sweep.complete_resolved", lambda _office: 0),
        ("what_is_due_happens_at_the_next_sweep",),
    ),
    Mutant(
        "customers read notes",
        patch("mailticket.writing.telling.public", _all_public),
        ("no_private_word_goes_to_a_customer",),
    ),
    Mutant(
        "CSRs do not read notes",
        patch("mailticket.writing.telling.csr_values", _without_notes),
        ("a_private_text_reaches_the_next_csr",),
    ),
)
