"""Alarms: they ring as rows, in the transaction of what rang; then admins are told in rounds, inside a budget. I/O."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mailticket.config.models import Service
from mailticket.desk.decided import post
from mailticket.desk.office import Office
from mailticket.domain.address import Address
from mailticket.domain.alarms import kind_of
from mailticket.domain.decision import Alarm, LetterKind, Send, SendKind
from mailticket.store.operation import alarms, calls
from mailticket.store.operation.alarms import Rung

log = logging.getLogger(__name__)

#: The same alarm is told once in this time.
QUIET_FOR = timedelta(hours=1)
#: The budget of a day: the first rounds may follow each other after a minute, later ones after an hour.
BRISK_ROUNDS = 10
BRISK_AFTER, CALM_AFTER = timedelta(minutes=1), timedelta(hours=1)
#: One round names so many; the others are counted.
SHOWN = 10


def ring(office: Office, service: Service | None, alarm: Alarm) -> None:
    """Inside the caller's transaction. The log is told every time, admins by `tell`."""
    log.error("ALARM %s: %s", alarm.key, alarm.text)
    alarms.ring(alarm.key, service.name if service else "", alarm.text, office.clock())


def tell(office: Office) -> int:
    """Everything untold goes into one letter to each admin and one webhook call, if the budget allows it now.

    Gives the number of alarms told. All in one transaction: killed before its end, the next call tells them.
    """
    now = office.clock()
    with office.connected(), office.store.transaction():
        if not _may_tell(now):
            return 0
        due = alarms.untold(now - QUIET_FOR)
        if not due:
            return 0
        number = alarms.told([one.key for one in due], now)
        _mail(office, due, f"alarm:{number}")
        if office.config.mailticket.alarm_webhook:
            body = json.dumps(_payload(due, now), ensure_ascii=False)
            calls.post(f"alarm:{number}", calls.ALARM_WEBHOOK, body, now)
    office.wake("deliver")
    return len(due)


def _may_tell(now: datetime) -> bool:
    rounds = alarms.rounds_since(now - timedelta(days=1))
    wait = BRISK_AFTER if len(rounds) < BRISK_ROUNDS else CALM_AFTER
    return not rounds or now - rounds[0] >= wait


def _mail(office: Office, due: Sequence[Rung], key: str) -> None:
    service = _relay_for(office, due)
    if service is None:
        return
    sends = []
    for admin in office.config.mailticket.admins:
        to = Address("", admin)
        told = {"alarms": [_told(one) for one in due[:SHOWN]], "more": max(0, len(due) - SHOWN)}
        send = Send(LetterKind.ALARM, SendKind.NOTIFY, to, f"{key}:{to.key}", due[0].key, extra=told)
        sends.append(send)
    post.post(office, service, None, sends, _log)


def _log(trouble: Alarm) -> None:
    """A failing template of the alarm itself: ringing for it would go round in circles."""
    log.error("the alarm's own template fails: %s", trouble.text)


def _relay_for(office: Office, due: Sequence[Rung]) -> Service | None:
    """Whose relay carries the letter: the troubled service's own, unless the trouble is that relay."""
    services = office.config.service
    recent = alarms.rang_since(office.clock() - QUIET_FOR)
    spoilt = {service for key, service in recent if kind_of(key).spoils_relay}
    own = due[0].service
    ranked = sorted(services, key=lambda one: (one.name in spoilt, one.name != own))
    return ranked[0] if ranked else None


def _told(rung: Rung) -> dict[str, Any]:
    """What a letter shows of one alarm."""
    kind = kind_of(rung.key)
    return {
        "key": rung.key,
        "title": kind.title,
        "text": rung.text,
        "whose": kind.whose,
        "fix": kind.fix,
        "service": rung.service,
        "rung_at": rung.rung_at,
        "times": rung.times,
    }


def _payload(due: Sequence[Rung], now: datetime) -> dict[str, Any]:
    """What the webhook gets. `text` alone is enough for chat programs that take a text."""
    listed = [{**_told(one), "rung_at": one.rung_at.isoformat()} for one in due[:SHOWN]]
    more = len(due) - len(listed)
    lines = [f"{one['title']}: {one['text']} {one['fix']}" for one in listed]
    lines += [f"and {more} more"] if more > 0 else []
    return {"type": "mailticket.alarm", "at": now.isoformat(), "text": "\n".join(lines), "alarms": listed, "more": more}
