"""SIGTERM while every line hangs: the daemon ends by itself, and nothing is left in doubt but what was in the dot."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.domain.decision import SendKind
from mailticket.store.by_hand import stuck_letters
from mailticket.store.database import Store
from tests import cast
from tests.cast import CARLA
from tests.desk.house import build, mail
from tests.servers import programs
from tests.servers.accounts import ACCOUNTS
from tests.servers.fault_proxy import Fault, FaultProxy, NeverAccepts
from tests.servers.scripted import Line
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import ScriptedSmtp

_SERVICE = (
    """
[[service]]
name = "{name}"
address = "{name}@example.com"
poll = "{poll}"
first_run = "process"
"""
    + ACCOUNTS
)

#: service -> where its mailbox hangs, where its relay hangs (None: it never accepts a connection).
HANGS: dict[str, tuple[Fault | None, Fault | None]] = {
    "idle": (Fault("black_hole", b"IDLE\r\n"), Fault("black_hole", b"\r\n.\r\n")),
    "fetch": (Fault("black_hole", b"BODY.PEEK[]", after=50), Fault("black_hole", b"DATA\r\n")),
    "login": (Fault("black_hole", b"AUTHENTICATE"), Fault("black_hole", b"EHLO")),
    "connect": (None, None),
}


class Trickling(ScriptedMailbox):
    """Its mail comes a byte at a time, and never ends."""

    def __init__(self) -> None:
        super().__init__(mail(CARLA))
        self.trickles = threading.Event()
        self._over = threading.Event()
        self.once["BODY"] = self._trickle

    def _trickle(self, line: Line, _tag: str, _arguments: str) -> None:
        line.send(b'* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +0000" BODY[] {100000}\r\n')
        while not self._over.wait(0.2):
            line.send(b"x")
            self.trickles.set()

    def __exit__(self, *ended: object) -> None:
        self._over.set()
        super().__exit__(None, None, None)


class Site:
    """A config with services, each between servers of its own. `until` is true once every line hangs as it should."""

    def __init__(self, folder: Path, lines: ExitStack) -> None:
        self.folder, self.lines = folder, lines
        self.text = f'[mailticket]\ndata = "{folder}/data"\n[web]\nlisten = "127.0.0.1:{programs.free_port()}"\n'
        self.until: list[Callable[[], bool]] = []
        self.pid = 0

    def add(self, name: str, imap: int, smtp: int, poll: str = "10m") -> None:
        self.text += _SERVICE.format(name=name, user=name, password="x", imap=imap, smtp=smtp, poll=poll)

    def add_hanging(self, name: str, imap_hangs: Fault | None, smtp_hangs: Fault | None) -> None:
        raws = (mail(CARLA),) if name == "fetch" else ()
        ports = {}
        for kind, fault in (("imap", imap_hangs), ("smtp", smtp_hangs)):
            if fault is None:
                ports[kind] = self.lines.enter_context(NeverAccepts()).port
                continue
            server = self.lines.enter_context(ScriptedMailbox(*raws) if kind == "imap" else ScriptedSmtp())
            proxy = self.lines.enter_context(FaultProxy(server.port, fault))
            ports[kind] = proxy.port
            self.until.append(proxy.struck.is_set)
        self.add(name, **ports)

    def ended_with(self, number: signal.Signals) -> int:
        """The daemon's exit code after this signal, sent once all is as `until` says.

        It is given 20 seconds, and twice that on a busy machine.
        """
        (self.folder / "config.toml").write_text(self.text)
        log = self.folder / "log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "mailticket", "run", "--config", str(self.folder / "config.toml")]
            daemon = subprocess.Popen(command, stdout=out, stderr=out)
            self.pid = daemon.pid
        try:
            for true in self.until:
                programs.wait_until(true, 90, "every line to hang", log)
            daemon.send_signal(number)
            return daemon.wait(40)
        except subprocess.TimeoutExpired:
            pytest.fail(f"it did not end:\n{log.read_text()}")
        finally:
            daemon.kill()
            daemon.wait()

    def row(self, statement: str) -> tuple[object, ...] | None:
        """The first row that the daemon's database has for it."""
        path = self.folder / "data" / "mailticket.db"
        if not path.exists():
            return None
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            try:
                found: tuple[object, ...] | None = database.execute(statement).fetchone()
            except sqlite3.OperationalError:  # not migrated yet
                return None
            return found


class StillReading:
    """A mailbox whose second mail finds the only parser asleep, as if it were very long to read."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.mailbox = site.lines.enter_context(ScriptedMailbox(mail(CARLA)))
        site.add("parse", self.mailbox.port, site.lines.enter_context(ScriptedSmtp()).port, poll="1s")
        site.until += [self._put_the_parser_to_sleep, self._is_reading]

    def _put_the_parser_to_sleep(self) -> bool:
        """True once it slept and the second mail has come."""
        if not self.site.row("SELECT 1 FROM inbox WHERE service = 'parse' AND state = 'done'"):
            return False
        # The parsers are the fork server's children, and that is the daemon's.
        (parser,) = [one for child in children(self.site.pid) for one in children(child)]
        os.kill(parser, signal.SIGSTOP)
        self.mailbox.append(mail(CARLA, "Once more"))
        return True

    def _is_reading(self) -> bool:
        return self.site.row("SELECT 1 FROM inbox WHERE service = 'parse' AND attempts = 1 AND is_waiting") is not None


def children(pid: int) -> list[int]:
    """Of all threads of the process (proc(5))."""
    found = [one.read_text().split() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for listed in found for child in listed]


def test_sigterm_in_every_state(tmp_path: Path, stored: Callable[[str], Store], parsers: Parsers) -> None:
    house = build(cast.config(), stored("sqlite"), parsers, tmp_path)
    house.clock.now = datetime.now(UTC)  # the daemon's own: letters are not too old for another attempt
    letters = {name: house.post(SendKind.AUTO, service=name) for name in HANGS}
    with ExitStack() as lines:
        site = Site(tmp_path, lines)
        for name, (imap_hangs, smtp_hangs) in HANGS.items():
            site.add_hanging(name, imap_hangs, smtp_hangs)
        trickling = lines.enter_context(Trickling())
        site.add("trickle", trickling.port, lines.enter_context(ScriptedSmtp()).port)
        site.until.append(trickling.trickles.is_set)
        StillReading(site)
        assert site.ended_with(signal.SIGTERM) == 0
    house.in_store(lambda: stuck_letters.recover(lambda _: True, house.clock()))
    states = {name: (house.outbox(id).state, house.outbox(id).unknowns) for name, id in letters.items()}
    assert states == {name: ("queued", 0) for name in letters} | {"idle": ("maybe_sent", 1)}
    assert site.row("SELECT attempts FROM inbox WHERE service = 'parse' AND is_waiting") == (0,)
    log = (tmp_path / "log").read_text()
    assert "left behind, nothing is lost by it: collect connect, deliver connect\n" in log and "Traceback" not in log
