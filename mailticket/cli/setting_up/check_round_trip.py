"""`check --send`: what became of a mail to ourselves on its way: did it come, whole, and who vouches for it?"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mailticket.cli.opened import is_made, store_of
from mailticket.cli.setting_up import check_tokens
from mailticket.cli.setting_up.check_servers import TIMEOUT
from mailticket.cli.setting_up.check_tokens import Tokens
from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.config.models import Config, Service
from mailticket.desk.mailbox import round_trip
from mailticket.desk.mailbox.round_trip import RoundTrip
from mailticket.desk.servers.credentials import imap_to, smtp_to
from mailticket.errors import MailticketError
from mailticket.mime import auth_results, headers
from mailticket.mime.headers import HeaderView
from mailticket.store import inbox
from mailticket.store.files import blobs
from mailticket.store.privacy import key_file
from mailticket.tokens import KEY_BYTES, Keys

#: Headers that have to arrive as they were sent, and what is lost with each.
_NEEDED = {
    "message-id": "replies to our letters are recognised by it; CSRs and customers would depend on the case ID alone",
    "references": "mail programs show one conversation a case by it",
    "x-mailticket-loop": "it keeps two desks from writing to each other",
    "auto-submitted": "it keeps other machines from answering our automatic mail",
    "subject": "it carries the case ID",
}
_SLOW = 60.0


#: A mail that a running daemon has collected, by its Message-ID.
Collected = Callable[[str], bytes | None]


@contextmanager
def collected_mails(config: Config) -> Iterator[Collected]:
    """Looks into the desk's inbox, if there is a desk yet."""
    store = store_of(config)
    if not is_made(store):
        yield lambda _message_id: None
        return

    def find(message_id: str) -> bytes | None:
        with store.connection():
            return next((blobs.get(one.blob) for one in inbox.by_message_id(message_id)), None)

    store.open()
    try:
        store.check_schema()
        yield find
    finally:
        store.close()


def look(config: Config, service: Service, tokens: Tokens, patience: float, collected: Collected) -> Iterator[Finding]:
    """Sends, waits at most `patience` seconds, compares."""
    what = f"{service.name}: mail to itself"
    imap = imap_to(service, check_tokens.source(tokens, service, "imap"), TIMEOUT)
    smtp = smtp_to(service, check_tokens.source(tokens, service, "smtp"))
    smtp = replace(smtp, connect_timeout=TIMEOUT, command_timeout=TIMEOUT)
    try:
        trip = round_trip.travel(service, imap, smtp, _keys(config), patience, collected)
    except MailticketError as error:
        yield failed(what, error.what, error.fix)
        return
    yield _arrival(what, trip, patience)
    if trip.left_in:
        said = f"the mail could not be deleted from {', '.join(trip.left_in)}"
        yield warning(what, said, f'Delete it by hand: its subject begins with "{trip.mark}".')
    if trip.came is not None:
        came = headers.read(trip.came)
        yield _body(what, trip, trip.came)
        yield from _headers(what, headers.read(trip.sent), came)
        yield _who_vouches(service, came)


def _keys(config: Config) -> Keys:
    """The desk's, so that its daemon knows the mail; where there is no desk yet, any."""
    data = Path(config.mailticket.data)
    return key_file.read_or_make(data) if data.is_dir() else Keys((secrets.token_bytes(KEY_BYTES),))


def _arrival(what: str, trip: RoundTrip, patience: float) -> Finding:
    if trip.came is None:
        said = f"sent, but not in the mailbox within {patience:.0f} seconds"
        return failed(what, said, "Look into the relay's log; does the mailbox belong to the service's address?")
    said = f"came back after {trip.seconds:.1f} seconds, in {trip.folder}"
    if trip.is_junk:
        return warning(what, f"{said}: taken for spam", "Let the mail server trust this relay: SPF, DKIM, DMARC.")
    if trip.seconds > _SLOW:
        return warning(what, said, "So slow is every answer, too; ask the relay's administrator.")
    return ok(what, said)


def _body(what: str, trip: RoundTrip, came: bytes) -> Finding:
    """Is the body the same, line by line?"""
    sent, got = _lines(trip.sent), _lines(came)
    if sent == got:
        return ok(what, f"its body is as it was sent, {len(sent)} lines")
    differs = next((number for number, pair in enumerate(zip(sent, got, strict=False)) if pair[0] != pair[1]), None)
    place = min(len(sent), len(got)) if differs is None else differs
    shown = got[place].decode("utf-8", "replace")[:60] if place < len(got) else "(the end)"
    fix = "Something on the way changes mails (a disclaimer, a link rewriter); except the service's letters from it."
    return warning(what, f"its body was changed, from line {place + 1} on: {shown}", fix)


def _lines(mail: bytes) -> list[bytes]:
    """The lines of the body, without blank ones at the end, which servers add and take away."""
    return mail.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n").split(b"\n")


def _headers(what: str, sent: HeaderView, came: HeaderView) -> Iterator[Finding]:
    """The headers that did not arrive as they were sent."""
    changed = [name for name in _NEEDED if came.get(name) != sent.get(name)]
    for name in changed:
        became = f"became {came.get(name)}" if name in came else "is gone"
        fix = f"Let the relay keep it: {_NEEDED[name]}."
        report = failed if name == "message-id" else warning
        yield report(what, f"its header {name.title()} {became}", fix)
    if {one.key for one in came.addresses("from")} != {one.key for one in sent.addresses("from")}:
        yield failed(what, f"its sender became {came.get('from')}", "Let the relay send as the service's address.")
    elif not changed:
        yield ok(what, "its headers are as they were sent")


def _who_vouches(service: Service, came: HeaderView) -> Finding:
    """Which id the mailbox's server writes into Authentication-Results, and whether the config names it."""
    what = f"{service.name}: trust"
    results = auth_results.read(came)
    if not results or not results[0].server:
        said = "the server adds no Authentication-Results to mail of its own"
        return ok(what, f"{said}; `mailticket check` shows what it adds to mail from outside")
    server = results[0].server
    if server in service.authserv_ids:
        return ok(what, f"Authentication-Results carry {server}, as the config says")
    keys = f'authserv_ids = ["{server}"]'
    return warning(
        what, f"Authentication-Results carry {server}", f"If that is your server, set {keys} for the service."
    )
