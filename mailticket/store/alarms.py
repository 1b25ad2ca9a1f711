"""I/O: which alarms were mailed to whom, so that one trouble does not ring all day."""

from __future__ import annotations

from datetime import datetime

from mailticket.domain.decision import LetterKind
from mailticket.store.fields import bounded
from mailticket.store.mail_tables import Outbox


def was_mailed(key: str, admin: str, since: datetime) -> bool:
    """Was an alarm with this key posted to this admin (an address key) since then? Its key is the letter's reason."""
    to_admin = (Outbox.recipient_key == bounded(admin)) & (Outbox.letter == str(LetterKind.ALARM))
    return bool(Outbox.select().where(to_admin & (Outbox.created_at > since) & (Outbox.reason == key)).exists())
