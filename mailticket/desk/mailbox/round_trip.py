"""Round trip: a mail of ours to ourselves, sent, fetched again and deleted everywhere it went. I/O.

It carries our seal, so a daemon that collects it in between takes it for a letter of ours that came back.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mailticket.config.models import Service
from mailticket.desk.mailbox.source import PROCESSED
from mailticket.errors import MailticketError, Permanent
from mailticket.mime import compose, headers
from mailticket.mime.outgoing import outgoing_headers
from mailticket.mime.outgoing.outgoing_headers import Heading
from mailticket.tokens import Keys, Purpose, loop_seal, message_id
from mailticket.wire.imap import ImapSettings, Mailbox
from mailticket.wire.smtp import Relay, SmtpSettings

_LOOKS_EVERY = 0.5
_HEAD = 1 << 16

#: What mail systems like to spoil: letters beyond ASCII, dots and "From" at the start of a line, long lines, blanks.
TEXT = (
    "This mail was sent by `mailticket check --send` to find out how mail travels here.\n"
    "It is deleted at once; if you read it, you may delete it.\n\n"
    ".a dot at the start\n..two dots\nFrom the start of a line\n"
    "Umlauts äöüß, the euro €, Greek αβγ, 日本語\n"
    "a blank at the end \n"
    f"{'a long line ' * 30}\n"
)
_HTML = "<p>This mail was sent by <code>mailticket check --send</code>. You may delete it. äöüß €</p>"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """`mark`: what its subject begins with and nobody else's. `came`: the mail as the server keeps it, None if it did
    not come. `folder`: where it was found; `left_in`: where it could not be deleted."""

    mark: str
    sent: bytes
    came: bytes | None = None
    folder: str = ""
    is_junk: bool = False
    seconds: float = 0.0
    left_in: tuple[str, ...] = ()


@dataclass(slots=True)
class _Place:
    """A folder that is watched, from its next mail on."""

    mailbox: Mailbox
    first_uid: int
    is_junk: bool = False
    is_sent: bool = False


def travel(
    service: Service,
    imap: ImapSettings,
    smtp: SmtpSettings,
    keys: Keys,
    patience: float,
    collected: Callable[[str], bytes | None],
) -> RoundTrip:
    """Raises MailticketError if it cannot be sent or the mailbox cannot be read; `patience` in seconds.

    `collected` gives a mail that a running daemon has taken in, by its Message-ID: with processed = "delete" it may
    be gone from the server before anybody else sees it.
    """
    own_id, trip = written(service, keys, datetime.now(UTC))
    with contextlib.ExitStack() as stack:
        places = list(_places(service, imap, stack))
        with Relay(smtp) as relay:
            relay.send(service.address, service.address, trip.sent)
        began = time.monotonic()
        while True:
            places += _made_meanwhile(imap, places, stack)
            seconds = time.monotonic() - began
            trip = _looked(trip, places, seconds)
            raw = None if trip.came else collected(own_id)
            if raw is not None:
                trip = replace(trip, came=raw, folder="the inbox of a running daemon", seconds=seconds)
            if trip.came is not None or seconds > patience:
                return replace(trip, left_in=tuple(_cleaned(trip, places)))
            time.sleep(_LOOKS_EVERY)


def written(service: Service, keys: Keys, now: datetime) -> tuple[str, RoundTrip]:
    """The Message-ID, and the mail before its journey."""
    recipient = service.sender.key
    nonce = secrets.token_bytes(8)
    mark = f"mailticket check {nonce.hex()}"
    own_id = message_id(keys, Purpose.TO_CSR, "", recipient, nonce, service.sender.domain)
    heading = Heading(
        sender=service.sender,
        to=(service.sender,),
        subject=f"{mark}: äöü €",
        message_id=own_id,
        at=now,
        references=(own_id.replace("<mt.", "<check."),),
        extra=(("Auto-Submitted", "auto-generated"), ("X-MailTicket-Loop", loop_seal(keys, own_id))),
    )
    skeleton = compose.Skeleton(outgoing_headers.written(heading), TEXT, _HTML, (), secrets.token_hex(12))
    return own_id, RoundTrip(mark, compose.assemble(skeleton, _no_files))


def _no_files(sha256: str) -> bytes:
    raise Permanent(f"The mail to ourselves has no file {sha256}.")


def _places(service: Service, imap: ImapSettings, stack: contextlib.ExitStack) -> Iterator[_Place]:
    """The watched folder first, then those where a daemon, a spam filter or the relay may put it or a copy."""
    main = stack.enter_context(Mailbox(imap))
    yield _Place(main, main.status().uidnext)
    others = {"processed": (PROCESSED, b""), "junk": ("Junk", rb"\Junk"), "sent": ("Sent", rb"\Sent")}
    for what, (name, use) in others.items():
        folder = main.existing(name, use)
        if folder and folder != service.imap.folder:
            mailbox = stack.enter_context(Mailbox(replace(imap, folder=folder)))
            yield _Place(mailbox, mailbox.status().uidnext, what == "junk", what == "sent")


def _made_meanwhile(imap: ImapSettings, places: list[_Place], stack: contextlib.ExitStack) -> list[_Place]:
    """The folder that a daemon makes when it moves its first mail."""
    folder = places[0].mailbox.existing(PROCESSED)
    if not folder or any(one.mailbox.settings.folder == folder for one in places):
        return []
    return [_Place(stack.enter_context(Mailbox(replace(imap, folder=folder))), first_uid=1)]


def _looked(trip: RoundTrip, places: list[_Place], seconds: float) -> RoundTrip:
    """The trip with what has come by now. A copy among the sent mail has not travelled."""
    for place in places:
        for uid in _ours(trip, place) if not place.is_sent else ():
            for one in place.mailbox.fetch(place.mailbox.sizes([uid])):
                folder = place.mailbox.settings.folder
                return replace(trip, came=one.raw, folder=folder, is_junk=place.is_junk, seconds=seconds)
    return trip


def _ours(trip: RoundTrip, place: _Place) -> list[int]:
    """The UIDs of our mail in a folder; a relay may have given it another Message-ID, but hardly another subject."""
    place.mailbox.status()
    found = []
    for uid in place.mailbox.uids_from(place.first_uid):
        head = place.mailbox.fetch_head(uid, _HEAD)
        if head is not None and headers.read(head).get("subject").startswith(trip.mark):
            found.append(uid)
    return found


def _cleaned(trip: RoundTrip, places: list[_Place]) -> Iterator[str]:
    """Deletes every copy; the folders where that did not work."""
    for place in places:
        try:
            uids = _ours(trip, place)
            if uids and set(uids) - place.mailbox.delete(uids):
                yield place.mailbox.settings.folder
        except MailticketError:
            yield place.mailbox.settings.folder
