"""PURE: what follows where CSRs change a case's facts (priority, due date, tags, watchers, time, fields) or ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mailticket.domain.case import Watching
from mailticket.domain.case_intents import (
    AddPeople,
    AddSkills,
    AddTime,
    SetDue,
    SetField,
    SetLanguage,
    SetPriority,
    SetTags,
    SetType,
    Watch,
)
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import AskDeskCard, AskWhy, Intent
from mailticket.domain.times.spans import shown_span
from mailticket.errors import Refused
from mailticket.law import fields, status, taking_part
from mailticket.law.acts.csr_acts import first_act
from mailticket.law.draft import Draft

_MOST_TAGS = 30
_MOST_WATCHERS = 30


def set_priority(draft: Draft, intent: SetPriority) -> None:
    _change(draft, intent, f"Priority {draft.here.priority} to {intent.priority}", priority=intent.priority)


def set_due(draft: Draft, intent: SetDue) -> None:
    what = f"Due {intent.due_at:%Y-%m-%d %H:%M} UTC" if intent.due_at else "No longer due at a certain time"
    _change(draft, intent, what, due_at=intent.due_at)


def set_tags(draft: Draft, intent: SetTags) -> None:
    """Tags are the same whatever their capitals."""
    gone = {one.lower() for one in intent.removed}
    kept = [one for one in draft.here.tags if one.lower() not in gone]
    tags = _with(kept, intent.added)
    if len(tags) > _MOST_TAGS:
        raise Refused(f"A case has at most {_MOST_TAGS} tags.", "Take one away first: #tag -name")
    _change(draft, intent, f"Tags: {', '.join(tags) or 'none'}", tags=tags)


def add_skills(draft: Draft, intent: AddSkills) -> None:
    """Skills are the same whatever their capitals."""
    skills = _with(draft.here.skills, intent.skills)
    _change(draft, intent, f"Needs the skills: {', '.join(skills)}", skills=skills)


def _with(there: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """Each once, as it was written first."""
    found: dict[str, str] = {}
    for one in (*there, *added):
        found.setdefault(one.lower(), one)
    return tuple(found.values())


def watch(draft: Draft, intent: Watch) -> None:
    """Watchers get copies of what is new; never private things if they are no CSRs."""
    if intent.what is Watching.NOTES and "@" in intent.watcher and not draft.policy.config.csr_at(intent.watcher):
        raise Refused(f"{intent.watcher} is no CSR, and notes are for CSRs alone.", "Choose all, customer or answers.")
    others = tuple(one for one in draft.here.watchers if one.lower() != intent.watcher.lower())
    watchers = others if intent.is_off else (*others, intent.watcher)
    watching = {name: what for name, what in draft.here.watching.items() if name.lower() != intent.watcher.lower()}
    if not intent.is_off and intent.what is not Watching.ALL:
        watching[intent.watcher] = str(intent.what)
    if len(watchers) > _MOST_WATCHERS:
        raise Refused(f"A case has at most {_MOST_WATCHERS} watchers.", "Watch by a role instead.")
    if not intent.is_off and len(watchers) == len(draft.here.watchers):
        watchers = draft.here.watchers
    name = draft.policy.name_of(intent.watcher)
    what = f"{name} {'no longer watches' if intent.is_off else 'watches'} this case"
    if intent.what is not Watching.ALL and not intent.is_off:
        what += f" ({intent.what})"
    _change(draft, intent, what, watchers=watchers, watching=watching)


def add_time(draft: Draft, intent: AddTime) -> None:
    total = draft.here.time_worked + intent.span
    if total < timedelta(0):
        worked = shown_span(draft.here.time_worked)
        raise Refused(f"Only {worked} of work are noted, so that much cannot be taken back.", "Take back less.")
    sign = "Taken back" if intent.span < timedelta(0) else "Worked"
    what = f"{sign} {shown_span(abs(intent.span))}, {shown_span(total) if total else 'nothing'} in all"
    _change(draft, intent, what, time_worked=total)


def set_field(draft: Draft, intent: SetField) -> None:
    values = {name: value for name, value in draft.here.fields.items() if name != intent.name}
    if intent.value:
        values[intent.name] = intent.value
    _change(draft, intent, f"{intent.name}: {intent.value or 'empty'}", fields=values)


def set_type(draft: Draft, intent: SetType) -> None:
    """What its fields hold stays, also of those that the new type does not have; what it has more begins with its
    default."""
    known = draft.policy.config.submission_types
    if intent.type and intent.type not in known:
        raise Refused(f"There is no submission type {intent.type}.", f"There are: {', '.join(known) or 'none'}.")
    what = f"Submission type: {intent.type or 'none'}"
    config = draft.policy.config
    had = fields.defaults(draft.here.type, config)
    new = {name: value for name, value in fields.defaults(intent.type, config).items() if name not in had}
    values = {**new, **draft.here.fields}
    empty = fields.missing(replace(draft.here, type=intent.type, fields=values), config)
    if empty:
        draft.promises.append(f"To be filled in before it ends: {', '.join(empty)}.")
    _change(draft, intent, what, type=intent.type, fields=values)


def set_language(draft: Draft, intent: SetLanguage) -> None:
    _change(draft, intent, f"Language: {intent.language or 'the desk’s own'}", language=intent.language)


def add_people(draft: Draft, intent: AddPeople) -> None:
    """They are answered along from now on, and see what comes after."""
    there, ours = draft.here.participants, draft.policy.config.our_keys
    named = (one for one in intent.people if one.key not in ours and one.can_get_mail)
    people = (*there, *taking_part.newcomers(there, named, draft.here.entries + 1))
    if len(people) > max(len(there), taking_part.MOST_PEOPLE):
        raise Refused(
            f"At most {taking_part.MOST_PEOPLE} people take part in a case.", "Mail a list of theirs instead."
        )
    names = ", ".join(one.address for one in intent.people)
    _change(draft, intent, f"Takes part from now on: {names}", participants=people)


def ask_why(draft: Draft, intent: AskWhy) -> None:
    """The letter takes the events from the case itself."""
    what = f"{intent.by.address.shown} asked what happened on case {draft.here.id}"
    draft.tell(LetterKind.CSR_RECEIPT, intent.by.csr, what, {"events": True})
    draft.settle("done")


def ask_desk_card(draft: Draft, intent: AskDeskCard) -> None:
    draft.tell(LetterKind.DESK_CARD, intent.by.csr, "the desk card was asked for", {})
    draft.settle("done")


def _change(draft: Draft, intent: Intent, what: str, **changes: Any) -> None:
    """The new value and a line in the event list; where it is so already, the receipt says so."""
    status.move(status.Event.CHANGE, draft.here.status)
    text = f"{what}, by {intent.by.address.shown}."
    if any(getattr(draft.here, name) != value for name, value in changes.items()):
        draft.change(text, **changes)
        draft.event(intent.by, text)
        first_act(draft, intent.by)
    else:
        draft.promises.append(f"{what}: it was so already.")
    draft.settle("done")
