"""The daemon: built from the settings, started, said ready, reloaded, stopped; and what it refuses to start on."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mailticket import process, settings
from mailticket.cli.main import main
from mailticket.daemon import Daemon
from mailticket.errors import MailticketError, Permanent
from mailticket.store import folders, inbox, inbox_claims, outbox, outbox_claims, people
from mailticket.store.operation import leases
from mailticket.store.privacy import key_file
from mailticket.wire import service_manager
from mailticket.workers import crew
from mailticket.workers.worker import Worker
from tests.desk.house import mail
from tests.servers.accounts import ACCOUNTS
from tests.servers.dovecot import Dovecot
from tests.servers.programs import free_port
from tests.servers.scripted import Line
from tests.servers.scripted_smtp import ScriptedSmtp
from tests.servers.smtp_sink import SmtpSink
from tests.store.rows import arrival, letter

_CONFIG = (
    """
[mailticket]
data = "{data}"
database = "{database}"

[[csr]]
email = "ann@example.com"
name = "Ann Archer"
{csrs}
[[role]]
name = "support"
members = {members}

[[service]]
name = "support"
address = "support@example.com"
first_level = "support"
poll = "10m"
{service}
"""
    + ACCOUNTS
)
_BO = '[[csr]]\nemail = "bo@example.com"\nname = "Bo Baker"\n'


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain"
        time.sleep(0.02)


class Site:
    """A config file and the daemons that run on it."""

    def __init__(self, folder: Path, dovecot: Dovecot, user: str, smtp_port: int) -> None:
        self.path = folder / "config.toml"
        self.data = folder / "data"
        self.dovecot = dovecot
        self.user = user
        self.started: list[Daemon] = []
        self.values: dict[str, Any] = {"data": self.data, "database": "sqlite", "csrs": "", "service": ""}
        self.values |= {"members": '["ann@example.com"]', "user": user, "password": dovecot.password}
        self.values |= {"imap": dovecot.port, "smtp": smtp_port}
        self.write()

    def write(self, **changes: Any) -> None:
        self.values |= changes
        self.path.write_text(_CONFIG.format(**self.values))

    def daemon(self) -> Daemon:
        return Daemon(settings.load(self.path), self.path)

    def start(self) -> Daemon:
        daemon = self.daemon()
        daemon.start()
        self.started.append(daemon)
        return daemon

    def open(self) -> Daemon:
        """Everything but the workers."""
        daemon = self.daemon()
        daemon.open()
        self.started.append(daemon)
        return daemon

    def stop(self) -> None:
        self.started.pop().stop()

    def arrive(self, raw: bytes) -> None:
        self.dovecot.deliver(self.user, raw)


@pytest.fixture
def site(tmp_path: Path, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink) -> Iterator[Site]:
    found = Site(tmp_path, dovecot, fresh_user, smtp_sink.port)
    yield found
    while found.started:
        found.stop()


def in_store(daemon: Daemon, ask: Callable[[], Any]) -> Any:
    with daemon.office.connected():
        return ask()


def test_started_and_stopped_twice_it_works_each_time(site: Site, smtp_sink: SmtpSink) -> None:
    before = {one.name for one in threading.enumerate()}
    for number in (1, 2):
        daemon = site.start()
        assert daemon.is_well
        site.arrive(mail(text=str(number)))
        smtp_sink.wait_for(2 * number)
        site.stop()
        assert not daemon.is_well
        assert not any(
            one.name.startswith(("collect", "receive", "assign", "deliver")) for one in threading.enumerate()
        )
    assert {one.name for one in threading.enumerate()} <= before | {"pymap"}


def test_when_it_says_ready_every_mailbox_was_looked_at(site: Site) -> None:
    site.arrive(mail(text="Long ago"))
    daemon = site.start()
    assert in_store(daemon, lambda: folders.find("support", "INBOX")).activated_uidnext == 2
    site.arrive(mail(text="The first new one"))
    until(lambda: {one.outcome for one in in_store(daemon, inbox.list_items)} == {"imported", "opened"})


def test_a_mailbox_that_is_silent_keeps_it_waiting_only_so_long(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_PATIENCE_WITH_FIRST_CONTACT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site.write(imap=silent.getsockname()[1])
        began = time.monotonic()
        daemon = site.start()
        assert time.monotonic() - began < 5 and daemon.is_well


def test_what_a_dead_process_had_in_hand_goes_on_at_once(site: Site) -> None:
    daemon = site.open()
    now = daemon.office.clock()
    in_store(daemon, lambda: (inbox.take([arrival()], now), outbox.post(letter(), now)))
    in_store(daemon, lambda: (inbox_claims.claim(now, "dead:1:1"), outbox_claims.claim("support", "dead:1:1", now)))
    site.stop()
    daemon = site.open()
    assert in_store(daemon, outbox.list_items)[0].state == "queued"
    assert len(in_store(daemon, lambda: inbox_claims.claim(daemon.office.clock(), "next:1:1"))) == 1


def test_on_postgresql_a_daemon_shows_that_it_lives_until_it_stops(postgres_url: str, site: Site) -> None:
    site.write(database=postgres_url)
    daemon = site.open()
    owner = daemon.office.owner
    assert not in_store(daemon, lambda: leases.is_dead(owner))
    site.stop()
    assert in_store(site.open(), lambda: leases.is_dead(owner))


def test_a_good_config_is_taken_up_while_it_runs(site: Site) -> None:
    daemon = site.start()
    owner, old = daemon.office.owner, daemon.workers
    site.write(csrs=_BO, members='["bo@example.com"]')
    daemon.reload()
    assert [one.name for one in daemon.office.config.csr] == ["Ann Archer", "Bo Baker"]
    candidates = in_store(daemon, lambda: people.candidates("support", daemon.office.clock()))
    assert [one.csr for one in candidates] == ["bo@example.com"]
    assert daemon.office.owner == owner and daemon.is_well
    assert not any(one.is_alive() for one in old if one not in daemon.workers)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"service": 'pol = "5m"'}, 'did you mean "poll"'),
        ({"data": "elsewhere"}, "a new data folder needs a restart"),
        ({"database": "postgresql://x@127.0.0.1:1/x"}, "a new database needs a restart"),
    ],
)
def test_a_bad_config_leaves_the_old_one_in_force(
    site: Site, caplog: pytest.LogCaptureFixture, changes: dict[str, str], told: str
) -> None:
    daemon = site.start()
    office, running = daemon.office, daemon.workers
    site.write(**changes)
    daemon.reload()
    assert daemon.office is office and daemon.workers == running and daemon.is_well
    assert "The config was not reloaded" in caplog.text and told in caplog.text


def test_a_config_that_vanished_leaves_the_old_one_in_force(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    daemon = site.start()
    good = site.path.read_text()
    site.path.unlink()
    daemon.reload()
    assert daemon.is_well and "The config was not reloaded" in caplog.text
    until(lambda: [one.wrong.kind for one in daemon.board.troubles()] == ["config-refused"])
    site.path.write_text(good)
    daemon.reload()
    until(lambda: not daemon.board.troubles())


def test_a_database_of_a_newer_version_is_refused(site: Site) -> None:
    site.start()
    site.stop()
    database = sqlite3.connect(site.data / "mailticket.db")
    database.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_from_the_future', '2030-01-01')")
    database.commit()
    database.close()
    with pytest.raises(Permanent, match=r"newer mailticket \(it has the step 9999_from_the_future\)"):
        site.daemon().start()


def test_a_data_folder_that_cannot_be_written_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    site.write(data=tmp_path / "file" / "data")
    with pytest.raises(Permanent, match="cannot be written"):
        site.daemon().start()


def test_a_second_daemon_on_the_same_database_is_refused_and_leaves_nothing_open(site: Site) -> None:
    site.data.mkdir(mode=0o700)
    with (site.data / "mailticket.db.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("4711\n")
        other.flush()
        with pytest.raises(Permanent, match=r"Another mailticket \(process 4711\) runs on"):
            site.daemon().start()
    site.start()  # the refused one holds nothing


def test_another_key_file_than_the_databases_is_refused_until_it_is_given_up(site: Site) -> None:
    site.open()
    site.stop()
    (site.data / "mailticket.key").unlink()
    with pytest.raises(Permanent, match="not the one under which"):
        site.open()
    told = CliRunner().invoke(main, ["--config", str(site.path), "migrate", "--new-key"])
    assert told.exit_code == 0, told.output
    assert site.open().office.keys


def test_a_key_file_that_others_can_read_is_refused(site: Site) -> None:
    site.start()
    site.stop()
    (site.data / "mailticket.key").chmod(0o644)
    with pytest.raises(Permanent, match="chmod 600"):
        site.daemon().start()


def test_the_keys_are_made_once_and_whatever_a_crash_left_behind_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / f"mailticket.{os.getpid()}.tmp").write_text("half")
    keys = key_file.read_or_make(tmp_path)
    assert key_file.read_or_make(tmp_path) == keys
    assert (tmp_path / "mailticket.key").stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_an_office_before_the_start_is_an_error(site: Site) -> None:
    with pytest.raises(MailticketError, match="has not been started"):
        _ = site.daemon().office


class Manager:
    """systemd's end of the socket."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(20)

    def hear(self, start: str) -> list[str]:
        """All lines up to the first that begins so."""
        heard: list[str] = []
        while not any(line.startswith(start) for line in heard):
            heard += self.socket.recv(4096).decode().split("\n")
        return heard


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    found = Manager(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", found.path)
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    yield found
    found.socket.close()


@pytest.fixture
def signals() -> Iterator[None]:
    """`run` sets handlers; they are put back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def play(*scene: Callable[[], object]) -> threading.Thread:
    """Does these things one after the other, beside the daemon that runs in the main thread."""
    thread = threading.Thread(target=lambda: [one() for one in scene], daemon=True)
    thread.start()
    return thread


def me(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def test_systemd_hears_ready_reloading_watchdog_and_stopping(site: Site, manager: Manager, signals: None) -> None:
    heard: list[list[str]] = []
    scene = play(
        lambda: heard.append(manager.hear("READY=1")),
        lambda: heard.append(manager.hear("WATCHDOG=1")),
        me(signal.SIGHUP),
        lambda: heard.append(manager.hear("RELOADING=1")),
        lambda: heard.append(manager.hear("READY=1")),
        me(signal.SIGTERM),
    )
    assert process.run(site.path) == 0
    scene.join(5)
    assert heard[0][0] == "READY=1" and heard[0][1].startswith("STATUS=watching 1 mailbox")
    reloading = [line for line in heard[2] + heard[3] if line.startswith("MONOTONIC_USEC=")]
    assert reloading and int(reloading[0].split("=")[1]) <= time.monotonic_ns() // 1000
    assert "STOPPING=1" in manager.hear("STOPPING=1")


def test_the_watchdog_is_fed_only_while_every_worker_is_well(
    site: Site, manager: Manager, signals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_well = [True]
    monkeypatch.setattr(Worker, "is_well", property(lambda worker: is_well[0]))
    fed_when_stuck: list[str] = []

    def listen() -> None:
        manager.hear("WATCHDOG=1")
        is_well[0] = False
        time.sleep(0.3)
        manager.socket.settimeout(0.01)
        try:
            while True:
                manager.socket.recv(4096)
        except TimeoutError:
            manager.socket.settimeout(1.5)
        try:
            fed_when_stuck.append(manager.socket.recv(4096).decode())
        except TimeoutError:
            pass

    scene = play(listen, me(signal.SIGTERM))
    assert process.run(site.path) == 0
    scene.join(5)
    assert fed_when_stuck == []


def test_nobody_who_listens_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert service_manager.notify("READY=1") is False
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert service_manager.notify("READY=1") is False


@pytest.mark.parametrize(("usec", "every"), [("30000000", 15.0), ("", None), ("0", None), ("soon", None)])
def test_the_watchdog_is_fed_twice_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, usec: str, every: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    assert service_manager.watchdog_every() == every


def test_sigterm_ends_it_in_time_while_a_relay_hangs(
    site: Site, manager: Manager, signals: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    release = threading.Event()

    class Hanging(ScriptedSmtp):
        def _say(self, line: Line, step: str) -> str:
            if step == "final_dot":
                release.wait(60)
            return super()._say(line, step)

    ended: list[float] = []
    with Hanging() as relay:
        site.write(smtp=relay.port)
        play(
            lambda: manager.hear("READY=1"),
            lambda: site.arrive(mail()),
            lambda: until(lambda: relay.mails),
            lambda: ended.append(time.monotonic()),
            me(signal.SIGTERM),
        )
        assert process.run(site.path) == 0
        assert time.monotonic() - ended[0] < 18
        release.set()
    letters = in_store(site.open(), outbox.list_items)
    assert sum(one.unknowns for one in letters) == 1 and "sending" not in {one.state for one in letters}


def test_a_single_pass_tells_the_service_manager_to_try_again(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.write(imap=free_port())
    assert process.run(site.path, once=True) == 75
    assert "collect support: " in caplog.text
    site.write(imap=site.dovecot.port)
    assert process.run(site.path, once=True) == 0


def test_a_single_pass_loads_neither_web_server_nor_clock_nor_another_databases_driver(site: Site) -> None:
    code = """
import pathlib, sys
from mailticket import process
print(process.run(pathlib.Path(sys.argv[1]), once=True), *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code, str(site.path)], capture_output=True, text=True, check=True)
    exit_code, *loaded = done.stdout.split()
    assert exit_code == "0"
    needless = {"uvicorn", "fastapi", "apscheduler", "mailticket.jobs", "mailticket.desk.privacy.erasing", "psycopg"}
    assert not needless & set(loaded)
