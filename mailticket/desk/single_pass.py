"""One pass over everything that there is: `run --once` for a timer, `run --shadow` for a look without effect. I/O."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from mailticket.config.models import Config, Service
from mailticket.desk.assign import assign
from mailticket.desk.call import call
from mailticket.desk.collect import collect, tidy
from mailticket.desk.decided.alarm import tell
from mailticket.desk.deliver import deliver
from mailticket.desk.mailbox.marker import claim
from mailticket.desk.mailbox.source import Source, open_source
from mailticket.desk.office import Office
from mailticket.desk.receive import receive
from mailticket.desk.running.ownership import Hold, hold_on
from mailticket.desk.running.stages import Line, Stage
from mailticket.desk.servers.credentials import imap_settings, registrations, smtp_settings
from mailticket.desk.servers.wallet import Wallet, carried_over
from mailticket.desk.sweep import sweep
from mailticket.domain.grants import Grant
from mailticket.errors import MailticketError, Temporary
from mailticket.store import inbox, outbox
from mailticket.store.database import Store
from mailticket.store.privacy import key_file
from mailticket.wire.imap import Mailbox
from mailticket.wire.oauth import Registration
from mailticket.wire.smtp import Relay

log = logging.getLogger(__name__)


def run_once(office: Office) -> list[str]:
    """Collects, receives, assigns and delivers until nothing is left. Gives what failed, a line each."""
    troubles: list[str] = []
    _tried(troubles, "sweep", partial(sweep, office))
    return troubles + _on_the_road(office)


def _on_the_road(office: Office) -> list[str]:
    """The verbs side by side: while some mails are fetched, others are parsed, and letters about others go out."""
    line = Line()
    working, services = replace(office, wake=line.wake), office.config.service
    collecting = [
        line.stage(f"collect {one.name}", partial(_collect_all, working, one, marks=True)) for one in services
    ]
    receiving = line.stage("receive", partial(receive, working), after=collecting)
    for one in services:
        line.stage(f"tidy {one.name}", partial(_tidy_all, office, one), after=[receiving], waits=True)
    assigning = line.stage("assign", partial(assign, working), after=[receiving])
    telling = line.stage("alarms", partial(tell, working), after=[assigning])
    calling = line.stage("call", partial(call, working), after=[telling])
    troubles: list[str] = []
    with ExitStack() as relays:
        for one in services:
            _tried(troubles, f"deliver {one.name}", partial(_delivering, line, working, one, relays, calling))
        return troubles + line.run()


def _delivering(line: Line, office: Office, service: Service, relays: ExitStack, calling: Stage) -> None:
    """Adds the stage that sends a service's letters, over one connection."""
    relay = relays.enter_context(Relay(smtp_settings(office, service)))
    line.stage(f"deliver {service.name}", partial(deliver, office, service, relay), after=[calling])


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


def _collect_all(office: Office, service: Service, marks: bool = False) -> int:
    """`marks`: the mailbox is marked as ours first, which a mere look does not do."""
    with _held(office, service) as hold, Mailbox(imap_settings(office, service)) as mailbox:
        if marks:
            claim(_source(office, service, mailbox, hold), mailbox)
        while collect(office, _source(office, service, mailbox, hold), mailbox, whole_folder=True).has_more:
            log.debug("%s: collected a round", service.name)
    return 0


def _tidy_all(office: Office, service: Service) -> int:
    with _held(office, service) as hold, Mailbox(imap_settings(office, service)) as mailbox:
        source = _source(office, service, mailbox, hold)
        while tidy(office, source, mailbox):
            _keep(office, hold, service)
    return 0


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
