"""One pass over everything that there is: `run --once` for a timer, `run --shadow` for a look without effect. I/O."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mailticket.config.models import Config, Service
from mailticket.desk.alarm import tell
from mailticket.desk.assign import assign
from mailticket.desk.call import call
from mailticket.desk.collect import Source, collect, open_source, tidy
from mailticket.desk.credentials import imap_settings, registrations, smtp_settings
from mailticket.desk.deliver import deliver
from mailticket.desk.office import Office
from mailticket.desk.ownership import Hold, hold_on
from mailticket.desk.receive import receive
from mailticket.desk.sweep import sweep
from mailticket.desk.wallet import Wallet, carried_over
from mailticket.domain.grants import Grant
from mailticket.errors import MailticketError, Temporary
from mailticket.store import inbox, key_file, outbox
from mailticket.store.database import Store
from mailticket.wire.imap import Mailbox
from mailticket.wire.oauth import Registration
from mailticket.wire.smtp import Relay

log = logging.getLogger(__name__)


def run_once(office: Office) -> list[str]:
    """Collects, receives, assigns and delivers until nothing is left. Gives what failed, a line each."""
    troubles: list[str] = []
    _tried(troubles, "sweep", partial(sweep, office))
    for service in office.config.service:
        _tried(troubles, f"collect {service.name}", partial(_collect_all, office, service))
    _tried(troubles, "receive", partial(_all_of, receive, office))
    _tried(troubles, "assign", partial(_all_of, assign, office))
    _tried(troubles, "alarms", partial(tell, office))
    _tried(troubles, "call", partial(_all_of, call, office))
    for service in office.config.service:
        _tried(troubles, f"deliver {service.name}", partial(_deliver_all, office, service))
        _tried(troubles, f"tidy {service.name}", partial(_tidy_all, office, service))
    return troubles


def look_only(office: Office, tokens: Mapping[Registration, Grant]) -> list[str]:
    """As `run_once`, but nothing is sent and nothing on the server is changed. `tokens`: see `tokens_of`."""
    kept_in = Wallet(office.store, office.keys, office.owner)
    for account, grant in tokens.items():
        kept_in.keep(account, grant)
    troubles: list[str] = []
    for service in office.config.service:
        _tried(troubles, f"collect {service.name}", partial(_collect_all, office, service))
    _tried(troubles, "receive", partial(_all_of, receive, office))
    _tried(troubles, "assign", partial(_all_of, assign, office))
    with office.connected():
        for mail in inbox.list_items():
            log.info("would do with %s from %s: %s (%s)", mail.subject, mail.sender, mail.outcome, mail.reason)
        for letter in outbox.list_items():
            log.info("would send %s to %s: %s", letter.letter, letter.recipient, letter.reason)
    return troubles


def for_shadow(config: Config, scratch: Path) -> Config:
    """The config with a database of its own in `scratch`, mailboxes left as they are, and all mail processed."""
    desk = config.mailticket.model_copy(update={"data": str(scratch), "database": "sqlite", "files": "local"})
    services = tuple(one.model_copy(update={"processed": "keep", "first_run": "process"}) for one in config.service)
    return config.model_copy(update={"mailticket": desk, "service": services})


def tokens_of(config: Config) -> dict[Registration, Grant]:
    """What the accounts of the real desk signed in with: its scratch copy has to come into the mailboxes, too."""
    accounts, data = registrations(config), Path(config.mailticket.data)
    store = Store(config.mailticket.database, data)
    if not accounts or not (store.is_postgres or store.path.exists()):
        return {}
    return carried_over(store, key_file.read_or_make(data), accounts)


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="mailticket-shadow-")


def _all_of(verb: Callable[[Office], int], office: Office) -> None:
    """Batch after batch, until nothing is left to do."""
    while count := verb(office):
        log.debug("%d handled", count)


def _tried(troubles: list[str], what: str, act: Callable[[], object]) -> None:
    """One service's trouble is told and never stops another."""
    try:
        act()
    except MailticketError as error:
        log.error("%s: %s", what, error)
        troubles.append(f"{what}: {error}")


def _collect_all(office: Office, service: Service) -> None:
    with _held(office, service) as hold, Mailbox(imap_settings(office, service)) as mailbox:
        while collect(office, _source(office, service, mailbox, hold), mailbox, whole_folder=True).has_more:
            log.debug("%s: collected a round", service.name)


def _tidy_all(office: Office, service: Service) -> None:
    with _held(office, service) as hold, Mailbox(imap_settings(office, service)) as mailbox:
        source = _source(office, service, mailbox, hold)
        while tidy(office, source, mailbox):
            _keep(office, hold, service)


def _source(office: Office, service: Service, mailbox: Mailbox, hold: Hold) -> Source:
    _keep(office, hold, service)
    return open_source(office, service, mailbox, hold)


@contextmanager
def _held(office: Office, service: Service) -> Iterator[Hold]:
    """The mailbox is ours for the time being, unless another daemon on the same database watches it."""
    hold = hold_on(office, f"mailbox:{service.name}")
    _keep(office, hold, service)
    try:
        yield hold
    finally:
        with office.connected():
            hold.release()


def _keep(office: Office, hold: Hold, service: Service) -> None:
    with office.connected():
        if not hold.take():
            raise Temporary(f"Another daemon watches the mailbox of {service.name}.", "Let it do its work.")


def _deliver_all(office: Office, service: Service) -> None:
    with Relay(smtp_settings(office, service)) as relay:
        while deliver(office, service, relay):
            log.debug("%s: delivered a batch", service.name)
