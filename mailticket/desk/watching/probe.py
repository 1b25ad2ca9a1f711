"""Probe: each day every account is logged in to and out of, and secrets that end soon are told. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from mailticket.config.models import Service
from mailticket.desk.decided import alarm
from mailticket.desk.office import Office
from mailticket.desk.servers.credentials import Door, imap_settings, smtp_settings
from mailticket.domain.decision import Alarm
from mailticket.errors import AccountTrouble, MailticketError, Permanent
from mailticket.store.operation import alarms
from mailticket.wire import imap, smtp

log = logging.getLogger(__name__)

#: How many days before a secret's end admins are told, once each.
WARNED_AHEAD = (30, 14, 3, 1)

_DOORS: dict[Door, Callable[[Office, Service], object]] = {
    "imap": lambda office, service: imap.probe(imap_settings(office, service)),
    "smtp": lambda office, service: smtp.probe(smtp_settings(office, service)),
}


def probe_accounts(office: Office) -> int:
    """A kept connection may live long after its account was closed: this one is new. The number of those refused."""
    refused = 0
    for service in office.config.service:
        for door, log_in in _DOORS.items():
            try:
                log_in(office, service)
            except (AccountTrouble, Permanent) as error:
                refused += 1
                _ring(office, service, Alarm(f"{door}-refused:{service.name}", str(error)))
            except MailticketError as error:
                log.warning("%s: the daily look at %s failed for now: %s", service.name, door.upper(), error)
    return refused


def warn_of_secrets(office: Office) -> int:
    """Each secret that ends soon is told when a day of WARNED_AHEAD has come. The number of those told now."""
    rung, today = 0, office.clock().date()
    for service in office.config.service:
        for oauth, door in ((service.imap.oauth, "imap"), (service.smtp.oauth, "smtp")):
            ends = oauth.secret_expires if oauth else None
            step = step_due(ends, today) if ends else None
            if ends is None or step is None:
                continue
            key = f"secret-expires:{service.name} {door} {ends} {step}"
            with office.connected():
                is_told = alarms.has_rung(key)
            if not is_told:
                _ring(office, service, Alarm(key, f"{service.name}, {door}.oauth: {said(ends, today)}."))
                rung += 1
    return rung


def step_due(ends: date, today: date) -> int | None:
    """The least of WARNED_AHEAD that has been reached; None while there is time, -1 once the secret has ended."""
    left = (ends - today).days
    return -1 if left < 0 else min((one for one in WARNED_AHEAD if left <= one), default=None)


def said(ends: date, today: date) -> str:
    """How long a secret is good for."""
    left = (ends - today).days
    when = "has ended" if left < 0 else "ends today" if left == 0 else f"ends in {left} day{'s' if left > 1 else ''}"
    return f"the secret {when} ({ends})"


def _ring(office: Office, service: Service, what: Alarm) -> None:
    with office.connected(), office.store.transaction():
        alarm.ring(office, service, what)
