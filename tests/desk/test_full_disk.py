"""A disk that is truly full, or fails: mails stay on the server, nothing half is kept, and it goes on by itself."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest

from mailticket.children.pool import Parsers
from mailticket.desk.deliver import deliver
from mailticket.errors import MailticketError, StoreTrouble
from mailticket.store import inbox_claims
from mailticket.store.database import Store
from mailticket.store.engine import disk
from mailticket.store.engine.sqlite import SqliteEngine
from mailticket.store.files import blobs
from mailticket.wire.imap import Mailbox
from mailticket.wire.smtp import Relay, SmtpSettings
from tests import cast
from tests.cast import CARLA
from tests.desk.house import House, build, mail
from tests.desk.turning import crlf, settings, stored, turn
from tests.road.kills import why_no_strace
from tests.servers import programs
from tests.servers.accounts import ACCOUNTS
from tests.servers.scripted_mailbox import ScriptedMailbox
from tests.servers.scripted_smtp import ScriptedSmtp

SIZE = 16 * 1024 * 1024


class SmallDisk:
    """A file system of SIZE bytes of its own, mounted where the data will lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def leave(self, free: int) -> None:
        """Fill it up so that so many bytes are free."""
        self.empty()
        state = os.statvfs(self.folder)
        wanted = state.f_bavail * state.f_frsize - free
        with contextlib.suppress(OSError), self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, wanted))

    def empty(self) -> None:
        """Room again."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], SmallDisk]]:
    """`small_disk("data/files")` mounts one below tmp_path; skipped where that is not permitted."""
    mounted: list[Path] = []

    def mount(name: str) -> SmallDisk:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting a file system is not permitted here: {done.stderr.decode().strip()}")
        mounted.append(folder)
        return SmallDisk(folder)

    yield mount
    for folder in mounted[::-1]:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(params=["data", "data/files"])
def small(request: pytest.FixtureRequest, small_disk: Callable[[str], SmallDisk]) -> SmallDisk:
    """The whole data folder on a small disk, or the large files only."""
    return small_disk(request.param)


@pytest.fixture
def small_house(
    small: SmallDisk, stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path, disk_is_sound: None
) -> House:
    return build(cast.config(cast.service(first_run="process")), stored("sqlite"), parsers, tmp_path)


@pytest.fixture
def disk_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this test says of the disk is forgotten after it."""
    monkeypatch.setattr(disk, "_failed", threading.Event())


def letters_of_all_sizes(number: int) -> list[bytes]:
    """One that is a row, and one that is a file."""
    long = [f"{number}.{line:07d} {'x' * 60}" for line in range(6000)]
    return [crlf(mail(CARLA, "short", "\n".join(long[:300]))), crlf(mail(CARLA, "long", "\n".join(long)))]


def test_a_disk_that_runs_full_at_any_byte_keeps_the_mails_on_the_server(small: SmallDisk, small_house: House) -> None:
    house, all_raws, failed = small_house, [], 0
    with ScriptedMailbox(uidvalidity=5) as server:
        mailbox = Mailbox(settings(server.port))
        for step in range(8):
            raws = letters_of_all_sizes(step)
            all_raws += raws
            for raw in raws:
                server.append(raw)
            small.leave(step * 96 * 1024)
            try:
                turn(house, mailbox)
            except MailticketError as error:
                assert isinstance(error, StoreTrouble), error
                failed += 1
            kept = set(stored(house))  # every row has its bytes, whole
            assert set(server.processed) <= kept <= set(all_raws)
            assert not list((house.office.store.data / "files").glob("unfinished/*"))
            small.empty()
            house.clock.forward(minutes=6)  # a mail that was claimed and could not be settled is free again
            turn(house, mailbox)
            assert sorted(stored(house)) == sorted(server.processed) == sorted(all_raws)
        mailbox.close()
    assert failed >= 3
    check = house.in_store(lambda: house.office.store.engine.execute_sql("PRAGMA integrity_check").fetchone())
    assert check == ("ok",) and not disk.has_failed()


def test_a_full_disk_costs_a_mail_no_attempt_and_a_letter_is_not_sent_twice(
    small_disk: Callable[[str], SmallDisk], stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path
) -> None:
    small = small_disk("data")
    house = build(cast.config(), stored("sqlite"), parsers, tmp_path)
    id, letter = house.arrive(mail(CARLA)), house.post()
    with ScriptedSmtp() as server, Relay(SmtpSettings("127.0.0.1", server.port, "none")) as relay:
        name = house.outbox(letter).message_id.encode()
        small.leave(0)
        with contextlib.suppress(StoreTrouble):
            house.receive()
        with contextlib.suppress(StoreTrouble):
            deliver(house.office, house.service, relay)
        small.empty()
        house.in_store(lambda: inbox_claims.recover(lambda _: True, house.clock()))
        house.clock.forward(minutes=1)
        house.receive()
        while deliver(house.office, house.service, relay):
            pass
    assert house.inbox(id).state == "done" and house.inbox(id).outcome == "opened"
    assert house.outbox(letter).state == "sent" and sum(name in one for one in server.mails) == 1


