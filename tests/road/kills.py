"""The ways in which a siege kills the desk: at a failpoint, at the Nth system call, at some moment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.road.siege import Siege
from tests.servers import programs

#: The calls by which the desk changes the world: files, the database, both mail servers.
SYSTEM_CALLS = "write,pwrite64,writev,fsync,fdatasync,rename,unlink,sendto,connect,ftruncate"


@dataclass(frozen=True)
class AtFailpoint:
    """Killed when it reaches this failpoint for the `nth` time."""

    point: str
    nth: int = 1

    @property
    def name(self) -> str:
        return self.point

    def run(self, siege: Siege) -> int:
        return siege.run_once(f"{self.point}:kill:{self.nth}")


@dataclass(frozen=True)
class AtSystemCall:
    """Killed at the `nth` of its SYSTEM_CALLS in any of its threads, by strace, before the kernel does it."""

    nth: int

    @property
    def name(self) -> str:
        return "system call"

    def run(self, siege: Siege) -> int:
        log = siege.desk.folder / "log"
        pid = siege.hatchery.begin(siege.words("run", "--once"), log, is_held=True)
        strace = _attached(pid, f"-e inject={SYSTEM_CALLS}:signal=KILL:when={self.nth}", siege.desk.folder / "strace")
        os.kill(pid, signal.SIGCONT)
        code = siege.hatchery.ended()
        strace.wait(10)
        return code


@dataclass(frozen=True)
class AtMoment:
    """The daemon with all its workers, killed `after` so many seconds."""

    after: float

    @property
    def name(self) -> str:
        return "some moment"

    def run(self, siege: Siege) -> int:
        siege.hatchery.begin(siege.words("run"), siege.desk.folder / "log")
        time.sleep(self.after)
        return siege.hatchery.kill()


def _attached(pid: int, injection: str, log: Path) -> subprocess.Popen[bytes]:
    command = [
        programs.require("strace"),
        "-f",
        "-p",
        str(pid),
        "-e",
        f"trace={SYSTEM_CALLS}",
        *injection.split(" ", 1),
    ]
    with log.open("wb") as out:
        strace = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=out)
    programs.wait_until(lambda: b"attached" in log.read_bytes(), 10, "strace to attach", log)
    return strace


def why_no_strace(folder: Path) -> str:
    """Why strace cannot kill a process here, "" if it can. One that is missing skips the test or fails it."""
    command = [programs.require("strace"), "-o", str(folder / "try"), "-e", "inject=getpid:signal=KILL", "true"]
    told = subprocess.run(command, capture_output=True, check=False)
    return told.stderr.decode().strip() if told.returncode == 1 else ""
