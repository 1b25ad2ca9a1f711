"""Plays a month on a clock that is moved: customers write mails, CSRs come, act and go, the desk does the rest."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailticket.children.pool import Parsers
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import look_at_idle, sweep
from mailticket.domain.case import ACTIVE, OPEN, Status, Words
from mailticket.domain.case_intents import AddTime, Escalate, SetStatus, SetTags
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import AddNote, Answer, Intent
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Refused
from mailticket.store import people
from mailticket.store.database import Store
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.mail_tables import Outbox
from tests.desk.house import House, build, mail
from tests.month.log import Log
from tests.month.onlooker import Onlooker
from tests.month.staff import CSRS, TOPICS, UNWANTED, config

MONDAY = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)  # the clocks go back on the 25th
DAYS, STEP = 30, 3  # hours
#: Customers have written their last inquiry after so many days.
_WRITING_DAYS = 21
_OPEN = [str(one) for one in OPEN]


@dataclass
class Month:
    """`cases` are the inquiries that come. All chance is of one source; `seen` counts what has happened."""

    house: House
    cases: int
    chance: random.Random
    opened: int = 0
    secrets: int = 0
    away: dict[str, datetime] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        limit = max(one.assignment.limit for one in self.house.office.config.service)
        self.log = Log(self.house.office.config, limit)
        self.onlooker = Onlooker(self.house, self.log)

    def play(self) -> Log:
        for hour in range(0, DAYS * 24, STEP):
            self.house.clock.now = MONDAY + timedelta(hours=hour)
            self._absences()
            self._customers(hour)
            self._csrs()
            self.onlooker.look()
            self._count("assigned", assign(self.house.office))
            self.onlooker.look_at_gifts(self.away)
            self._clock(hour)
        self.onlooker.look_at_mails()
        return self.log

    def _clock(self, hour: int) -> None:
        while count := sweep(self.house.office):
            self._count("swept", count)
        if hour % 12 == 0:
            self._count("idle", look_at_idle(self.house.office))
        self.onlooker.look()
        self.onlooker.look_at_the_late()
        self.onlooker.look_at_letters()

    def _count(self, what: str, number: int = 1) -> None:
        self.seen[what] += number

    def _absences(self) -> None:
        now = self.house.clock.now
        back = [csr for csr, until in self.away.items() if until <= now]
        gone = [one.key for one in CSRS if one.key not in self.away and self.chance.random() < 0.012]
        with self.house.office.connected():
            for csr in (*back, *gone):
                people.set_away(csr, "", csr in gone, "test", now, "absence")
        for csr in back:
            del self.away[csr]
        self.away |= {csr: now + timedelta(hours=self.chance.randint(4, 120)) for csr in gone}
        self._count("absences", len(gone))

    def _customers(self, hour: int) -> None:
        """New inquiries, further words on old ones, and what comes into every mailbox besides."""
        wanted = min(self.cases, self.cases * (hour + STEP) // (_WRITING_DAYS * 24))
        for number in range(self.opened, wanted):
            service = self.house.office.config.service[number % 3]
            self._arrives(service.name, f"c{number % 300}@many.example", TOPICS[self.chance.randrange(4)])
            if self.chance.random() < 0.03:
                self._arrives(service.name, f"x{number}@{UNWANTED}", "You have won")
            if self.chance.random() < 0.02:
                self._arrives(service.name, f"robot{number}@many.example", "Away", auto_submitted="auto-replied")
        self.opened = wanted
        for case_id, service_name, subject, who in self._followed_up():
            self._arrives(service_name, who, f"Re: [#{case_id}] {subject}", "One more thing: it is broken again.")
        self.house.receive()

    def _arrives(self, service: str, who: str, subject: str, text: str = "Please help.", **headers: str) -> None:
        self.house.arrive(mail(who, subject, text, **headers), service=service, source=f"imap:{service}/INBOX")
        self._count("mails")

    def _followed_up(self) -> list[tuple[str, str, str, str]]:
        live = CaseRow.status.in_([str(Status.RESOLVED), str(Status.OPENED), str(Status.CLOSED)])
        columns = (CaseRow.case_id, CaseRow.service, CaseRow.subject, CaseRow.customer, CaseRow.status)
        with self.house.office.connected():
            rows: Any = list(CaseRow.select(*columns).where(live).order_by(CaseRow.id).tuples())
            odds = {Status.RESOLVED: 0.012, Status.OPENED: 0.012, Status.CLOSED: 0.0005}
            chosen = [row for row in rows if self.chance.random() < odds[Status(row[4])]]
            loaded = people.case_tables.Customer
            who: dict[int, str] = dict(
                loaded.select(loaded.id, loaded.address).where(loaded.id.in_([row[3] for row in chosen])).tuples()
            )
        return [(case_id, service, subject, who[customer]) for case_id, service, subject, customer, _ in chosen]

    def _csrs(self) -> None:
        """Each CSR who is there does something with some of their cases."""
        with self.house.office.connected():
            columns = (CaseRow.case_id, CaseRow.csr, CaseRow.status)
            is_had = CaseRow.status.in_(_OPEN) & (CaseRow.csr != "")
            rows: Any = list(CaseRow.select(*columns).where(is_had).order_by(CaseRow.id).tuples())
        loads = Counter(csr for _, csr, status in rows if status in ACTIVE)
        self._count("full", any(number >= self.log.limit for number in loads.values()))
        for case_id, csr, _status in rows:
            if csr not in self.away and self.chance.random() < 0.15:
                self._act(case_id, csr)
        self.house.receive()

    def _act(self, case_id: str, key: str) -> None:
        csr = self.house.office.config.csr_at(key)
        assert csr is not None
        by = Actor(ActorKind.CSR, csr.address, "proven", csr.key, door=Door.LINK)
        if self.chance.random() < 0.15 and (letter := self._letter(case_id, key)):
            text = "#resolve\nThis is solved now." if self.chance.random() < 0.5 else "We look into it."
            service = self.chance.choice(self.house.office.config.service).name  # not always the right mailbox
            self._arrives(service, str(csr.address), "Re: your mail", text, in_reply_to=letter)
            self._count("by mail")
            return
        until = self.house.clock.now + timedelta(hours=30)
        acts: tuple[tuple[Sequence[Intent], int], ...] = (
            ((Answer(by, Words("We look into it.")),), 4),
            ((Answer(by, Words("This is solved now.")), SetStatus(by, Status.RESOLVED)), 7),
            ((SetStatus(by, Status.PENDING, until=until),), 1),
            ((SetStatus(by, Status.RESOLVED, resolution="test"),), 1),
            ((SetStatus(by, Status.CLOSED),), 1),
            ((Escalate(by, role="experts", words=self._private("Too hard for me.")),), 1),
            ((AddNote(by, self._private("Mind the customer.")), SetTags(by, added=("vip",))), 1),
            ((AddTime(by, timedelta(minutes=self.chance.choice((30, 45, -20)))),), 1),
        )
        (wishes,) = self.chance.choices([act for act, _ in acts], weights=[weight for _, weight in acts])
        self._try(case_id, wishes)

    def _private(self, text: str) -> Words:
        self.secrets += 1
        return Words(f"{text} SECRET-{self.secrets}")

    def _letter(self, case_id: str, csr: str) -> str:
        """The Message-ID of this CSR's newest mail about the case."""
        theirs = (CaseRow.case_id == case_id) & (Outbox.csr == csr) & (Outbox.letter == str(LetterKind.CSR_CASE))
        with self.house.office.connected():
            rows: Any = Outbox.select(Outbox.message_id).join(CaseRow).where(theirs).order_by(Outbox.id.desc()).limit(1)
            return next((one for (one,) in rows.tuples()), "")

    def _try(self, case_id: str, wishes: Sequence[Intent]) -> None:
        origin = f"month:{case_id}:{self.house.clock.now:%d%H}:{self.chance.random()}"
        try:
            carry_out(self.house.office, wishes, case_id, origin)
            for wish in wishes:
                self._count(type(wish).__name__)
        except Refused:
            self._count("refused")


def limit_for(cases: int) -> int:
    """So that it is reached, however many cases there are."""
    return 2 + cases // 60


def played(folder: Path, cases: int, seed: int) -> Month:
    """A month that is over, on a database that nobody pulls the plug of."""
    store = Store("sqlite", folder / "data")
    store.open()
    try:
        store.migrate()
        with store.connection():  # kept for the next unit of work
            store.engine.execute_sql("PRAGMA synchronous = OFF")
        with Parsers(count=1) as parsers:
            month = Month(build(config(limit_for(cases)), store, parsers, folder), cases, random.Random(seed))
            month.play()
            return month
    finally:
        store.close()
