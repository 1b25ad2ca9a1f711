"""A PostgreSQL that is struck while letters go out: none is lost, none doubled, but what was in doubt at the dot."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from mailticket.children.pool import Parsers
from mailticket.desk.deliver import deliver
from mailticket.domain.decision import SendKind
from mailticket.errors import MailticketError
from mailticket.store.by_hand import stuck_letters
from mailticket.store.database import Store
from mailticket.wire.smtp import Relay, SmtpSettings
from tests import cast
from tests.desk.house import House, build
from tests.servers.postgres import Postgres
from tests.servers.scripted import Line
from tests.servers.scripted_smtp import ScriptedSmtp

OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


@pytest.fixture
def troubled(hurt_postgres: Postgres, stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path) -> House:
    return build(cast.config(), stored(hurt_postgres.fresh(f"house_{time.monotonic_ns()}")), parsers, tmp_path)


def terminated(server: Postgres, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")


def killed(_server: Postgres, url: str) -> None:
    """One backend dies by kill -9: PostgreSQL ends all of them and recovers from its log."""
    with psycopg.connect(url, autocommit=True) as other:
        (pid,) = next(iter(other.execute(f"SELECT pid {OTHERS} LIMIT 1")))
    os.kill(pid, signal.SIGKILL)


def stopped_at_once(server: Postgres, _url: str) -> None:
    server.restart()


class Striking(ScriptedSmtp):
    """A relay at whose fifth mail the database is struck: before its final dot, or before the answer to that."""

    def __init__(self, strike: Callable[[], None], moment: str) -> None:
        self.strike, self.moment = strike, moment
        self.struck = threading.Event()
        super().__init__()

    def _take_mail(self, line: Line) -> None:
        is_it = len(self.mails) == 4 and not self.struck.is_set()
        if is_it and self.moment == "before the dot":
            self.struck.set()
            self.strike()
        super()._take_mail(line)
        if is_it and self.moment == "after the dot":
            self.struck.set()
            self.strike()


@pytest.mark.parametrize("moment", ["before the dot", "after the dot"])
@pytest.mark.parametrize("strike", [terminated, killed, stopped_at_once])
def test_whatever_befalls_postgresql_while_letters_go_out_none_is_lost_or_doubled(
    troubled: House, hurt_postgres: Postgres, strike: Callable[[Postgres, str], None], moment: str
) -> None:
    house, url = troubled, str(troubled.office.store.engine.database)
    kinds = [SendKind.HUMAN, SendKind.AUTO, SendKind.NOTIFY] * 3
    ids = {house.post(kind, recipient=f"c{number}@many.example"): kind for number, kind in enumerate(kinds)}
    with (
        Striking(lambda: strike(hurt_postgres, url), moment) as smtp,
        Relay(SmtpSettings("127.0.0.1", smtp.port, "none")) as relay,
    ):
        until_all_have_ended(house, relay, list(ids))
    assert smtp.struck.is_set()
    for id, kind in ids.items():
        row = house.outbox(id)
        copies = [raw for raw in smtp.mails if row.message_id.encode() in raw]
        assert len(copies) <= 1 + (row.unknowns if kind is not SendKind.AUTO else 0) and len(set(copies)) <= 1
        assert (row.state, len(copies) > 0) == ("sent", True) or (row.state == "maybe_sent" and row.unknowns)


def until_all_have_ended(house: House, relay: Relay, ids: list[int]) -> None:
    """As the deliverer and the sweep do it, one turn after the other."""
    end = time.monotonic() + 60
    while True:
        assert time.monotonic() < end, "letters never came to their end"
        try:
            while deliver(house.office, house.service, relay):
                pass
            house.clock.forward(minutes=20)
            house.in_store(lambda: stuck_letters.recover(None, house.clock()))
            if all(house.outbox(id).state in ("sent", "maybe_sent", "failed") for id in ids):
                return
        except MailticketError:
            time.sleep(0.1)
