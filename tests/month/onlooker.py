"""Looks at the tables of a desk between its acts, and writes down what has become another. It asks no verb."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import peewee

from mailticket.domain.case import ACTIVE, OPEN, Case, Status
from mailticket.store import cases, entries
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Entry as EntryRow
from mailticket.store.tables.mail_tables import Inbox, Outbox
from tests.desk.house import House
from tests.month.log import Change, Gift, Letter, Log, Mail, Overdue, Wait

SECRET = re.compile(r"SECRET-\d+")
_OPEN = [str(one) for one in OPEN]


class Onlooker:
    """`log` grows with every look. All at the house's own clock."""

    def __init__(self, house: House, log: Log) -> None:
        self.house = house
        self.log = log
        self._known: dict[int, Case] = {}
        self._last_letter = 0
        self._last_entry = 0

    def look(self) -> list[Change]:
        """The cases that changed since the last look, with what was told of it."""
        with self.house.office.connected():
            rows: Any = CaseRow.select(CaseRow.id, CaseRow.version).tuples()
            new = [key for key, version in rows if key not in self._known or self._known[key].version != version]
            told: dict[int, list[Any]] = {}
            fresh = EntryRow.select().where(EntryRow.id > self._last_entry).order_by(EntryRow.id)
            for key, entry in entries.read_by_case(fresh.dicts()):
                told.setdefault(key, []).append(entry)
                self._last_entry = max(self._last_entry, entry.id)
            found = cases.by_keys({*new, *told})
        now = self.house.clock.now
        seen = [Change(now, self._known.get(key), case, tuple(told.get(key, ()))) for key, case in found.items()]
        self._known |= found
        self.log.changes += seen
        return seen

    def look_at_gifts(self, away: Collection[str]) -> None:
        """Just after the desk has assigned: who got something, and who waits though somebody could take it."""
        now, loads = self.house.clock.now, self._loads()
        for one in self.look():
            if one.after.csr and one.after.csr != one.was.csr:
                csr = one.after.csr
                self.log.gifts.append(Gift(now, one.after.id, csr, loads[csr], csr in away))
        with self.house.office.connected():
            waiting: Any = CaseRow.select(CaseRow.case_id, CaseRow.service, CaseRow.role)
            rows = list(waiting.where(CaseRow.waiting_since.is_null(False)).tuples())
        for case_id, service, role in rows:
            able = self._able(service, role, away, loads)
            self.log.waits.append(Wait(now, case_id, able))

    def _able(self, service: str, role: str, away: Collection[str], loads: Mapping[str, int]) -> tuple[str, ...]:
        config = self.house.office.config
        first = next(one.first_level for one in config.service if one.name == service)
        members = [one.key for one in config.members(role or first)]
        return tuple(one for one in members if one not in away and loads[one] < self.log.limit)

    def _loads(self) -> Counter[str]:
        active = CaseRow.status.in_([str(one) for one in ACTIVE])
        with self.house.office.connected():
            rows: Any = CaseRow.select(CaseRow.csr, peewee.fn.COUNT(CaseRow.id)).where(active).group_by(CaseRow.csr)
            return Counter(dict(rows.tuples()))

    def look_at_the_late(self) -> None:
        """Just after the clock has swept: what should have rung, woken or closed by now."""
        now = self.house.clock.now
        span = {one.name: one.cases.complete_after for one in self.house.office.config.service}
        columns = (CaseRow.case_id, CaseRow.service, CaseRow.status, CaseRow.timers, CaseRow.pending_until)
        is_live = CaseRow.status.in_([*_OPEN, str(Status.RESOLVED)])
        with self.house.office.connected():
            rows: Any = list(CaseRow.select(*columns, CaseRow.resolved_at).where(is_live).tuples())
        for case_id, service, status, timers, pending_until, resolved_at in rows:
            what = ""
            if status == Status.PENDING:
                what = "wake" if pending_until and pending_until <= now else ""
            elif status == Status.RESOLVED:
                what = "close" if resolved_at and resolved_at < now - span[service] else ""
            elif any(at <= now for at in timers.values()):
                what = "ring"
            if what:
                self.log.overdue.append(Overdue(now, case_id, what))

    def look_at_letters(self) -> None:
        """What was written since the last time; then all of it is sent, as by a relay that takes everything at once."""
        columns = (Outbox.id, Outbox.created_at, Outbox.letter, CaseRow.case_id, Outbox.recipient, Outbox.csr)
        with self.house.office.connected():
            written = Outbox.select(*columns, Outbox.reason, Outbox.skeleton).join(CaseRow, peewee.JOIN.LEFT_OUTER)
            rows: Any = written.where(Outbox.id > self._last_letter).order_by(Outbox.id).tuples()
            for *row, skeleton in rows:
                number, at, letter, case, recipient, csr, reason = row
                secrets = frozenset(SECRET.findall(skeleton))
                self.log.letters.append(Letter(number, at, letter, case or "", recipient, csr, reason, secrets))
                self._last_letter = number
            Outbox.update(state="sent", sent_at=self.house.clock.now).where(Outbox.state == "queued").execute()

    def look_at_mails(self) -> None:
        """At the end of the month: what became of every mail."""
        columns = (Inbox.collected_at, Inbox.sender, Inbox.state, Inbox.outcome, Inbox.reason, CaseRow.case_id)
        with self.house.office.connected():
            rows: Any = Inbox.select(*columns, Inbox.entry).join(CaseRow, peewee.JOIN.LEFT_OUTER).order_by(Inbox.id)
            for at, sender, state, outcome, reason, case, entry in rows.tuples():
                self.log.mails.append(Mail(at, sender, state, outcome, reason, case or "", entry))
