"""PURE: what a rule can do: one table of actions, each with its check at load and its way into the decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mailticket.config.models import Csr
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Priority, Status, Words
from mailticket.domain.case_intents import (
    AddSkills,
    Assign,
    Escalate,
    SetDue,
    SetField,
    SetPriority,
    SetStatus,
    SetTags,
    Want,
    Watch,
)
from mailticket.domain.decision import Call, LetterKind, Send, SendKind
from mailticket.domain.intents import AddNote
from mailticket.domain.people import Actor
from mailticket.domain.times.due import parse_due
from mailticket.errors import Refused
from mailticket.law.acts import case_acts, csr_acts
from mailticket.law.draft import Draft
from mailticket.law.opening import DESK_TAG
from mailticket.law.rules.rule_checks import (
    Check,
    csr_named,
    field_named,
    kept,
    one_of,
    role_named,
    texts,
    wrong_due,
    wrong_escalation,
    wrong_field,
    wrong_people,
    wrong_receiver,
    wrong_skill,
    wrong_status,
    wrong_text,
    wrong_texts,
    wrong_url,
    wrong_yes,
)

#: Letters to a customer that a rule may send; each knows all that it says.
LETTERS = (LetterKind.AUTO_REPLY, LetterKind.ESCALATION_NOTICE, LetterKind.CASE_CLOSED)


@dataclass(frozen=True, slots=True)
class Run:
    """A rule at work: who acts, its name, the event, and whether the mail behind it was a machine's."""

    by: Actor
    name: str
    event: str
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """`wrong` yields what is wrong with a value, before it ever runs; `do` may raise Refused, ValueError or
    OverflowError. `takes` and `help` stand in docs/rules.md."""

    takes: str
    help: str
    wrong: Check
    do: Callable[[Draft, Run, Any], None]


def _priority(draft: Draft, run: Run, value: str) -> None:
    case_acts.set_priority(draft, SetPriority(run.by, Priority(value)))


def _due(draft: Draft, run: Run, value: str) -> None:
    due_at = parse_due(value).in_business_time(draft.now, draft.policy.calendar(draft.here.role))
    case_acts.set_due(draft, SetDue(run.by, due_at))


def _skill(draft: Draft, run: Run, value: Any) -> None:
    case_acts.add_skills(draft, AddSkills(run.by, tuple(texts(value))))


def _assign(draft: Draft, run: Run, value: str) -> None:
    """A CSR is wanted rather than given: who assigns looks whether they are there and have room for it."""
    config = draft.policy.config
    csr = csr_named(value, config)
    if csr is None:
        csr_acts.assign(draft, Assign(run.by, role=role_named(value, config), why=f"by {run.by.address.shown}"))
    elif draft.here.csr != csr.key:
        csr_acts.want(draft, Want(run.by, csr.key, _role_of(csr, draft)))


def _escalate(draft: Draft, run: Run, value: Any) -> None:
    config = draft.policy.config
    if draft.here.status is Status.ESCALATED:
        return
    role = draft.policy.service.second_level if value is True else role_named(value, config)
    csr = None if value is True else csr_named(value, config)
    if csr is not None:
        csr_acts.escalate(draft, Escalate(run.by, role=_role_of(csr, draft)))
        csr_acts.want(draft, Want(run.by, csr.key, _role_of(csr, draft)))
    elif role:
        csr_acts.escalate(draft, Escalate(run.by, role=role))
    else:
        raise Refused(f"The service {draft.policy.service.name} has no second_level.", "Name a role or a CSR.")


def _status(draft: Draft, run: Run, value: str) -> None:
    name, _, rest = value.partition(" ")
    status = Status(name)
    if draft.here.status is status:
        return
    calendar = draft.policy.calendar(draft.here.role)
    until = parse_due(rest).in_business_time(draft.now, calendar) if status is Status.PENDING and rest else None
    resolution = rest if status is Status.RESOLVED else ""
    csr_acts.set_status(draft, SetStatus(run.by, status, until=until, resolution=resolution))


def _tag(draft: Draft, run: Run, value: Any) -> None:
    wanted = texts(value)
    removed = tuple(one[1:] for one in wanted if one.startswith("-"))
    case_acts.set_tags(draft, SetTags(run.by, tuple(one for one in wanted if not one.startswith("-")), removed))


def _set_field(draft: Draft, run: Run, value: Mapping[str, Any]) -> None:
    for name, wanted in value.items():
        field = field_named(name, draft.policy.config)
        stored = kept(field, wanted) if field else None
        if field is None or stored is None or (field.types and draft.here.type not in field.types):
            raise Refused(f"This case has no field {name}.", "Look at the field's types.")
        case_acts.set_field(draft, SetField(run.by, field.name, stored))


def _watch(draft: Draft, run: Run, value: Any) -> None:
    for one in texts(value):
        csr = csr_named(one, draft.policy.config)
        watcher = csr.key if csr else role_named(one, draft.policy.config) or Address("", one).key
        case_acts.watch(draft, Watch(run.by, watcher))


