"""What `check` looks at on this machine: the data folder, exposed secrets, the clock, what is installed."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from mailticket.cli.opened import owner_of
from mailticket.cli.setting_up.finding import Finding, failed, ok, warning
from mailticket.config.models import Config

#: Free space below which mail is about to stop, and below which it is time to think of it.
_FULL, _NEARLY_FULL = 100_000_000, 1_000_000_000
#: adjtimex(2): what it returns while nothing keeps the clock right, and room for its struct timex.
_TIME_ERROR, _SIZE_OF_TIMEX = 5, 256


def data_folder(config: Config) -> Iterator[Finding]:
    """Can the desk write where its data lies, and is there room?"""
    folder = Path(config.mailticket.data)
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    if not nearest.is_dir():
        yield failed("data folder", f"{nearest} is no folder", "Move it away, or set another folder as `data`.")
        return
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield failed(
            "data folder", f"{nearest} cannot be written by this user", f"chown it, or run as {owner_of(nearest)}."
        )
        return
    free = shutil.disk_usage(nearest).free
    said = f"{folder}, {free / 1e9:.1f} GB free" + ("" if folder.exists() else " (made at the first start)")
    if free < _NEARLY_FULL:
        report = failed if free < _FULL else warning
        yield report("data folder", said, "Make room: without it no mail is collected.")
    else:
        yield ok("data folder", said)
    if folder.exists() and folder.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
        yield warning("data folder", f"{folder} is open to every user of this machine", f"Run: chmod 700 {folder}")


def exposed_passwords(path: Path, config: Config) -> list[Finding]:
    """A config that everybody can read must not hold a password itself."""
    if not path.stat().st_mode & stat.S_IROTH:
        return []
    text = path.read_text("utf-8", "replace")
    servers = [server for one in config.service for server in (one.imap, one.smtp)]
    secrets = {server.password.get_secret_value() for server in servers} - {""}
    if not any(secret in text for secret in secrets):
        return []
    said = f"{path} holds a password and can be read by everybody"
    return [warning("config", said, f"Run: chmod 640 {path}, or use password_file.")]


def clock() -> Iterator[Finding]:
    """Is the clock kept right? Tokens, retries and the times in letters go by it."""
    state = _clock_state()
    if state == _TIME_ERROR:
        yield warning("clock", "the system says that nothing keeps it right", "Run: timedatectl set-ntp true")
    else:
        yield ok("clock", "kept right by the system" if state is not None else "this system does not tell about it")


def _clock_state() -> int | None:
    """The kernel's word on the clock (adjtimex, reading only); None where there is no such call."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    state = int(adjtimex(ctypes.create_string_buffer(_SIZE_OF_TIMEX)))
    return state if state >= 0 else None


def talon() -> Iterator[Finding]:
    """The library for quotations that neither marker nor our own text finds."""
    if importlib.util.find_spec("talon"):
        yield ok("talon", "installed")
    else:
        said = "not installed: replies without our marker are kept whole more often"
        yield warning("talon", said, "Run: pip install 'mailticket[talon]'")
