"""PURE: a decision in the making: the case as it evolves, and the actions so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from mailticket.config.models import Config, Service
from mailticket.domain.address import Address
from mailticket.domain.amending import amended
from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.decision import (
    Action,
    AddEntry,
    ChangeCase,
    Decision,
    LetterKind,
    OpenCase,
    RuleTrial,
    Send,
    SendKind,
    Settle,
)
from mailticket.domain.facts import Known
from mailticket.domain.people import Actor, ActorKind, Door, Echo
from mailticket.domain.times.business_time import Calendar
from mailticket.errors import Refused
from mailticket.law.budgets import exceeded, is_last_echo

#: Who writes what nobody wrote.
THE_LAW = Actor(ActorKind.OURSELVES, Address("mailticket", ""), "the law", door=Door.DESK)

_LAST_ECHO = (
    "You were told this before, and your mail reads as if your mail program answered by itself: "
    "for an hour, no more is said about mails like it."
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force for one service."""

    config: Config
    service: Service

    def name_of(self, csr: str) -> str:
        """A CSR's name for people; the address where the config knows them no more."""
        found = self.config.csr_at(csr)
        return found.name if found else csr

    def calendar(self, role: str) -> Calendar:
        """Business time of a role: its own, or that of the service."""
        found = self.config.role_named(role)
        hours = found.hours if found and found.hours else self.service.hours
        return hours.calendar(self.config.mailticket.timezone)

    def is_available(self, csr: str, role: str, known: Known) -> bool:
        """Is this CSR in the config and not away: in the role if it is one of theirs, else in any of theirs?"""
        found = self.config.csr_at(csr)
        if found is None:
            return False
        theirs = [one.name for one in self.config.role if found in self.config.members(one.name)]
        asked = [role] if role in theirs else theirs
        return not asked or any((one, found.key) not in known.away for one in asked)


class Ids(Protocol):
    """Where new names come from: randomness is an argument. `origin` names what asked, such as "inbox:12"."""

    @property
    def origin(self) -> str: ...

    def case_id(self) -> str: ...


@dataclass(slots=True)
class Draft:
    """What has been decided so far.

    `told` are the CSRs who get a letter that shows the outcome; `warnings` and `promises` stand in the receipt of the
    asker; `recallable` is the number of an answer that waits a while before it goes out.
    `is_over`: an answer is held, so whatever else was asked along with it waits too. `rules` are those that were looked
    at, and what came of it.
    """

    case: Case | None
    known: Known
    policy: Policy
    now: datetime
    ids: Ids
    asker: Actor
    answer_sets_status: bool = True
    actions: list[Action] = field(default_factory=list)
    over_budget: list[str] = field(default_factory=list)
    outcome: str = ""
    delete_from_server: bool = False
    told: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    promises: list[str] = field(default_factory=list)
    recallable: int = 0
    is_over: bool = False
    rules: list[RuleTrial] = field(default_factory=list)

    @property
    def here(self) -> Case:
        """The case that there must be by now."""
        if self.case is None:
            raise Refused("This belongs to no case.", "Reply to the mail about the case.")
        return self.case

    def open(self, case: Case, reason: str) -> None:
        self.case = case
        self.actions.append(OpenCase(case, reason))

    def change(self, reason: str, **changes: Any) -> None:
        """New values for fields of the case; those that are as they were are left out."""
        new = {name: value for name, value in changes.items() if getattr(self.here, name) != value}
        if new:
            self.case = amended(self.here, **new)
            self.actions.append(ChangeCase(new, reason))

    def add(self, kind: EntryKind, by: Actor, words: Words, reason: str, **more: Any) -> int:
        """A new entry; gives its number."""
        number = self.here.entries + 1
        csr = by.csr if by.is_csr else ""
        entry = Entry(0, number, kind, self.now, by.address, words, csr=csr, door=by.door, **more)
        self.case = amended(self.here, entries=number)
        self.actions.append(AddEntry(entry, reason))
        return number

    def event(self, by: Actor, text: str) -> int:
        """A line in the case's event list: what happened and why."""
        return self.add(EntryKind.EVENT, by, Words(text), text)

    def notify(self, csr: str, why: str, entry: int = 0, **extra: Any) -> None:
        """The case, by mail, to a CSR."""
        found = self.policy.config.csr_at(csr)
        if found is None:
            return
        key = f"csr_case:{self.here.id}:{self.here.entries}:{found.key}"
        told = {"why": why, **extra}
        self.send(Send(LetterKind.CSR_CASE, SendKind.NOTIFY, found.address, key, why, found.key, entry, told))
        self.told.add(found.key)

    def tell(self, letter: LetterKind, csr_key: str, reason: str, extra: Mapping[str, Any], entry: int = 0) -> None:
        """A letter that is no news of the case to a CSR, at the address that the config knows, within their budget.

        Of each kind a CSR gets one for one mail: what comes second is told in the first.
        """
        csr = self.policy.config.csr_at(csr_key)
        if csr is None:
            return
        key = f"{letter}:{self.ids.origin}:{csr.key}"
        place = next((at for at, one in enumerate(self.actions) if isinstance(one, Send) and one.key == key), None)
        if place is None:
            send = Send(letter, SendKind.NOTIFY, csr.address, key, reason, csr.key, entry, extra)
            if is_last_echo(send, self.known, self._echo_of(csr.key)):
                send = replace(send, extra=_both(extra, {"warnings": [_LAST_ECHO]}))
            self.send_within_budget(send)
        else:
            first = self.actions[place]
            if isinstance(first, Send):
                self.actions[place] = replace(first, extra=_both(first.extra, extra), entry=first.entry or entry)
        self.told.add(csr.key)

    def new_entries(self) -> list[Entry]:
        """The entries that this very decision adds."""
        return [one.entry for one in self.actions if isinstance(one, AddEntry)]

    def send(self, letter: Send) -> None:
        self.actions.append(letter)

    def send_within_budget(self, letter: Send) -> str:
        """Automatic mail. Why it is not sent, "" if it is."""
        over = exceeded(letter, self.known, self.policy.service, self._echo_of(letter.csr))
        if over is None:
            self.send(letter)
            return ""
        self.over_budget.append(over.budget)
        if over.alarm:
            self.actions.append(over.alarm)
        return over.why

    def _echo_of(self, csr: str) -> Echo:
        """What the mail looks like that asks for a letter to this CSR, if it is theirs."""
        return self.asker.echo if csr == self.asker.csr else Echo.NONE

    def settle(self, outcome: str) -> None:
        """What the mail came to; the first word counts."""
        self.outcome = self.outcome or outcome

    def done(self, reason: str) -> Decision:
        settled = Settle(self.outcome or "done", reason, self.delete_from_server, tuple(self.over_budget))
        return Decision(self.case, (*self.actions, settled), tuple(self.rules))


def _both(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """What two receipts tell, in one: lists one after the other, else the first one's word."""
    merged = {**second, **first}
    for name in first.keys() & second.keys():
        if isinstance(first[name], list):
            merged[name] = [*first[name], *second[name]]
    return merged
