"""PURE: talon's guess where the quote begins, for mails that show neither our marker nor our text.

The only user of talon (an extra; without it there is no guess). talon 1.4.4 reads only the first 1,000 lines,
returns large HTML unstripped and hangs on very long lines; the guards here keep such mails away from it.
"""

from __future__ import annotations

import warnings
from functools import cache
from types import ModuleType

_LINES = 990
_LINE_LENGTH = 2_000


@cache
def _quotations() -> ModuleType | None:
    try:
        with warnings.catch_warnings():  # its regular expressions are from 2017
            warnings.simplefilter("ignore")
            from talon import quotations
    except ImportError:
        return None
    return quotations if isinstance(quotations, ModuleType) else None


def new_words(text: str) -> str | None:
    """The text without what talon takes for a quote; None where talon is absent, unfit for this text or fails."""
    quotations = _quotations()
    if quotations is None or text.count("\n") > _LINES or max(map(len, text.split("\n"))) > _LINE_LENGTH:
        return None
    try:
        cut = quotations.extract_from_plain(text)
    except Exception:  # a guess that fails is no guess; the whole text stands
        return None
    return cut if isinstance(cut, str) else None
