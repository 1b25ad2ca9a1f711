"""PURE: text that every database driver takes."""

from __future__ import annotations


def clean(text: str) -> str:
    """The text without what a driver refuses: NUL is dropped, halves of surrogate pairs are joined or replaced.

    PostgreSQL takes no NUL in text, SQLite's length() stops at one, and both drivers fail on a lone surrogate.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
