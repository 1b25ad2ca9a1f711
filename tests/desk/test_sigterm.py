"""SIGTERM while every line hangs: the daemon ends by itself, and nothing is left in doubt but what was in the dot."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailticket.domain.decision import SendKind
from mailticket.parsers import Parsers
from mailticket.store.by_hand import stuck_letters
from mailticket.store.database import Store
from tests import cast
from tests.cast import CARLA
from tests.desk.house import build, mail
from tests.servers import programs
from tests.servers.fault_proxy import Fault, FaultProxy, NeverAccepts
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import ScriptedSmtp

_SERVICE = """
[[service]]
name = "{name}"
address = "{name}@example.com"
  [service.imap]
  host = "127.0.0.1"
  port = {imap}
  security = "none"
  username = "{name}"
  password = "x"
  [service.smtp]
  host = "127.0.0.1"
  port = {smtp}
  security = "none"
"""

#: service -> where its mailbox hangs, where its relay hangs (None: it never accepts a connection).
HANGS: dict[str, tuple[Fault | None, Fault | None]] = {
    "idle": (Fault("black_hole", b"IDLE\r\n"), Fault("black_hole", b"\r\n.\r\n")),
    "fetch": (Fault("black_hole", b"BODY.PEEK[]", after=50), Fault("black_hole", b"DATA\r\n")),
    "login": (Fault("black_hole", b"AUTHENTICATE"), Fault("black_hole", b"EHLO")),
    "connect": (None, None),
}


def test_sigterm_in_every_state(
    tmp_path: Path,
    stored: Callable[[str], Store],
    parsers: Parsers,
) -> None:
    house = build(cast.config(), stored("sqlite"), parsers, tmp_path)
    letters = {name: house.post(SendKind.AUTO, service=name) for name in HANGS}
    text, struck = f'[mailticket]\ndata = "{tmp_path}/data"\n', []
    with ExitStack() as lines:
        for name, (imap_hangs, smtp_hangs) in HANGS.items():
            raws = (mail(CARLA),) if name == "fetch" else ()
            ports = {}
            for kind, fault in (("imap", imap_hangs), ("smtp", smtp_hangs)):
                if fault is None:
                    ports[kind] = lines.enter_context(NeverAccepts()).port
                    continue
                server = lines.enter_context(ScriptedMailbox(*raws) if kind == "imap" else ScriptedSmtp())
                proxy = lines.enter_context(FaultProxy(server.port, fault))
                ports[kind] = proxy.port
                struck.append(proxy.struck)
            text += _SERVICE.format(name=name, **ports)
        (tmp_path / "config.toml").write_text(text)
        assert run_until(tmp_path, lambda: all(one.is_set() for one in struck)) == 0
    house.in_store(lambda: stuck_letters.recover(lambda _: True, house.clock()))
    states = {name: (house.outbox(id).state, house.outbox(id).unknowns) for name, id in letters.items()}
    assert states == {name: ("queued", 0) for name in letters} | {"idle": ("maybe_sent", 1)}


def run_until(folder: Path, true: Callable[[], bool]) -> int:
    """The daemon's exit code after SIGTERM at that moment; it is given 20 seconds, and twice that on a busy machine."""
    log = folder / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "mailticket", "run", "--config", str(folder / "config.toml")]
        daemon = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        programs.wait_until(true, 60, "every line to hang", log)
        daemon.send_signal(signal.SIGTERM)
        return daemon.wait(40)
    except subprocess.TimeoutExpired:
        pytest.fail(f"it did not end:\n{log.read_text()}")
    finally:
        daemon.kill()
        daemon.wait()
