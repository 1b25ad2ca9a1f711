"""A collector's turn by hand, on a scripted mailbox: what is new is taken in, settled unread, and moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox.source import open_source
from mailticket.store import inbox, inbox_claims, inbox_ends
from mailticket.store.files import blobs
from mailticket.wire.imap import ImapSettings, Mailbox
from tests.cast import CARLA
from tests.desk.house import House, mail


def settings(port: int, **changes: Any) -> ImapSettings:
    plain = ImapSettings("127.0.0.1", port, "support@example.com", "correct-horse", "none", timeout=2.0)
    return replace(plain, **changes)


def turn(house: House, mailbox: Mailbox, whole_folder: bool = False) -> None:
    """What the collector does in a turn; a failure ends its connection."""
    try:
        if not mailbox.is_open:
            mailbox.open()
        source = open_source(house.office, house.service, mailbox)
        while collect(house.office, source, mailbox, whole_folder).has_more:
            source = open_source(house.office, house.service, mailbox)
        settle(house)
        tidy(house.office, source, mailbox)
    except BaseException:
        mailbox.close()
        raise


def settle(house: House) -> None:
    """As receive does it, without reading a mail: this is about the server."""
    with house.office.connected():
        for one in inbox_claims.claim(house.clock(), house.office.owner):
            inbox_ends.settle(one.id, house.office.owner, outcome="noted", reason="a test")


def stored(house: House) -> list[bytes]:
    """The bytes of every mail that was taken in, one for each inbox row."""
    return house.in_store(lambda: [blobs.get(one.blob) for one in inbox.list_items()])


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def mails(count: int) -> list[bytes]:
    return [crlf(mail(CARLA, f"Subject {number}")) for number in range(count)]
