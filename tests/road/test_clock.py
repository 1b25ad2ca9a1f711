"""The running daemon while somebody sets its clock: nothing goes out twice, is given up early or waits for ever."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.road.desk import CARLA, DIRK, MALLORY, Desk
from tests.servers.clock import OwnClock

SLOW = "dirk@customer.example"


def told(desk: Desk, words: str) -> None:
    desk.wait(lambda: words in desk.log, 30, f"the daemon to say {words!r}")


def row(desk: Desk, statement: str) -> tuple[object, ...] | None:
    with closing(sqlite3.connect(f"file:{desk.folder}/data/mailticket.db?mode=ro", uri=True)) as database:
        found: tuple[object, ...] | None = database.execute(statement).fetchone()
        return found


def refused_so_often(desk: Desk, times: int) -> None:
    state = f"SELECT state, attempts FROM outbox WHERE recipient = '{SLOW}'"
    desk.wait(lambda: row(desk, state) == ("queued", times), 30, f"Dirk's letter to be put off {times} times")


def test_a_clock_set_ahead_and_back_neither_doubles_nor_ends_nor_forgets_anything(
    idle_desk: Desk, tmp_path: Path
) -> None:
    desk, clock = idle_desk, OwnClock(tmp_path)
    desk.environment = clock.environment
    desk.start()
    desk.sink.answer("rcpt", "451 4.7.1 Greylisted", times=2, recipient=SLOW)
    desk.arrive(desk.mail(DIRK, "First", "Hello"))
    refused_so_often(desk, 1)

    clock.set("+240h")  # far beyond give_up_after and every deadline
    told(desk, "the clock was set ahead")
    desk.arrive(desk.mail(CARLA, "Second", "Hello"))
    refused_so_often(desk, 2)
    desk.sink.wait_for_mail(to="carla@customer.example", timeout=90)

    clock.set("-72h")  # what waits has its moment in thirteen days
    told(desk, "the clock was set back")
    desk.arrive(desk.mail(MALLORY, "Third", "Hello"))
    desk.sink.wait_for_mail(to="mallory@elsewhere.example", timeout=90)
    desk.sink.wait_for_mail(to=SLOW, timeout=120)

    moves = "SELECT count(*) FROM inbox WHERE state = 'done' AND outcome = 'opened'"
    desk.wait(lambda: row(desk, moves) == (3,), 30, "three cases")
    desk.wait(lambda: row(desk, "SELECT count(*) FROM outbox WHERE state <> 'sent'") == (0,), 60, "all to be sent")
    assert desk.stop() == 0
    taken = [str(one.message["Message-ID"]) for one in desk.sink.mails]
    assert len(taken) == len(set(taken)) and row(desk, "SELECT count(*) FROM outbox") == (len(taken),)
    assert row(desk, "SELECT count(*) FROM cases WHERE status NOT IN ('new', 'opened')") == (0,)
