"""Call: from the queue of webhook calls to the other side's web server, tried again for a day. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from mailticket.desk.office import Office
from mailticket.errors import MailticketError, Permanent
from mailticket.store.operation import calls
from mailticket.store.operation.calls import Call
from mailticket.wire import webhook

log = logging.getLogger(__name__)

#: When the nth attempt has failed, the next follows after this; the last one repeats.
RETRY_AFTER = tuple(timedelta(seconds=one) for one in (10, 60, 300, 900, 3600))
#: What is a day old helps nobody.
GIVE_UP_AFTER = timedelta(days=1)

Poster = Callable[..., int]


def call(office: Office, limit: int = 20, post: Poster = webhook.post) -> int:
    """Makes the calls that are due. Gives the number of calls tried."""
    for tried in range(limit):
        with office.connected():
            one = calls.claim(office.owner, office.clock())
        if one is None:
            return tried
        _make(office, one, post)
    return limit


def _make(office: Office, one: Call, post: Poster) -> None:
    url = office.config.mailticket.alarm_webhook if one.target == calls.ALARM_WEBHOOK else one.target
    try:
        if not url:
            raise Permanent("The config names no address for it any more.")
        status = post(url, one.key, one.body.encode(), office.clock())
    except MailticketError as error:
        _failed(office, one, error)
        return
    with office.connected():
        calls.done(one.id, office.owner, office.clock())
    log.info("webhook call %s was taken (%d)", one.key, status)


def _failed(office: Office, one: Call, error: MailticketError) -> None:
    now = office.clock()
    is_too_old = now - one.created_at > GIVE_UP_AFTER and office.may_expire()
    is_over = isinstance(error, Permanent) or is_too_old
    log.error("webhook call %s failed%s: %s", one.key, " for good" if is_over else "; it is tried again", error)
    with office.connected():
        if is_over:
            calls.failed(one.id, office.owner, str(error), now)
        else:
            after = RETRY_AFTER[min(one.attempts, len(RETRY_AFTER)) - 1]
            calls.deferred(one.id, office.owner, str(error), now + after)
