"""Watch: looks at what waits, and rings for every trouble that lasts. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from mailticket.desk.decided import alarm
from mailticket.desk.mailbox.pressure import free_space, why_wait
from mailticket.desk.office import Office
from mailticket.desk.watching import canary
from mailticket.domain.alarms import kind_of
from mailticket.domain.decision import Alarm, SendKind
from mailticket.domain.texts.counted import counted
from mailticket.domain.times.spans import shown_span
from mailticket.errors import MailticketError
from mailticket.health import Sample, Trouble, Wrong
from mailticket.store.operation import figures

log = logging.getLogger(__name__)

#: What lasts rings again after this.
REMINDED_AFTER = timedelta(days=1)
#: A mail in the inbox and an answer in the outbox should not wait longer.
MAIL_WAITS, ANSWER_WAITS = timedelta(minutes=10), timedelta(hours=1)
_SHUNTED_LATELY = timedelta(minutes=30)
#: Rung with all particulars when it happened; here only remembered.
_RINGS_WHERE_IT_HAPPENS = frozenset({"shunted"})


def look(office: Office) -> Iterator[Wrong | Sample]:
    """What the database and the disk tell. A database that does not answer is what is wrong."""
    yield Sample("disk_free_bytes", free_space(office.config))
    try:
        with office.connected():
            yield from _inbox(office)
            yield from _outbox(office)
            yield from canary.look(office)
            pressed = why_wait(office)
    except MailticketError as error:
        yield Wrong("database-away", "", str(error))
        return
    if pressed:
        yield pressed


def _inbox(office: Office) -> Iterator[Wrong | Sample]:
    now = office.clock()
    found = figures.inbox_figures(now - _SHUNTED_LATELY)
    age = now - found.oldest_at if found.oldest_at else timedelta(0)
    yield Sample("inbox_waiting", found.waiting)
    yield Sample("inbox_oldest_unprocessed_seconds", max(0.0, age.total_seconds()))
    yield Sample("inbox_shunted", found.shunted)
    if found.shunted:
        yield Wrong("shunted", "", f"{counted(found.shunted, 'mail is', 'mails are')} set aside.")
    if age > MAIL_WAITS:
        yield Wrong("inbox-late", "", _waiting(found.waiting, "mail", age))


def _waiting(number: int, thing: str, longest: timedelta) -> str:
    return f"{counted(number, f'{thing} waits', f'{thing}s wait')}, the oldest for {shown_span(longest)}."


def _outbox(office: Office) -> Iterator[Wrong | Sample]:
    now = office.clock()
    for queue in figures.queues([one.name for one in office.config.service], now):
        age = now - queue.oldest_at
        labels = {"service": queue.service, "kind": queue.kind}
        yield Sample("outbox_waiting", queue.waiting, labels)
        yield Sample("outbox_oldest_seconds", max(0.0, age.total_seconds()), labels)
        if queue.kind == SendKind.HUMAN and age > ANSWER_WAITS:
            yield Wrong("answer-late", queue.service, _waiting(queue.waiting, "letter", age))
    dead = figures.dead_letters(now)
    for kind, count in dead.items():
        yield Sample("outbox_dead", count, {"kind": kind})
    if unread := dead.get(SendKind.NOTIFY, 0):
        yield Wrong("dead-letters", "", f"{counted(unread, 'letter to CSRs was', 'letters to CSRs were')} given up.")
    yield Sample("webhook_waiting", figures.waiting_calls())
    if failed := figures.dead_calls(now):
        yield Wrong("dead-calls", "", f"{counted(failed, 'webhook call was', 'webhook calls were')} given up.")


class Watch:
    """Rings for each trouble once it has lasted as long as its kind says, then daily; logs when it is over."""

    def __init__(self, office: Callable[[], Office], troubles: Callable[[], Sequence[Trouble]]) -> None:
        self._office = office
        self._troubles = troubles
        self._rung_at: dict[str, datetime] = {}
        #: What could not be written: the database was away, or that is the trouble.
        self._unwritten: dict[str, Alarm] = {}

    def __call__(self) -> None:
        office = self._office()
        now = office.clock()
        troubles = {one.wrong.key: one for one in self._troubles()}
        for key in [one for one in self._rung_at if one not in troubles]:
            log.warning("over: %s (%s)", kind_of(key).title, key)
            del self._rung_at[key]
        for key, trouble in troubles.items():
            if self._is_due(key, trouble, now):
                self._rung_at[key] = now
                self._unwritten[key] = Alarm(key, trouble.wrong.what)
            elif trouble.wrong.kind in _RINGS_WHERE_IT_HAPPENS:
                self._rung_at.setdefault(key, now)
        self._write(office)

    def _is_due(self, key: str, trouble: Trouble, now: datetime) -> bool:
        rung_at = self._rung_at.get(key)
        if rung_at is not None:
            return now - rung_at >= REMINDED_AFTER
        if trouble.wrong.kind in _RINGS_WHERE_IT_HAPPENS:
            return False
        return now - trouble.since >= kind_of(key).rings_after

    def _write(self, office: Office) -> None:
        """One that cannot be written now is written as soon as the database is back, in this process's life."""
        for key, one in list(self._unwritten.items()):
            service = office.config.service_named(key.partition(":")[2])
            try:
                with office.connected(), office.store.transaction():
                    alarm.ring(office, service, one)
            except MailticketError as error:
                log.error("ALARM %s: %s (it could not be written: %s)", key, one.text, error)
                return
            del self._unwritten[key]
