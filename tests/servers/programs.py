"""Installed programs that tests start: found or the test is skipped (failed, if MAILTICKET_TEST_ALL=1)."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def require(program: str) -> str:
    """The path of an installed program, also looked for in the sbin folders."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if found:
        return found
    missing(f"{program} is not installed")


def missing(reason: str) -> None:
    """Skip, but fail where everything is expected to be installed."""
    if os.environ.get("MAILTICKET_TEST_ALL") == "1":
        pytest.fail(f"{reason}, and MAILTICKET_TEST_ALL=1 asks for every test")
    pytest.skip(reason)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], timeout: float, what: str, log: Path | None = None) -> None:
    """Ask every 20 ms until `ready`; fail with the end of `log` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > end:
            told = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            pytest.fail(f"waited {timeout:g} s in vain for {what}\n{told}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Does somebody listen on this loopback port, and greet?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that was started with `start_new_session=True`: asked first, its children killed with it."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    # Children that still serve a client outlive the master.
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a server with its children at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
