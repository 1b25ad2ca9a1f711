"""SIGTERM while another process has the database, however long: it ends in time, mail and letters are unharmed."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cast import CARLA
from tests.desk.house import mail
from tests.desk.test_sigterm import Site
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import ScriptedSmtp


class Other:
    """Another process that writes for ever, from the moment on when the first mail and its letter are done; then a
    second mail comes."""

    def __init__(self, site: Site, mailbox: ScriptedMailbox) -> None:
        self.site, self.mailbox = site, mailbox
        self.database = sqlite3.connect(":memory:")

    def locks(self) -> bool:
        if not self.mailbox.processed or self.site.row("SELECT count(*) FROM outbox WHERE state = 'sent'") != (1,):
            return False
        path = self.site.folder / "data" / "mailticket.db"
        self.database = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.database.execute("BEGIN IMMEDIATE")
        self.mailbox.append(mail(CARLA, "Too late"))
        return True

    def is_in_the_way(self) -> bool:
        return "The database is locked by another process" in (self.site.folder / "log").read_text()

    def lets_go(self) -> None:
        self.database.execute("ROLLBACK")
        self.database.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_while_another_process_has_the_database(tmp_path: Path, number: signal.Signals) -> None:
    with ExitStack() as lines:
        site = Site(tmp_path, lines)
        mailbox, relay = lines.enter_context(ScriptedMailbox(mail(CARLA))), lines.enter_context(ScriptedSmtp())
        site.add("support", mailbox.port, relay.port, poll="1s")
        other = Other(site, mailbox)
        site.until += [other.locks, other.is_in_the_way]
        assert site.ended_with(number) == 0
        other.lets_go()
    assert site.row("SELECT count(*), min(state), max(state) FROM inbox") == (1, "done", "done")
    assert site.row("SELECT count(*) FROM outbox WHERE state <> 'sent'") == (0,)
    assert len(mailbox.mails) == 1 and len(relay.mails) == 1
