"""PURE: the targets of a case in business time, and its timers: the moments to come at which somebody must be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailticket.config.hours import Priority, Targets
from mailticket.domain.case import ENDED, Case, Channel, EntryKind, Status
from mailticket.domain.decision import AddEntry, ChangeCase, ChangeEntry, OpenCase
from mailticket.domain.people import ActorKind
from mailticket.domain.times.business_time import Calendar
from mailticket.domain.times.due import Due, parse_due
from mailticket.law.draft import Draft
from mailticket.law.opening import IDLE_TAG

#: The warning comes when so much of the time to a target has passed.
WARNED_AFTER = 0.75
DUE = "due"

_PEOPLE = frozenset({ActorKind.CUSTOMER, ActorKind.CSR, ActorKind.UNPROVEN, ActorKind.ADMIN})
_WHY = "what its targets and timers need"


@dataclass(frozen=True, slots=True)
class Target:
    """A target of [service.targets]: the field of the case that holds its moment, and its two timers."""

    name: str
    field: str
    length: Callable[[Targets], Mapping[Priority, str]]
    soon: str
    late: str


RESPONSE = Target(
    "first response",
    "respond_by",
    lambda targets: targets.first_response,
    "first response soon",
    "first response late",
)
RESOLUTION = Target(
    "resolution", "resolve_by", lambda targets: targets.resolution, "resolution soon", "resolution late"
)
TARGETS = (RESPONSE, RESOLUTION)


def keep(draft: Draft, before: Case | None, by: ActorKind) -> None:
    """Targets and timers as the case's new facts want them, whatever brought these about. Nobody is told of it."""
    if draft.case is None:
        return
    if by in _PEOPLE and any(isinstance(one, AddEntry | ChangeCase | ChangeEntry) for one in draft.actions):
        draft.change(_WHY, acted_at=draft.now)
    if draft.here.csr and draft.here.wanted:
        draft.change(_WHY, wanted="")
    _note_first_answer(draft)
    if _has_targets(draft.here):
        _set_targets(draft, before)
    _pause(draft, before)
    _set_timers(draft, before)


def _has_targets(case: Case) -> bool:
    return case.channel is not Channel.IMPORT and IDLE_TAG not in case.tags


def _note_first_answer(draft: Draft) -> None:
    answers = [one for one in draft.new_entries() if one.kind is EntryKind.REPLY and not one.held]
    if answers and draft.here.answered_at is None:
        draft.change(_WHY, answered_at=draft.now)


def _set_targets(draft: Draft, before: Case | None) -> None:
    """Counted from the opening; from the reopening, where only the end is still to come; anew for a new priority."""
    case = draft.here
    is_new = before is None or any(isinstance(one, OpenCase) for one in draft.actions)
    is_reopened = before is not None and before.status in ENDED and case.is_open
    if is_new or is_reopened:
        draft.change(_WHY, counts_from=draft.now)
    has_changed = before is not None and before.priority is not case.priority
    if is_new or has_changed:
        _aim(draft, RESPONSE)
    if is_new or has_changed or is_reopened:
        _aim(draft, RESOLUTION)


def _aim(draft: Draft, target: Target) -> None:
    length = _length(draft, target)
    start = draft.here.counts_from or draft.here.created_at
    moment = length.after(start, _calendar(draft)) if length else None
    draft.change(_WHY, **{target.field: moment})


def _length(draft: Draft, target: Target) -> Due | None:
    written = target.length(draft.policy.service.targets).get(draft.here.priority.value)
    return parse_due(written) if written else None


def _calendar(draft: Draft) -> Calendar:
    return draft.policy.calendar(draft.here.role)


def _pause(draft: Draft, before: Case | None) -> None:
    """While a case is pending its resolution does not come nearer: the time is given back when it wakes."""
    case = draft.here
    if case.status is Status.PENDING:
        draft.change(_WHY, paused_at=case.paused_at or draft.now)
    elif case.paused_at is not None:
        length = _length(draft, RESOLUTION)
        if before and case.resolve_by and case.resolve_by == before.resolve_by and length:
            calendar = _calendar(draft)
            paused = calendar.between(case.paused_at, draft.now) if length.is_business else draft.now - case.paused_at
            later = calendar.add(case.resolve_by, paused) if length.is_business else case.resolve_by + paused
            draft.change(_WHY, resolve_by=later)
        draft.change(_WHY, paused_at=None)


def _set_timers(draft: Draft, before: Case | None) -> None:
    case = draft.here
    if not case.is_open:
        draft.change(_WHY, timers={})
        return
    timers = dict(case.timers)
    was_open = before is not None and before.is_open
    for target in TARGETS:
        moment = getattr(case, target.field)
        if target is RESPONSE and case.answered_at is not None:
            moment = None
        if moment is None:
            timers.pop(target.soon, None)
            timers.pop(target.late, None)
        elif not was_open or moment != getattr(before, target.field):
            timers |= _pair(draft, target, moment)
    if case.due_at is None:
        timers.pop(DUE, None)
    elif before is None or case.due_at != before.due_at or (not was_open and case.due_at > draft.now):
        timers[DUE] = case.due_at
    draft.change(_WHY, timers=timers)


def _pair(draft: Draft, target: Target, moment: datetime) -> dict[str, datetime]:
    """The alarm at the moment, and the warning before it while there is time to warn."""
    length = _length(draft, target)
    start = draft.here.counts_from or draft.here.created_at
    if length and length.is_business:
        calendar = _calendar(draft)
        warned_at = calendar.add(start, WARNED_AFTER * calendar.between(start, moment))
    else:
        warned_at = start + WARNED_AFTER * (moment - start)
    return {target.late: moment} | ({target.soon: warned_at} if warned_at > draft.now else {})
