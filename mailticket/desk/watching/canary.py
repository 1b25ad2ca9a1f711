"""Canary: a service mails itself by its own relay and mailbox, and somebody hears if it does not come back. I/O."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.address import Address
from mailticket.domain.decision import SendKind
from mailticket.domain.times.spans import shown_span
from mailticket.health import Sample, Wrong
from mailticket.mime import compose
from mailticket.mime.compose import Skeleton
from mailticket.mime.outgoing import outgoing_headers
from mailticket.mime.outgoing.outgoing_headers import Heading
from mailticket.store import outbox
from mailticket.store.operation import canaries
from mailticket.store.outbox import NewLetter
from mailticket.tokens import CANARY_HEADER, Purpose, canary_seal, loop_seal, message_id

log = logging.getLogger(__name__)

#: A mail to oneself that takes longer, polling apart, is lost or late.
LATE_AFTER = timedelta(minutes=15)
#: Their traces are kept so long.
KEPT_FOR = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 500
_TEXT = (
    "mailticket sends this mail to itself to see that mail leaves, arrives and is collected.\n"
    "Nobody needs to do anything: it is deleted as soon as it has come back.\n"
)


def send_canaries(office: Office) -> int:
    """Posts one for each service whose time has come; none while an earlier one has not left yet. Their number."""
    return sum(_send(office, one, one.canary.every) for one in office.config.service if one.canary.every)


def look(office: Office) -> Iterator[Wrong | Sample]:
    """Which did not come back, and how long the last ones took. On the caller's database connection."""
    for service in office.config.service:
        if not service.canary.every:
            continue
        if (took := canaries.round_trip(service.name)) is not None:
            yield Sample("canary_round_trip_seconds", took.total_seconds(), {"service": service.name})
        patience = LATE_AFTER + service.poll
        flight = canaries.last(service.name, office.clock() - patience)
        if flight and not canaries.is_back_since(service.name, flight.sent_at):
            age = shown_span(office.clock() - flight.sent_at)
            yield Wrong("canary-lost", service.name, f"It was written {age} ago and is not in the mailbox.")


def forget_canaries(office: Office) -> int:
    """Their rows and bytes leave after a week; the number."""
    with office.connected():
        return canaries.forget(
            [one.name for one in office.config.service], office.clock() - KEPT_FOR, _FORGOTTEN_AT_ONCE
        )


def _send(office: Office, service: Service, every: timedelta) -> bool:
    now = office.clock()
    with office.connected(), office.store.transaction():
        flight = canaries.last(service.name, now)
        if flight and (flight.is_waiting or now - flight.sent_at < every):
            return False
        outbox.post(_letter(office, service, now), now)
    log.info("%s: a mail to itself is on its way", service.name)
    office.wake("deliver")
    return True


def _letter(office: Office, service: Service, now: datetime) -> NewLetter:
    nonce = secrets.token_hex(8)
    to = Address("", service.address)
    own_id = message_id(office.keys, Purpose.TO_CSR, "", to.key, bytes.fromhex(nonce), service.sender.domain)
    marks = (
        ("Auto-Submitted", "auto-generated"),
        ("X-MailTicket-Loop", loop_seal(office.keys, own_id)),
        (CANARY_HEADER, canary_seal(office.keys, nonce)),
    )
    heading = Heading(service.sender, (to,), "mailticket: a mail to itself", own_id, now, extra=marks)
    skeleton = Skeleton(outgoing_headers.written(heading), _TEXT, "", (), secrets.token_hex(12))
    return NewLetter(
        idem_key=canaries.key_of(service.name, nonce),
        kind=SendKind.AUTO,
        letter=canaries.CANARY,
        service=service.name,
        case=0,
        entry=0,
        message_id=own_id,
        envelope_from=service.address,
        recipient=outgoing_headers.ascii_address(service.address),
        csr="",
        skeleton=compose.freeze(skeleton),
        files=(),
        not_before=now,
        reason="canary",
    )