def _notify(draft: Draft, run: Run, value: Any) -> None:
    """CSRs get the case, anybody else a notice of it without a word of the customer's."""
    config = draft.policy.config
    for one in texts(value):
        csr = csr_named(one, config)
        members = (csr,) if csr else config.members(role_named(one, config))
        for member in members:
            draft.notify(member.key, run.by.address.shown)
        if not members and "@" in one:
            to = Address("", one)
            key = f"rule_notice:{draft.here.id}:{draft.here.entries}:{run.name}:{to.key}"
            why = run.by.address.shown
            draft.send(Send(LetterKind.RULE_NOTICE, SendKind.NOTIFY, to, key, why, extra={"event": run.event}))
    draft.event(run.by, f"Notified by {run.by.address.shown}: {', '.join(texts(value))}.")


def _letter(draft: Draft, run: Run, value: str) -> None:
    """Never in answer to a machine, never twice for one event, within the service's budgets."""
    customer, kind = draft.here.customer.address, LetterKind(value)
    is_loop = run.is_automatic or DESK_TAG in draft.here.tags
    if is_loop or not customer.can_get_mail:
        draft.event(run.by, f"No {kind} to the customer: {'a machine wrote' if is_loop else 'they have no address'}.")
        return
    number = "" if kind is LetterKind.AUTO_REPLY else f":{draft.here.entries}"
    why = f"{run.by.address.shown} sends it"
    extra = {"may_echo": draft.here.answered_at is not None}
    send = Send(kind, SendKind.AUTO, customer, f"{kind}:{draft.here.id}{number}", why, extra=extra)
    why_not = draft.send_within_budget(send)
    draft.event(run.by, f"No {kind} to the customer: {why_not}." if why_not else f"{kind} to the customer: {why}.")


def _note(draft: Draft, run: Run, value: str) -> None:
    csr_acts.add_note(draft, AddNote(run.by, Words(value), why=f"by {run.by.address.shown}"))


def _webhook(draft: Draft, run: Run, value: str) -> None:
    body = {"type": run.event, "at": draft.now.isoformat(), "rule": run.name, "case": told(draft.here)}
    key = f"rule:{run.name}:{draft.here.id}:{draft.here.entries}:{draft.now:%Y%m%d%H%M%S}"
    draft.actions.append(Call(value, body, key, f"{run.by.address.shown} calls a webhook"))
    draft.event(run.by, f"A webhook at {urlsplit(value).hostname} is called by {run.by.address.shown}.")


def _stop(_draft: Draft, _run: Run, _value: bool) -> None:
    """`law.trigger` sees to it: no later rule runs on this event."""


def told(case: Case) -> dict[str, Any]:
    """A case as a webhook tells it: what `mailticket case list --json` tells."""
    plain = ("id", "subject", "service", "csr", "role", "type")
    moments = {name: getattr(case, name) for name in ("created_at", "updated_at", "due_at")}
    return {
        **{name: getattr(case, name) for name in plain},
        **{name: str(getattr(case, name)) for name in ("status", "priority", "channel")},
        "customer": {"name": case.customer.name, "address": case.customer.address.address},
        "tags": list(case.tags),
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def _role_of(csr: Csr, draft: Draft) -> str:
    """The role in which this CSR gets the case: the case's own, the service's, else their first."""
    config, service = draft.policy.config, draft.policy.service
    wanted = (draft.here.role, service.first_level, service.second_level, *(one.name for one in config.role))
    return next((one for one in wanted if one and csr in config.members(one)), "")


_PRIORITIES = tuple(str(one) for one in Priority)
ACTIONS: dict[str, Action] = {
    "priority": Action("low, normal, high, urgent", "sets the priority", one_of(_PRIORITIES), _priority),
    "due": Action('"1 business day", "4 business hours", "3d", "friday"', "sets the due date", wrong_due, _due),
    "skill": Action("a skill or several", "what the CSR should know about", wrong_skill, _skill),
    "assign": Action("a CSR or a role", "who should have it, once they are there", wrong_receiver, _assign),
    "escalate": Action("true, a role or a CSR", "escalates it", wrong_escalation, _escalate),
    "status": Action('"opened", "pending 3d", "resolved test", "closed"', "sets the status", wrong_status, _status),
    "tag": Action('a tag or several; "-tag" takes one away', "tags it", wrong_texts, _tag),
    "field": Action('{ serial = "4711" }', "fills in custom fields", wrong_field, _set_field),
    "watch": Action("addresses, CSRs, roles", "who watches it from now on", wrong_people, _watch),
    "notify": Action("addresses, CSRs, roles", "who gets a mail about it now", wrong_people, _notify),
    "letter": Action(", ".join(LETTERS), "a letter to the customer", one_of(tuple(map(str, LETTERS))), _letter),
    "note": Action("a text", "a private note", wrong_text, _note),
    "webhook": Action("a web address", "posts the event and the case there as JSON", wrong_url, _webhook),
    "stop": Action("true", "no later rule runs on this event", wrong_yes, _stop),
}
