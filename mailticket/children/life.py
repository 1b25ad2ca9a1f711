"""What every child does first: it dies with the daemon, leaves its signals to it, and keeps within its memory. I/O."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
from typing import Final

MB: Final = 1024 * 1024
_PR_SET_PDEATHSIG = 1  # prctl(2)


def begin(memory_mb: int) -> None:
    """Before a child does anything else."""
    _die_with_parent()
    _limit_memory(memory_mb * MB)
    _look_at_own_garbage()
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # They are sent to the whole group; the daemon decides, and ends us by the pipe.
        signal.signal(ignored, signal.SIG_IGN)


def _die_with_parent() -> None:
    """The kernel kills us when the fork server ends, which ends when the daemon does, even by kill -9."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(0)


def _look_at_own_garbage() -> None:
    """See `preloading`."""
    gc.freeze()
    gc.enable()


def _limit_memory(octets: int) -> None:
    """No more private memory than that, and a little more of address space, which libraries take by themselves."""
    with open("/proc/self/statm", "rb") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (octets, octets))
    resource.setrlimit(resource.RLIMIT_AS, (mapped + octets, mapped + octets))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
