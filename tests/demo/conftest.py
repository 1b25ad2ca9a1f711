"""What the demo's tests share: running mail servers, and people signed in to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mailticket.demo.cast import PASSWORD, PEOPLE, SUPPORT, Person
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.servers import MailServers


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
