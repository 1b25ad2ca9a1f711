"""I/O: what a program takes: time, processor, memory, calls that wait for the disk; its orphans are counted with it.

A program of its own (python -m benchmarks.measured COMMAND ...), so that nothing but the measured one is its child.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.road.resources import usage

#: prctl(2): whose parent has died becomes our child, so that its processor time is known.
_PR_SET_CHILD_SUBREAPER = 36
_SAMPLED_EVERY = 0.25
#: The calls by which a program waits until something is on the disk.
_SYNCS = "fsync,fdatasync,sync_file_range,msync"


@dataclass(frozen=True)
class Figures:
    """Seconds of wall clock and of processor time, the highest PSS of the whole family in bytes, the exit code."""

    wall: float
    cpu: float
    peak: int
    code: int


def measured(command: Sequence[str], log: Path) -> Figures:
    """Runs the command to its end; raises SystemExit with the end of its log if it fails."""
    with log.open("wb") as out:
        ours = [sys.executable, "-m", "benchmarks.measured", *command]
        done = subprocess.run(ours, stdout=subprocess.PIPE, stderr=out, check=True)
    found = Figures(**json.loads(done.stdout))
    if found.code:
        told = [line for line in log.read_text("utf-8", "replace").splitlines() if " INFO " not in line]
        raise SystemExit("\n".join([f"{' '.join(command)} ended with {found.code}:", *told[-40:]]))
    return found


def syncs(command: Sequence[str], log: Path) -> int:
    """How often the command waited for the disk, as strace counts it; of its other calls strace knows nothing."""
    with tempfile.NamedTemporaryFile("r") as counts, log.open("wb") as out:
        traced = ["strace", "-f", "-c", "--seccomp-bpf", "-e", f"trace={_SYNCS}", "-o", counts.name, *command]
        subprocess.run(traced, stdout=out, stderr=out, check=True)
        rows = (line.split() for line in counts.read().splitlines())
        return sum(int(row[3]) for row in rows if row and row[-1] in _SYNCS.split(","))


class Sampler:
    """The highest sum of PSS that a process and its children had while the `with` lasts, in bytes."""

    def __init__(self, pid: int, every: float = _SAMPLED_EVERY) -> None:
        self.peak = 0
        self._pid, self._every = pid, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(self._every):
            self.peak = max(self.peak, usage_or_none(self._pid))

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def usage_or_none(pid: int) -> int:
    """The family's PSS; 0 if the process has ended."""
    try:
        return usage(pid).pss
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0


def main(command: Sequence[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.monotonic()
    # What it prints goes where its errors go: our own output is the figures.
    process = subprocess.Popen(command, stdout=sys.stderr)
    with Sampler(process.pid) as sampler:
        code = process.wait()
    wall = time.monotonic() - start
    _reap(os.wait)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps(asdict(Figures(wall, used.ru_utime + used.ru_stime, sampler.peak, code))))


def _reap(wait: Callable[[], object]) -> None:
    """Until nobody is left."""
    try:
        while True:
            wait()
    except ChildProcessError:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
