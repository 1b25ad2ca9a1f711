"""PURE: what follows where CSRs change a case's facts (priority, due date, tags, watchers, time, fields) or ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mailticket.domain.case_intents import AddSkills, AddTime, SetDue, SetField, SetPriority, SetTags, Watch
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import AskDeskCard, AskWhy, Intent
from mailticket.domain.spans import shown_span
from mailticket.errors import Refused
from mailticket.law import status
from mailticket.law.csr_acts import first_act
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
    known = {one.lower() for one in kept}
    tags = (*kept, *(one for one in intent.added if one.lower() not in known))
    if len(tags) > _MOST_TAGS:
        raise Refused(f"A case has at most {_MOST_TAGS} tags.", "Take one away first: #tag -name")
    _change(draft, intent, f"Tags: {', '.join(tags) or 'none'}", tags=tags)


def add_skills(draft: Draft, intent: AddSkills) -> None:
    """Skills are the same whatever their capitals."""
    known = {one.lower() for one in draft.here.skills}
    skills = (*draft.here.skills, *(one for one in intent.skills if one.lower() not in known))
    _change(draft, intent, f"Needs the skills: {', '.join(skills)}", skills=skills)


def watch(draft: Draft, intent: Watch) -> None:
    """Watchers get copies of what is new; never private things if they are no CSRs."""
    others = tuple(one for one in draft.here.watchers if one.lower() != intent.watcher.lower())
    watchers = others if intent.is_off else (*others, intent.watcher)
    if len(watchers) > _MOST_WATCHERS:
        raise Refused(f"A case has at most {_MOST_WATCHERS} watchers.", "Watch by a role instead.")
    if not intent.is_off and len(watchers) == len(draft.here.watchers):
        watchers = draft.here.watchers
    name = draft.policy.name_of(intent.watcher)
    _change(draft, intent, f"{name} {'no longer watches' if intent.is_off else 'watches'} this case", watchers=watchers)


def add_time(draft: Draft, intent: AddTime) -> None:
    total = draft.here.time_worked + intent.span
    if total < timedelta(0):
        worked = shown_span(draft.here.time_worked)
        raise Refused(f"Only {worked} of work are noted, so that much cannot be taken back.", "Take back less.")
    sign = "Taken back" if intent.span < timedelta(0) else "Worked"
    what = f"{sign} {shown_span(abs(intent.span))}, {shown_span(total) if total else 'nothing'} in all"
    _change(draft, intent, what, time_worked=total)


def set_field(draft: Draft, intent: SetField) -> None:
    fields = {name: value for name, value in draft.here.fields.items() if name != intent.name}
    if intent.value:
        fields[intent.name] = intent.value
    _change(draft, intent, f"{intent.name}: {intent.value or 'empty'}", fields=fields)


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
