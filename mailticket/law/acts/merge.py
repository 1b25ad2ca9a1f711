"""PURE: a case becomes part of another one. Both histories stay; nobody outside sees more than they were party to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailticket.domain.case import Case
from mailticket.domain.case_intents import Merge
from mailticket.domain.decision import JoinCase
from mailticket.domain.people import Participant
from mailticket.errors import Refused
from mailticket.law import status
from mailticket.law.acts.csr_acts import first_act
from mailticket.law.draft import Draft


def merge(draft: Draft, intent: Merge) -> None:
    """All of this case goes into the other; from here on the decision is about that one."""
    source, target = draft.here, draft.known.cases.get(intent.into)
    if target is None:
        raise Refused(f"There is no case {intent.into}.", "Is a letter mistyped?")
    _refuse_impossible(source, target, intent, is_first=not draft.actions)
    why = f"Case {source.id} was merged into this one by {intent.by.address.shown}."
    people = (*target.participants, *_newcomers(source, target))
    draft.case = replace(target, entries=target.entries + source.entries, participants=people)
    draft.actions.append(JoinCase(source, why))
    draft.change(
        why,
        tags=_together(target.tags, source.tags),
        watchers=_together(target.watchers, source.watchers),
        watching={**source.watching, **target.watching},
        linked=tuple(one for one in _together(target.linked, source.linked) if one not in (source.id, target.id)),
        fields={**source.fields, **target.fields},
        time_worked=target.time_worked + source.time_worked,
    )
    draft.event(intent.by, why)
    first_act(draft, intent.by)
    if target.csr and target.csr != intent.by.csr:
        draft.notify(target.csr, why[0].lower() + why[1:-1])
    draft.settle("done")


def _refuse_impossible(source: Case, target: Case, intent: Merge, is_first: bool) -> None:
    if not is_first:
        raise Refused("#merge must be the first thing that is done.", "Send it in a mail of its own.")
    if source.id == target.id:
        raise Refused(f"Case {source.id} cannot be merged into itself.", "Name the other case.")
    if source.service != target.service:
        raise Refused(
            f"Case {target.id} belongs to the service {target.service}.", "Cases are merged within a service."
        )
    for case in (source, target):
        status.move(status.Event.MERGE, case.status)
    is_one_person = source.customer.person != 0 and source.customer.person == target.customer.person
    is_shared = is_one_person or source.customer.address.key == target.customer.address.key
    if not is_shared and not intent.is_confirmed:
        whose = target.customer.address
        what = f"Case {target.id} is of another customer, {whose}, so nothing was done: your answers would go to both."
        raise Refused(what, f"If that is right: #merge {target.id} yes")


def _newcomers(source: Case, target: Case) -> tuple[Participant, ...]:
    """The source's people who are not in the target. They see of the past only what they wrote or got. Written by the
    join itself, because that gives all entries their numbers anew."""
    known = {one.address.key for one in target.participants}
    people = (one for one in source.participants if one.address.key not in known)
    after_all = source.entries + target.entries + 1
    return tuple(Participant(one.address, False, after_all) for one in people)


def _together(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
