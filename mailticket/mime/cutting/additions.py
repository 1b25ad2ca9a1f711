"""PURE: what programs add below a mail without its writer: an app's advertisement, a mailing list's footer.

Only what no writer types: an app's line with its link, a footer that begins with a rule. "Sent from my iPhone" stays,
as some write it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.mime.cutting.client_words import DEVICES, SENT_FROM
from mailticket.mime.cutting.lines import LINE_CAP, without_outer_blanks
from mailticket.mime.cutting.words import links

_ADVERTISEMENT = re.compile(
    rf"^\s{{0,20}}(?:{'|'.join(SENT_FROM)})\b[^<>]{{0,40}}(?:{'|'.join(DEVICES)})[^<>]{{0,30}}<https?://[^<>\s]{{1,500}}>\s{{0,20}}$",
    re.IGNORECASE,
)
_FOOTER_RULE = re.compile(r"^\s{0,8}(?:_{2,100}|[-=*]{5,100})\s{0,8}$")
_FOOTER = re.compile(r"mailing list|mailman/listinfo|unsubscribe", re.IGNORECASE)
_FOOTER_LINES = 6


def without(text: str) -> str:
    """The text without them; the text itself if it ends in none."""
    lines = text.split("\n")
    kept = without_outer_blanks(lines)
    end = len(kept)
    while end:
        shorter = _end_above(kept, end)
        if shorter == end:
            break
        end = shorter
    return "\n".join(without_outer_blanks(kept[:end])) if end < len(kept) else text


def _end_above(lines: Sequence[str], end: int) -> int:
    """The number of lines above an addition that stands at the end of the first `end` lines."""
    while end and not lines[end - 1].strip():
        end -= 1
    if end and _ADVERTISEMENT.match(lines[end - 1][:LINE_CAP]):
        return end - 1
    for start in range(end - 1, max(-1, end - 1 - _FOOTER_LINES), -1):
        if _FOOTER_RULE.match(lines[start][:LINE_CAP]):
            footer = "\n".join(line[:LINE_CAP] for line in lines[start:end])
            return start if _FOOTER.search(footer) and links(footer) else end
    return end
