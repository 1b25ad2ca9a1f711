"""Alarm: what an admin should know now, to the log and by mail, at most once an hour for one trouble. I/O."""

from __future__ import annotations

import logging
from datetime import timedelta

from mailticket.config.models import Service
from mailticket.desk import post
from mailticket.desk.office import Office
from mailticket.domain.decision import Alarm, LetterKind, Send, SendKind
from mailticket.domain.mail import Address
from mailticket.store import alarms

log = logging.getLogger(__name__)

#: The same alarm rings once in this time.
QUIET_FOR = timedelta(hours=1)


def ring(office: Office, service: Service, alarm: Alarm) -> None:
    """Inside the caller's transaction. The mail leaves by this service's relay; the log is told every time."""
    log.error("ALARM %s: %s", alarm.key, alarm.text)
    now = office.clock()
    for admin in office.config.mailticket.admins:
        to = Address("", admin)
        if alarms.was_mailed(alarm.key, to.key, now - QUIET_FOR):
            continue
        told = {"key": alarm.key, "text": alarm.text}
        key = f"alarm:{alarm.key}:{now.isoformat()}:{to.key}"
        post.post(office, service, None, [Send(LetterKind.ALARM, SendKind.NOTIFY, to, key, alarm.key, extra=told)])
