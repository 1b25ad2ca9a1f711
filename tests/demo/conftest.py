"""What the demo's tests share: running mail servers, and people signed in to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from mailticket.demo.cast import ANN, DIRK, PASSWORD, PEOPLE, SUPPORT, Person
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.page import Page, app
from mailticket.demo.servers import MailServers
from mailticket.demo.view import CaseLife
from mailticket.domain.case import Case, Entry, EntryKind, Status, Words
from mailticket.domain.people import Customer


@pytest.fixture
def servers() -> Iterator[MailServers]:
    """The demo's IMAP and SMTP, running, with an account for everybody in the cast and for support."""
    running = MailServers({one.key: PASSWORD for one in (SUPPORT, *(person.address for person in PEOPLE))})
    running.start()
    yield running
    running.stop()


@pytest.fixture
def mailbox_of(servers: MailServers) -> Iterator[Callable[[Person], Mailbox]]:
    """`mailbox_of(ANN)`: Ann's mail program, signed in."""
    opened: list[Mailbox] = []

    def mailbox(person: Person) -> Mailbox:
        opened.append(Mailbox(person.address, person.program, servers))
        return opened[-1]

    yield mailbox
    for one in opened:
        one.close()


@pytest.fixture
def page(servers: MailServers, mailbox_of: Callable[[Person], Mailbox]) -> Page:
    """The page over real mailboxes, with one case that stands still."""
    return Page({person: mailbox_of(person) for person in PEOPLE}, lambda: [still_life()], servers)


@pytest.fixture
def browser(page: Page) -> Iterator[TestClient]:
    """What the visitor's browser may do; its POSTs carry this run's token."""
    headers = {"X-Demo-Token": page.token}
    with TestClient(app(page), base_url="http://127.0.0.1:8000", headers=headers) as client:
        yield client


def still_life() -> CaseLife:
    """A case of Dirk's with his mail, an event, Ann's answer and a note."""
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    case = Case(1, "7F3K-9QXM", "support", "Kettle", Status.OPENED, Customer(1, DIRK.address), now, now)
    told = ((EntryKind.CUSTOMER_MAIL, DIRK, "It leaks."), (EntryKind.EVENT, DIRK, "Assigned to Ann: fewest cases."),
            (EntryKind.REPLY, ANN, "Sorry!"), (EntryKind.NOTE, ANN, "Third leak."))  # fmt: skip
    lived = [Entry(n, n, kind, now, who.address, Words(text)) for n, (kind, who, text) in enumerate(told, 1)]
    return CaseLife(replace(case, csr=ANN.address.key, entries=4), lived)
