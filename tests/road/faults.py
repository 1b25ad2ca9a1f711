"""Faults that a test puts into a desk and mends again: each lasts as long as its context."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from mailticket.desk import receive
from mailticket.desk.mailbox import pressure
from mailticket.domain.decision import SendKind
from mailticket.store import inbox, inbox_ends
from mailticket.store.by_hand import stuck_calls, stuck_letters
from mailticket.store.operation import calls
from mailticket.store.tables.mail_tables import Inbox
from mailticket.workers import crew
from mailticket.workers.worker import Worker
from tests.cast import CARLA
from tests.desk.house import mail
from tests.road.watched import Watched
from tests.servers.programs import free_port
from tests.servers.scripted import Line
from tests.servers.scripted_smtp import ScriptedSmtp


class RefusingSmtp(ScriptedSmtp):
    """It lets nobody send."""

    def talk(self, line: Line) -> None:
        line.send(b"220 scripted.test\r\n")
        while command := line.readline().split(b" ")[0].upper().strip():
            line.send(b"535 5.7.8 Who are you?\r\n" if command == b"MAIL" else b"250 scripted.test\r\n")


@contextmanager
def mailbox_away(desk: Watched) -> Iterator[None]:
    desk.reload(imap=free_port())
    yield
    desk.reload()


@contextmanager
def mailbox_refuses(desk: Watched) -> Iterator[None]:
    usual = desk.mailbox.answers["AUTHENTICATE"]
    desk.mailbox.answers["AUTHENTICATE"] = "{tag} NO [AUTHENTICATIONFAILED] no\r\n"
    desk.reload()
    yield
    desk.mailbox.answers["AUTHENTICATE"] = usual


@contextmanager
def relay_away(desk: Watched) -> Iterator[None]:
    desk.reload(smtp=free_port())
    desk.post()
    yield
    desk.reload()


@contextmanager
def relay_refuses(desk: Watched) -> Iterator[None]:
    with RefusingSmtp() as relay:
        desk.reload(smtp=relay.port)
        desk.post()
        yield
        desk.reload()


@contextmanager
def disk_low(desk: Watched) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pressure, "LEAST_FREE", 1 << 60)
        yield


@contextmanager
def database_locked(desk: Watched) -> Iterator[None]:
    path = desk.folder / "data" / "mailticket.db"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def database_file_moved(desk: Watched) -> Iterator[None]:
    path = desk.folder / "data" / "mailticket.db"
    aside = path.rename(path.with_suffix(".aside"))
    yield
    assert not path.exists()  # nobody made a new one
    aside.rename(path)


@contextmanager
def config_broken(desk: Watched) -> Iterator[None]:
    desk.path.write_text("[mailticket]\nadmin = 1\n")
    desk.daemon.reload()
    yield
    desk.reload()


@contextmanager
def key_file_wrong(desk: Watched) -> Iterator[None]:
    key = desk.folder / "data" / "mailticket.key"
    beside = key.rename(key.with_suffix(".old"))
    desk.daemon.reload()
    yield
    beside.replace(key)
    desk.daemon.reload()


@contextmanager
def mail_set_aside(desk: Watched) -> Iterator[None]:
    def broken(*_: object) -> None:
        raise KeyError("poison")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receive, "decide", broken)
        desk.mailbox.append(mail(CARLA, "Poison"))
        yield
    (row,) = desk.ask(lambda: list(inbox.list_items(state="shunted")))
    desk.ask(lambda: inbox_ends.retry(row.id, desk.daemon.office.clock()))


@contextmanager
def letter_dead(desk: Watched) -> Iterator[None]:
    desk.relay.refuses["ann@example.com"] = "550 5.1.1 Unknown user"
    id = desk.post()
    yield
    desk.relay.refuses.clear()
    desk.ask(lambda: stuck_letters.cancel(id))


@contextmanager
def call_dead(desk: Watched) -> Iterator[None]:
    desk.ask(lambda: calls.post("fault:call", "http://127.0.0.1:9/", "{}", desk.daemon.office.clock()))
    yield
    (one,) = desk.ask(lambda: stuck_calls.list_calls("failed"))
    desk.ask(lambda: stuck_calls.cancel(one.id))


@contextmanager
def canary_overdue(desk: Watched) -> Iterator[None]:
    """The relay takes it and delivers it to nobody; then it turns up late."""
    desk.reload(more='[service.canary]\n  every = "1h"')
    yield
    (last,) = [raw for raw in desk.relay.mails if b"mailticket: a mail to itself" in raw]
    desk.mailbox.append(last)


@contextmanager
def worker_dead(desk: Watched) -> Iterator[None]:
    workers = desk.daemon._crew._of_desk
    place, dead = next((place, one) for place, one in enumerate(workers) if one.name == "call")
    dead.stop()
    if dead.ident:
        dead.join()
    yield
    workers[place] = Worker("call", dead.turn)
    workers[place].start()


@contextmanager
def worker_failing(desk: Watched) -> Iterator[None]:
    def broken(*_: object) -> int:
        raise KeyError("a fault of ours")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "assign", broken)
        yield


@contextmanager
def web_server_ended(desk: Watched) -> Iterator[None]:
    """It serves no more; with a restart it does again."""
    web = desk.daemon._web
    assert web is not None and web._server is not None and web._thread is not None
    web._server.should_exit = True
    web._thread.join()
    yield
    desk.daemon._close_web()
    desk.daemon._web = desk.daemon._web_server()
    desk.daemon._open_web()


@contextmanager
def another_desk(desk: Watched) -> Iterator[None]:
    usual = desk.mailbox.answers["LIST"]
    others = '* LIST () "/" Processed\r\n* LIST () "/" mailticket-desk-0123456789ab\r\n'
    desk.mailbox.answers["LIST"] = others + "{tag} OK done\r\n"
    desk.reload()
    yield
    desk.mailbox.answers["LIST"] = usual


@contextmanager
def mail_waits(desk: Watched) -> Iterator[None]:
    """Nobody receives it."""
    receiver = desk.worker("receive")
    usual, receiver.turn = receiver.turn, lambda: 0
    desk.take_in(1, timedelta(minutes=11))
    yield
    receiver.turn = usual


@contextmanager
def answer_waits(desk: Watched) -> Iterator[None]:
    desk.relay.refuses["ann@example.com"] = "450 4.2.0 Later"
    id = desk.post(SendKind.HUMAN, timedelta(minutes=61))
    yield
    desk.relay.refuses.clear()
    desk.ask(lambda: stuck_letters.retry(id, desk.daemon.office.clock()))


@contextmanager
def too_many_wait(desk: Watched) -> Iterator[None]:
    in_half_an_hour = desk.daemon.office.clock() + timedelta(minutes=30)
    desk.take_in(pressure.MOST_WAITING + 1, next_at=in_half_an_hour)
    yield
    desk.ask(lambda: Inbox.delete().where(Inbox.source == "drop").execute())


@contextmanager
def too_many_set_aside(desk: Watched) -> Iterator[None]:
    aside = {"state": "shunted", "is_waiting": False, "shunted_at": desk.daemon.office.clock()}
    desk.take_in(pressure.MOST_SHUNTED + 1, **aside)
    yield
    desk.ask(lambda: Inbox.delete().where(Inbox.source == "drop").execute())


FAULTS = {
    "imap-down": mailbox_away,
    "imap-refused": mailbox_refuses,
    "smtp-down": relay_away,
    "smtp-refused": relay_refuses,
    "disk-low": disk_low,
    "database-away": database_locked,
    "database-away, by its file": database_file_moved,
    "config-refused": config_broken,
    "config-refused, by the key": key_file_wrong,
    "shunted": mail_set_aside,
    "dead-letters": letter_dead,
    "dead-calls": call_dead,
    "canary-lost": canary_overdue,
    "worker-stuck": worker_dead,
    "worker-failing": worker_failing,
    "web-down": web_server_ended,
    "foreign-desk": another_desk,
}
#: What hangs on limits alone.
OVER_LIMIT = {
    "inbox-late": mail_waits,
    "answer-late": answer_waits,
    "backlog": too_many_wait,
    "shunt-rate": too_many_set_aside,
}
