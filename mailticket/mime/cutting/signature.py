"""PURE: a sender's signature, cut by narrow rules: what is cut wrongly is lost, what is left looks untidy.

A free-form signature ("Kind regards, Jane") stays: whether it is one, only its writer knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.mime.cutting.client_words import DEVICES, SENT_FROM, TAGLINES
from mailticket.mime.cutting.lines import LINE_CAP, without_outer_blanks
from mailticket.mime.cutting.words import words

_LONGEST = 12  # lines of a signature below "-- "
_LONGEST_MARKED = 80  # words of a signature that the client has marked; more is a mail written into it by mistake
_DELIMITER = re.compile(r"^--[ \xa0]?$")  # RFC 3676 section 4.3; many clients lose the blank
_TAGLINE = re.compile(
    rf"^\s{{0,20}}(?:(?:{'|'.join(SENT_FROM)})\b.{{0,40}}(?:{'|'.join(DEVICES)}).{{0,60}}|{'|'.join(TAGLINES)})\s{{0,20}}$",
    re.IGNORECASE,
)


def without(text: str, marked: Sequence[Sequence[str]] = (), *, may_be_all: bool = False) -> str:
    """The text without the signature at its end; the text itself if it holds nothing else, unless it `may_be_all`.

    `marked` are the words of what the client has marked as signature in the HTML of the same mail.
    """
    lines = without_outer_blanks(text.split("\n"))
    kept = lines
    for _ in range(3):  # a tagline below a signature below a tagline
        shorter = _without_delimited(_without_taglines(kept))
        for signature in marked:
            shorter = _without_marked(shorter, signature)
        if len(shorter) == len(kept):
            break
        kept = shorter
    shorter_text = "\n".join(kept)
    return shorter_text if kept is not lines and (may_be_all or words(shorter_text)) else text


def _without_taglines(lines: list[str]) -> list[str]:
    while lines and _TAGLINE.match(lines[-1][:LINE_CAP]):
        lines = without_outer_blanks(lines[:-1])
    return lines


def _without_delimited(lines: list[str]) -> list[str]:
    for at in range(len(lines) - 1, max(-1, len(lines) - 2 - _LONGEST), -1):
        if _DELIMITER.match(lines[at]):
            return without_outer_blanks(lines[:at])
    return lines


def _without_marked(lines: list[str], signature: Sequence[str]) -> list[str]:
    """Without the last lines if their words are exactly the marked signature's."""
    if not 0 < len(signature) <= _LONGEST_MARKED:
        return lines
    left = list(signature)
    for at in range(len(lines) - 1, -1, -1):
        own = words(lines[at])
        if own and own != left[-len(own) :]:
            return lines
        del left[len(left) - len(own) :]
        if not left:
            return without_outer_blanks(lines[:at])
    return lines
