"""Woken loops: each runs one verb when there is work, shows that it lives, backs off when the world fails. I/O."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from mailticket.config.models import Service
from mailticket.desk.accounts import Account
from mailticket.desk.collect import Source, collect, open_source, tidy
from mailticket.desk.credentials import imap_settings, smtp_settings
from mailticket.desk.deliver import deliver
from mailticket.desk.marker import ForeignDesk, claim
from mailticket.desk.office import Office
from mailticket.desk.ownership import TERMS, LeasedHold, Terms, hold_on
from mailticket.desk.pressure import why_wait
from mailticket.desk.reconcile import compare, mend
from mailticket.desk.takeover import take_over_from_the_dead
from mailticket.desk.trouble import Trouble
from mailticket.errors import AccountTrouble, MailticketError, StoreTrouble
from mailticket.health import Sample, Wrong
from mailticket.store import leases
from mailticket.wire.imap import Mailbox
from mailticket.wire.smtp import Relay, RelayError

log = logging.getLogger(__name__)

#: Even unwoken, a worker looks for work this often (another process may have brought some).
LOOKS_EVERY = 1.0
#: While mail waits on the server for us, we look this often whether we can take it.
PAUSED_LOOKS_EVERY = 15.0
_RECONCILED_EVERY = 900.0


class Worker(threading.Thread):
    """Runs `turn` again and again; it gives the number of things done, 0 for "nothing to do".

    `patience`: a turn may take so many seconds before the worker counts as stuck.
    """

    def __init__(self, name: str, turn: Callable[[], int], patience: float = 300.0) -> None:
        super().__init__(name=name, daemon=True)
        self.turn = turn
        self.patience = patience
        self.trouble = Trouble(name)
        self.stopping = threading.Event()
        self._woken = threading.Event()
        self._sign_of_life = time.monotonic()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self.stopping.set()
        self._woken.set()

    def break_off(self) -> None:
        """Ends a wait for the network that will not end by itself. Nothing to do for most."""

    @property
    def is_well(self) -> bool:
        """Alive, and not stuck in one turn for longer than its patience."""
        return self.is_alive() and time.monotonic() - self._sign_of_life < self.patience

    def troubles(self) -> Iterator[Wrong | Sample]:
        """What a monitor should know."""
        if not self.is_well:
            yield Wrong("worker-stuck", self.name, "It gives no sign of life.")
        if self.trouble.is_lasting and not self.stopping.is_set():
            is_away = isinstance(self.trouble.error, StoreTrouble)
            yield Wrong("database-away", "", self.trouble.what) if is_away else self.wrong()

    def wrong(self) -> Wrong:
        """What its failure is called."""
        return Wrong("worker-failing", self.name, self.trouble.what)

    def alive(self) -> None:
        """A sign of life, from inside a long turn as well."""
        self._sign_of_life = time.monotonic()

    def run(self) -> None:
        while not self.stopping.is_set():
            self._woken.clear()
            self.alive()
            try:
                done = self.turn()
                self.trouble.over()
            except Exception as error:  # whatever fails, the worker lives on and says so
                self._rest(self.trouble.failed(error))
                continue
            if not done:
                self._woken.wait(LOOKS_EVERY)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.stopping.wait(min(left, 1.0)):
            self.alive()


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
            more = False if self._must_wait() else self._collected(source, mailbox)
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
        found = collect(self._office(), source, mailbox, whole_folder=is_due)
        if is_due and not found.has_more:
            self._reconciled_at = time.monotonic()
        return bool(found.taken or found.has_more)

    def _must_wait(self) -> bool:
        """Back-pressure: mails stay on the server while they could not be kept or dealt with. Said once."""
        with self._office().connected():
            reason = why_wait(self._office())
        if reason and (self._paused is None or self._paused.kind != reason.kind):
            log.warning("%s: no mail is collected for now, it waits on the server: %s", self._service, reason.what)
        if self._paused and not reason:
            log.warning("%s: mail is collected again", self._service)
        self._paused = reason
        return reason is not None

    def wrong(self) -> Wrong:
        if isinstance(self.trouble.error, ForeignDesk):
            return Wrong("foreign-desk", self._service, self.trouble.what)
        kind = "imap-down" if self.trouble.is_temporary and not self.trouble.is_account else "imap-refused"
        return Wrong(kind, self._service, self.trouble.what)

    def troubles(self) -> Iterator[Wrong | Sample]:
        yield from super().troubles()
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
        return _service(self._office(), self._service)

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


class Keeper(Worker):
    """Shows that this process lives, renews what its workers own, and takes over from processes that died.

    Only with several daemons on one database; on its own, so that no long turn of a worker costs it a lease.
    """

    def __init__(self, office: Callable[[], Office], workers: Callable[[], Sequence[Worker]], terms: Terms) -> None:
        super().__init__("keep", self._turn)
        self._office = office
        self._workers = workers
        self._terms = terms
        self._done_at = -1e9

    def _turn(self) -> int:
        if time.monotonic() - self._done_at >= self._terms.renewed_every.total_seconds():
            self.show_life()
            with self._office().connected():
                for worker in self._workers():
                    if isinstance(worker, Collector):
                        worker.keep_hold()
            take_over_from_the_dead(self._office())
            self._done_at = time.monotonic()
        return 0

    def show_life(self) -> None:
        with self._office().connected():
            leases.show_life(self._office().owner, self._terms.lease)


class Deliverer(Worker):
    """Sends the letters of one service over one connection that is kept."""

    def __init__(self, office: Callable[[], Office], service: str) -> None:
        # The final dot alone may take ten minutes (RFC 5321 section 4.5.3.2.6).
        super().__init__(f"deliver {service}", self._turn, patience=1800.0)
        self._office = office
        self._service = service
        self._relay: Relay | None = None

    def run(self) -> None:
        try:
            self._begin_anew()
            super().run()
        finally:
            if self._relay is not None:
                self._relay.close()

    def _turn(self) -> int:
        office = self._office()
        service = _service(office, self._service)
        if self._relay is None:
            self._relay = Relay(smtp_settings(office, service))
        return deliver(office, service, self._relay)

    def _begin_anew(self) -> None:
        """Whoever starts the daemon or gives it a new config may have mended what the account was refused for."""
        try:
            Account(self._office(), _service(self._office(), self._service)).try_at_once()
        except MailticketError as error:
            log.warning("%s: the account rests on: %s", self.name, error)

    def wrong(self) -> Wrong:
        if not isinstance(self.trouble.error, RelayError | AccountTrouble):
            return super().wrong()
        return Wrong("smtp-refused" if self.trouble.is_account else "smtp-down", self._service, self.trouble.what)

    def break_off(self) -> None:
        if self._relay is not None:
            self._relay.abort()


def _service(office: Office, name: str) -> Service:
    service = office.config.service_named(name)
    if service is None:
        raise MailticketError(f"the service {name} is not in the config any more")
    return service
