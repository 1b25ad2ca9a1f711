"""Two desks with different databases on one mailbox: the second one stops, and says which folder to delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.config.models import Config
from mailticket.desk.mailbox.marker import ForeignDesk, claim, name_of
from mailticket.desk.mailbox.source import Source, open_source
from mailticket.desk.servers.credentials import imap_settings
from mailticket.wire.imap import Mailbox
from mailticket.wire.imap_session import Declined
from tests.desk.house import House
from tests.servers.dovecot import Dovecot


def other_desk(source: Source) -> Source:
    """The same mailbox as a desk with another database knows it."""
    folder = replace(source.folder, activated_at=source.folder.activated_at + timedelta(microseconds=1))
    return replace(source, folder=folder)


def test_the_second_desk_stops_until_the_first_ones_folder_is_deleted(
    house: House, mail_config: Callable[..., Config], dovecot: Dovecot
) -> None:
    house.with_config(mail_config())
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        ours = open_source(house.office, house.service, mailbox)
        for _ in range(2):
            claim(ours, mailbox)
        before = mailbox.folder_names()
        with pytest.raises(ForeignDesk, match=name_of(ours)):
            claim(other_desk(ours), mailbox)
        assert mailbox.folder_names() == before
        claim(ours, mailbox)
        mailbox._session.ask("delete it", "delete_folder", mailbox.full_name(name_of(ours)))
        claim(other_desk(ours), mailbox)
        with pytest.raises(ForeignDesk):
            claim(ours, mailbox)


def test_a_server_that_lists_nothing_stops_nobody(
    house: House, mail_config: Callable[..., Config], dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declines(_self: Mailbox) -> list[str]:
        raise Declined("no LIST here", "NO")

    house.with_config(mail_config())
    monkeypatch.setattr(Mailbox, "folder_names", declines)
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        source = open_source(house.office, house.service, mailbox)
        claim(source, mailbox)
        monkeypatch.undo()
        assert name_of(source) not in mailbox.folder_names()


def test_another_uidvalidity_is_still_the_same_desk(
    house: House, mail_config: Callable[..., Config], dovecot: Dovecot
) -> None:
    house.with_config(mail_config())
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        source = open_source(house.office, house.service, mailbox)
    renumbered = replace(source, folder=replace(source.folder, uidvalidity=99, activated_uidnext=0, scanned_uid=0))
    assert name_of(renumbered) == name_of(source)
