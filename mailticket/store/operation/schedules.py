"""I/O: what waits for longer than any schedule makes it wait: the clock was ahead when its moment was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailticket.store.engine.fields import is_true
from mailticket.store.tables.mail_tables import Inbox, Outbox, is_in

#: No mail waits for longer before it is tried again.
_MAIL_WAITS = timedelta(hours=1)


def pull_in(now: datetime, letters_wait: timedelta) -> int:
    """Makes it due now; `letters_wait` is the longest that a letter waits. What somebody has in hand stays. A count."""
    is_letter = is_in(Outbox, "queued") & (Outbox.next_at > now + letters_wait)
    is_mail = is_true(Inbox.is_waiting) & (Inbox.lease_owner == "") & (Inbox.next_at > now + _MAIL_WAITS)
    letters = Outbox.update(next_at=now).where(is_letter).execute()
    return int(letters) + int(Inbox.update(next_at=now).where(is_mail).execute())
