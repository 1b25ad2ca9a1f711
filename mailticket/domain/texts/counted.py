"""PURE: a number of things in words, for one as for many."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 mail", "1,000 mails"; `many` is what stands behind other numbers where an s at the end does not do."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