@pytest.mark.parametrize("wrong", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_is_waited_for_and_nothing_half_is_left(
    house: House, monkeypatch: pytest.MonkeyPatch, wrong: int, disk_is_sound: None
) -> None:
    def full(_handle: int) -> None:
        raise OSError(wrong, os.strerror(wrong))

    with monkeypatch.context() as patch:
        patch.setattr("mailticket.store.files.depots.os.fsync", full)
        with pytest.raises(StoreTrouble, match="full"):
            house.in_store(lambda: blobs.put(b"x" * (blobs.SMALL + 1)))
    assert not disk.has_failed() and not list((house.office.store.data / "files").rglob("unfinished/*"))
    assert house.in_store(lambda: blobs.put(b"x" * (blobs.SMALL + 1)))


def test_a_file_that_could_not_be_synced_ends_the_process(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, disk_is_sound: None
) -> None:
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("mailticket.store.files.depots.os.fsync", broken)
    with pytest.raises(StoreTrouble):
        house.in_store(lambda: blobs.put(b"x" * (blobs.SMALL + 1)))
    assert disk.has_failed() and "did not confirm" in caplog.text


@pytest.mark.parametrize(
    ("code", "is_suspect"),
    [
        ("SQLITE_IOERR_FSYNC", True),
        ("SQLITE_IOERR_DIR_FSYNC", True),
        ("SQLITE_IOERR_READ", False),
        ("SQLITE_FULL", False),
    ],
)
def test_a_database_that_could_not_be_synced_ends_the_process(
    code: str, is_suspect: bool, tmp_path: Path, disk_is_sound: None
) -> None:
    driver = sqlite3.OperationalError("disk I/O error")
    driver.sqlite_errorname = code
    error = peewee.OperationalError("disk I/O error")
    error.__context__ = driver
    assert isinstance(SqliteEngine(tmp_path / "a.db").told(error), StoreTrouble)
    assert disk.has_failed() is is_suspect


def test_a_process_whose_disk_failed_leaves_with_exit_code_one() -> None:
    code = "from mailticket.store.engine import disk; disk.not_synced('a test'); disk.leave_if_failed()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert done.returncode == 1 and b"ending, to be started anew" in done.stderr


def run_once(folder: Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """`mailticket run --once` on a desk without services."""
    config = folder / "config.toml"
    config.write_text(f'[mailticket]\ndata = "{folder}/data"\n')
    command = [sys.executable, "-m", "mailticket", "run", "--once", "--config", str(config)]
    return subprocess.run(command, check=False, timeout=100, **how)


def test_a_log_that_is_full_stops_nothing(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        assert run_once(tmp_path, stdout=full, stderr=full).returncode == 0


def test_a_full_folder_for_passing_files_stops_nothing(tmp_path: Path, small_disk: Callable[[str], SmallDisk]) -> None:
    passing = small_disk("passing")
    passing.leave(0)
    done = run_once(tmp_path, capture_output=True, env={**os.environ, "TMPDIR": str(passing.folder)})
    assert done.returncode == 0, done.stderr


def test_a_daemon_whose_database_cannot_be_synced_exits_with_one(tmp_path: Path) -> None:
    if why := why_no_strace(tmp_path):
        pytest.skip(why)
    config, log = tmp_path / "config.toml", tmp_path / "log"
    port = programs.free_port()
    config.write_text(_DESK.format(data=tmp_path / "data", imap=port, smtp=port, user="support", password="x"))
    mailticket = [sys.executable, "-m", "mailticket"]
    with log.open("wb") as out:
        daemon = subprocess.Popen([*mailticket, "run", "--config", str(config)], stdout=out, stderr=out)
    try:
        programs.wait_until(lambda: b"ready:" in log.read_bytes(), 60, "the daemon", log)
        inject = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]
        with (tmp_path / "strace").open("wb") as out:
            strace = subprocess.Popen(["strace", "-f", "-p", str(daemon.pid), *inject], stderr=out)
        programs.wait_until(lambda: b"attached" in (tmp_path / "strace").read_bytes(), 20, "strace", log)
        ingest = [*mailticket, "ingest", "-", "--config", str(config)]
        subprocess.run(ingest, input=mail(CARLA), check=True, timeout=60, capture_output=True)
        assert daemon.wait(60) == 1
        strace.wait(20)
    finally:
        daemon.kill()
        daemon.wait()
    assert b"did not confirm" in log.read_bytes()


_DESK = (
    """
[mailticket]
data = "{data}"
[[service]]
name = "support"
address = "support@example.com"
"""
    + ACCOUNTS
)
