"""The text files that an admin writes: UTF-8 with or without a byte order mark, or what is wrong with one. I/O."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path


class Unreadable(Exception):
    """Says which file it is, and what is wrong with it."""


def text_of(file: Path | Traversable) -> str:
    """The whole text, its lines ended by "\\n". Raises Unreadable."""
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise Unreadable(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
