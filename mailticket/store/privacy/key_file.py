"""I/O: the key file: the secrets that seal our Message-IDs. Made once, private to its owner, never overwritten."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tempfile
from pathlib import Path

from mailticket.errors import Permanent
from mailticket.tokens import KEY_BYTES, Keys

NAME = "mailticket.key"
_HEAD = "# mailticket: seals letters and links. Keep it secret and keep it safe; one key a line, the first one seals.\n"


def read_or_make(data: Path) -> Keys:
    """The keys in the data folder's key file; a new file the first time. Refuses one that others may read."""
    path = data / NAME
    if not path.exists():
        _make(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Permanent(f"{path} can be read by others (mode {mode:o}).", f"Run: chmod 600 {path}")
    lines = [line.strip() for line in path.read_text("ascii", "replace").splitlines()]
    try:
        return Keys(tuple(base64.b64decode(line, validate=True) for line in lines if line and line[0] != "#"))
    except (binascii.Error, ValueError) as error:
        raise Permanent(
            f"{path} is damaged: {error}.", "Bring it back from a backup; without it old letters prove nothing."
        ) from error


def _make(path: Path) -> None:
    """Whole or not at all: written beside, flushed to disk, then named."""
    descriptor, beside = tempfile.mkstemp(prefix=f"{NAME}.", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_HEAD + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii") + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        return  # another process was quicker; its key is the key
    finally:
        os.unlink(beside)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
