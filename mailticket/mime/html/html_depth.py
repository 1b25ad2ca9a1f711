"""PURE: whether HTML is nested too deeply for a parser, and its text without one if it is."""

from __future__ import annotations

import html
import re

from mailticket.mime.octets import limits

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_ANY_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"[ \t]+|\n{3,}")
# Elements that hold nothing, or that close by themselves where the next one opens: they do not nest.
_FLAT = frozenset(
    "area base br col embed hr img input link meta source track wbr "
    "p li dt dd option tr td th thead tbody tfoot".split()
)


def is_too_deep(written: str) -> bool:
    """Whether elements may be nested deeper than `limits.HTML_DEPTH`. Free for HTML with fewer tags than that."""
    if written.count("<") <= limits.HTML_DEPTH:
        return False
    depth = 0
    for closing, name in _TAG.findall(written):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > limits.HTML_DEPTH:
                return True
    return False


def bare_text(written: str) -> str:
    """What stands between the tags."""
    plain = html.unescape(_ANY_TAG.sub(" ", written))
    return _BLANKS.sub(lambda match: "\n\n" if match[0][0] == "\n" else " ", plain).strip()
