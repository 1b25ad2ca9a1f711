"""I/O: what names somebody or a case where it is about others: letters, alarms, webhook calls. Read page by page.

Each page is a look of its own and each removal a short statement, so that writers come between, however much there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mailticket.store.tables.mail_tables import Outbox
from mailticket.store.tables.watch_tables import Alarm, WebhookCall

_PAGE = 200
_CALLS_UNDER_WAY = ("queued", "calling")

#: Does this text name what is to be forgotten?
Names = Callable[[str], bool]


def letters(names: Names) -> Iterator[list[int]]:
    """The ids of the letters that do, a list a page. Every letter is read once."""
    for page in _pages(Outbox, Outbox.skeleton):
        yield [id for id, text in page if names(text)]


def forget_alarms_and_calls(names: Names) -> Iterator[None]:
    """Those that do go, a page at a time; what has yet to be called stays."""
    rows: Any = Alarm.select(Alarm.key, Alarm.text).tuples()
    named = [key for key, text in rows if names(text)]
    Alarm.delete().where(Alarm.key.in_(named)).execute()
    yield
    for page in _pages(WebhookCall, WebhookCall.body):
        called = [id for id, text in page if names(text)]
        WebhookCall.delete().where(WebhookCall.id.in_(called) & WebhookCall.state.not_in(_CALLS_UNDER_WAY)).execute()
        yield


def _pages(table: Any, text: Any) -> Iterator[list[tuple[int, str]]]:
    after = 0
    while True:
        page = list(table.select(table.id, text).where(table.id > after).order_by(table.id).limit(_PAGE).tuples())
        if page:
            yield page
        if len(page) < _PAGE:
            return
        after = page[-1][0]
