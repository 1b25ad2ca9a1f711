"""I/O: the worker that watches the mailbox of one service, as long as this daemon owns it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from mailticket.config.models import Service
from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox.marker import ForeignDesk, claim
from mailticket.desk.mailbox.newest import Newest
from mailticket.desk.mailbox.pressure import BACKLOG, why_wait
from mailticket.desk.mailbox.reconcile import compare, mend
from mailticket.desk.mailbox.source import Source, open_source
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import TERMS, LeasedHold, Terms, hold_on
from mailticket.desk.servers.credentials import imap_settings
from mailticket.errors import MailticketError
from mailticket.health import Sample, Wrong
from mailticket.wire.imap import Mailbox
from mailticket.workers.worker import Worker

log = logging.getLogger(__name__)

#: While mail waits on the server for us, we look this often whether we can take it.
PAUSED_LOOKS_EVERY = 15.0
_RECONCILED_EVERY = 900.0


class Collector(Worker):
    """Watches the mailbox of one service: one thread, one connection, IDLE with polling as the safety net."""

    def __init__(self, office: Callable[[], Office], service: str, terms: Terms = TERMS) -> None:
        super().__init__(f"collect {service}", self._turn)
        self._office = office
        self._service = service
        self._mailbox: Mailbox | None = None
        self._terms = terms
        #: Of several daemons on one database, one watches a mailbox; the others take over when it falls silent.
        self.hold = hold_on(office(), f"mailbox:{service}", terms)
        self._paused: Wrong | None = None
        self._newest = Newest()
        self._is_marked = False
        self._looked_well_at = time.monotonic()
        #: Set once the mailbox was looked at for the first time, or could not be.
        self.has_looked = threading.Event()
        self._reconciled_at = -1e9

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._hang_up()
            self._give_up_lease()

    def _turn(self) -> int:
        """Connected and owner of the mailbox: collect, tidy, then wait for the server to say something."""
        try:
            if not self._is_owner():
                self.has_looked.set()
                return 0
            mailbox = self._connected()
            source = open_source(self._office(), self._settings(), mailbox, self.hold)
            if not self._is_marked:
                claim(source, mailbox)
                self._is_marked = True
            self.has_looked.set()
            more = self._newest_taken(source, mailbox) if self._must_wait() else self._collected(source, mailbox)
            tidied = tidy(self._office(), source, mailbox)
            self.trouble.over()
            self._looked_well_at = time.monotonic()
            if more or tidied:
                return 1
            mailbox.wait(self._patience_with_server(source), self._woken)
            return 1 if not self.stopping.is_set() else 0
        except Exception:
            self.has_looked.set()
            self._hang_up()
            raise

    def _collected(self, source: Source, mailbox: Mailbox) -> bool:
        """Takes in what is new; is there more to do at once?"""
        is_due = time.monotonic() - self._reconciled_at > _RECONCILED_EVERY
        if is_due:
            mend(self._office(), source, compare(self._office(), source, mailbox))
        found = collect(self._office(), source, mailbox, is_due, self._newest)
        if is_due and not found.has_more:
            self._reconciled_at = time.monotonic()
        return bool(found.taken or found.has_more)

    def _newest_taken(self, source: Source, mailbox: Mailbox) -> bool:
        """Behind a backlog new matters do not wait for its end. Where nothing can be kept, they do."""
        if self._paused is None or self._paused.kind != BACKLOG:
            return False
        taken = self._newest.take_in(self._office(), source, mailbox)
        if taken:
            self._office().wake("receive")
        return bool(taken)

    def _must_wait(self) -> bool:
        """Back-pressure: mails stay on the server while they could not be kept or dealt with. Said once."""
        with self._office().connected():
            reason = why_wait(self._office(), self._service)
        if reason and (self._paused is None or self._paused.kind != reason.kind):
            log.warning("%s: no mail is collected for now, it waits on the server: %s", self._service, reason.what)
        if self._paused and not reason:
            log.warning("%s: mail is collected again", self._service)
        self._paused = reason
        return reason is not None

    @property
    def is_at_hand(self) -> bool:
        """Nobody but the owner changes a mailbox."""
        return not isinstance(self.hold, LeasedHold) or self.hold.is_held

    def wrong(self) -> Wrong:
        if isinstance(self.trouble.error, ForeignDesk):
            return Wrong("foreign-desk", self._service, self.trouble.what)
        kind = "imap-down" if self.trouble.is_temporary and not self.trouble.is_account else "imap-refused"
        return Wrong(kind, self._service, self.trouble.what)

    def troubles(self) -> Iterator[Wrong | Sample]:
        yield from super().troubles()
        if isinstance(self.hold, LeasedHold) and self.hold.was_lost_lately:
            yield Wrong("lease-lost", self._service, "This daemon was silent for so long that another has taken it.")
        age = time.monotonic() - self._looked_well_at
        yield Sample("imap_last_ok_seconds", age, {"service": self._service})

    def _patience_with_server(self, source: Source) -> float:
        poll = source.service.poll.total_seconds()
        poll = min(poll, PAUSED_LOOKS_EVERY) if self._paused else poll
        every = self._terms.renewed_every.total_seconds()
        return min(poll, every if self._office().store.is_postgres else poll, self.patience / 2)

    def _connected(self) -> Mailbox:
        if self._mailbox is None or not self._mailbox.is_open:
            self._hang_up()
            service = self._settings()
            self._mailbox = Mailbox(imap_settings(self._office(), service))
            self._mailbox.open()
            self._reconciled_at, self._is_marked = -1e9, False
            log.info("%s: connected to %s", self._service, service.imap.host)
        return self._mailbox

    def _settings(self) -> Service:
        return self._office().service(self._service)

    def break_off(self) -> None:
        if self._mailbox is not None:
            self._mailbox.abort()

    def _hang_up(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
        self._mailbox = None

    def _is_owner(self) -> bool:
        with self._office().connected():
            is_ours = self.hold.take()
        if not is_ours:
            self._hang_up()
        return is_ours

    def keep_hold(self) -> None:
        """From another thread, while a turn lasts long. A stuck worker keeps nothing: another daemon takes over."""
        if isinstance(self.hold, LeasedHold) and self.is_well:
            self.hold.keep()

    def _give_up_lease(self) -> None:
        try:
            with self._office().connected():
                self.hold.release()
        except MailticketError as error:
            log.warning("%s: another daemon takes over when the lease has run out: %s", self._service, error)
