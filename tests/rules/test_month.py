"""A month of a desk, on a clock that is moved: three services, eight CSRs, absences, escalations, rules and targets.

What must hold whatever happens: nobody gets a case by rule over the limit or while away, every due date of a rule lies
in business time, and every case that was closed was closed for a reason. `make month` plays 2,000 cases.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket.config.hours import Hours, Targets
from mailticket.config.models import Assignment, Cases, Config, Csr, Imap, Role, Service, Smtp
from mailticket.config.rules import Trigger
from mailticket.desk.answer import carry_out
from mailticket.desk.apply import apply
from mailticket.desk.assign import assign
from mailticket.desk.office import RandomIds
from mailticket.desk.sweep import look_at_idle, sweep
from mailticket.domain.case import ACTIVE, Case, EntryKind, Status, Words
from mailticket.domain.case_intents import Escalate, SetStatus
from mailticket.domain.facts import Known
from mailticket.domain.intents import Answer, Append, Inquire
from mailticket.domain.mail import Address
from mailticket.domain.people import Actor, ActorKind
from mailticket.errors import Refused
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from mailticket.parsers import Parsers
from mailticket.store import cases, people
from mailticket.store.database import Store
from tests.desk.house import House, build

CASES = int(os.environ.get("MAILTICKET_MONTH_CASES", "60"))
LIMIT = 2 + CASES // 60  # so that it is reached, however many there are
MONDAY = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)  # the clocks go back on the 25th
DAYS, STEP = 30, 3  # hours
CSRS = tuple(
    Csr(email=f"{name.lower()}@example.com", name=name, skills=skills)
    for name, skills in zip(
        ("Ann", "Bo", "Cem", "Dee", "Eve", "Fay", "Gil", "Hal"),
        (("print",), ("billing",), ("print", "billing"), (), ("law",), ("law",), ("print",), ()),
        strict=True,
    )
)
TOPICS = ("My invoice is wrong", "The printer prints nothing", "A question of law", "Hello there")


def _trigger(name: str, on: str, when: str, *then: dict[str, Any]) -> Trigger:
    return Trigger.model_validate({"name": name, "on": on, "when": when, "then": then})


TRIGGERS = (
    _trigger("billing", "case.created", "'invoice' in subject", {"skill": "billing"}, {"due": "1 business day"}),
    _trigger("printers", "case.created", "'printer' in subject", {"skill": "print"}, {"due": "4 business hours"}),
    _trigger("law", "case.created", "'law' in subject", {"priority": "high"}, {"due": "friday"}, {"assign": "Eve"}),
    _trigger("left alone", "case.idle", "case.idle_days >= 3", {"escalate": True}),
    _trigger("due", "case.due", "case.status != 'escalated'", {"priority": "urgent"}),
)


def _service(name: str, first: str, rule: str, **hours: Any) -> Service:
    return Service(
        name=name,
        address=f"{name}@example.com",
        first_level=first,
        second_level="experts",
        imap=Imap(host="localhost", username=name),
        smtp=Smtp(host="localhost"),
        assignment=Assignment.model_validate({"new_case": rule, "limit": LIMIT}),
        cases=Cases(complete_after=timedelta(days=5)),
        hours=Hours.model_validate(hours),
        targets=Targets(
            first_response={"normal": "4 business hours", "high": "2h"}, resolution={"normal": "2 business days"}
        ),
    )


def _config() -> Config:
    names = [one.email for one in CSRS]
    night = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "20:00-04:00")
    return Config.model_validate(
        {
            "mailticket": {"timezone": "Europe/Berlin"},
            "csr": CSRS,
            "role": (
                Role(name="desk", members=tuple(names[:4])),
                Role(name="shop", members=tuple(names[2:6])),
                Role(name="experts", members=tuple(names[4:])),
            ),
            "service": (
                _service("support", "desk", "limit", holidays="DE-BE"),
                _service("shop", "shop", "limit", week=night),
                _service("office", "desk", "limit", week={"mon": "09:00-12:00, 13:00-17:00", "thu": "08:00-20:00"}),
            ),
            "trigger": TRIGGERS,
        }
    )


@dataclass
class Month:
    """Plays the month step by step with one source of chance, and looks at every case that was assigned."""

    house: House
    chance: random.Random
    opened: int = 0
    away: dict[str, datetime] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def play(self) -> None:
        for hour in range(0, DAYS * 24, STEP):
            self.house.clock.now = MONDAY + timedelta(hours=hour)
            self._absences()
            self._customers(hour)
            for act in (self._csrs, self._assign):
                act()
            self._count("swept", sweep(self.house.office))
            if hour % 12 == 0:
                self._count("idle", look_at_idle(self.house.office))

    def _count(self, what: str, number: int = 1) -> None:
        self.seen[what] += number

    def _absences(self) -> None:
        now = self.house.clock.now
        back = [csr for csr, until in self.away.items() if until <= now]
        gone = [one.key for one in CSRS if one.key not in self.away and self.chance.random() < 0.012]
        for csr in (*back, *gone):
            self.house.in_store(lambda csr=csr: people.set_away(csr, "", csr in gone, "test", now, "absence"))
        for csr in back:
            del self.away[csr]
        self.away |= {csr: now + timedelta(hours=self.chance.randint(4, 120)) for csr in gone}
        self._count("absences", len(gone))

    def _customers(self, hour: int) -> None:
        """So many inquiries that all of them have come after three weeks."""
        wanted = min(CASES, CASES * (hour + STEP) // (21 * 24))
        for number in range(self.opened, wanted):
            who = Address("", f"c{number % 300}@many.example")
            by = Actor(ActorKind.CUSTOMER, who, "not one of ours, so a customer")
            service = self.house.office.config.service[number % 3]
            wish = Inquire(by, who, TOPICS[self.chance.randrange(4)], Words("Please help."))
            self._open(wish, service, number)
        self.opened = wanted

    def _open(self, wish: Inquire, service: Service, number: int) -> None:
        office = self.house.office
        with office.connected(), office.store.transaction():
            ids = RandomIds(f"month:{number}")
            decision = decide((wish,), None, Known(away=people.away()), office.policy(service), office.clock(), ids)
            apply(office, decision, service)
        case = decision.case
        assert case is not None
        if case.due_at and not Policy(office.config, service).calendar(case.role).is_open(case.due_at):
            self.faults.append(f"{case.id} of {service.name} is due at {case.due_at}, out of business time")
        self._count("due", case.due_at is not None)

    def _csrs(self) -> None:
        """Each CSR who is there does something with some of their cases."""
        with self.house.office.connected():
            everything = list(cases.list_cases())
        for case in everything:
            if case.csr and case.csr not in self.away and case.is_open and self.chance.random() < 0.2:
                self._act(case)
            elif case.status in (Status.RESOLVED, Status.OPENED) and self.chance.random() < 0.03:
                by = Actor(ActorKind.CUSTOMER, case.customer.address, "takes part in the case")
                self._try(case, Append(by, Words("One more thing: it is broken again.")))

    def _act(self, case: Case) -> None:
        csr = self.house.office.config.csr_at(case.csr)
        assert csr is not None
        by = Actor(ActorKind.CSR, csr.address, "proven", csr.key)
        acts = (
            (Answer(by, Words("We look into it.")),),
            (Answer(by, Words("This is solved now.")), SetStatus(by, Status.RESOLVED)),
            (SetStatus(by, Status.PENDING, until=self.house.clock.now + timedelta(hours=30)),),
            (SetStatus(by, Status.RESOLVED, resolution="test"),),
            (Escalate(by, role="experts"),),
        )
        for wish in self.chance.choices(acts, weights=(4, 4, 1, 1, 1))[0]:
            self._try(case, wish)

    def _try(self, case: Case, wish: Any) -> None:
        try:
            carry_out(self.house.office, (wish,), case.id, f"month:{case.id}:{self.house.clock.now:%d%H}:{type(wish)}")
            self._count(type(wish).__name__)
        except Refused:
            self._count("refused")

    def _assign(self) -> None:
        """What the rule gives away, with everybody's load before and after."""
        with self.house.office.connected():
            before = {one.id: one for one in cases.list_cases()}
        self._count("assigned", assign(self.house.office))
        with self.house.office.connected():
            after = list(cases.list_cases())
        given = [one for one in after if one.csr and before[one.id].csr != one.csr]
        loads = Counter(one.csr for one in after if one.status in ACTIVE)
        self._count("waits", any(one.waiting_since for one in after))
        self._count("full", any(loads[one.key] >= LIMIT for one in CSRS))
        for case in given:
            if case.csr in self.away:
                self.faults.append(f"{case.id} went to {case.csr}, who is away")
            if loads[case.csr] > LIMIT:
                self.faults.append(f"{case.id} went to {case.csr}, who has {loads[case.csr]} active cases now")


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    store = Store("sqlite", tmp_path / "data")
    store.open()
    store.migrate()
    with store.connection():  # kept for the next unit of work; nobody pulls the plug here
        store.engine.execute_sql("PRAGMA synchronous = OFF")
    with Parsers(count=1) as parsers:
        house = build(_config(), store, parsers, tmp_path)
        yield Month(house, random.Random(4711))
    store.close()


@pytest.mark.timeout(1800)
def test_a_month_of_a_desk_keeps_its_promises(month: Month) -> None:
    month.play()
    assert month.faults == []
    closed = [one for one in month.house.cases() if one.status is Status.CLOSED]
    for case in closed:
        told = [one.words.text for one in month.house.entries(case) if one.kind is EntryKind.EVENT]
        assert any("to closed: resolved for 5 days" in one for one in told), told
        assert case.resolved_at is not None and case.closed_at is not None and not case.timers
    wanted = ("absences", "assigned", "due", "Escalate", "swept", "Append", "Answer", "waits", "full")
    assert len(month.house.cases()) == CASES and closed
    assert all(month.seen[one] > 0 for one in wanted), month.seen
