"""PURE: the hidden first words of a letter to a CSR: mail lists show them, and some clients quote them aloud.

They stand above our marker, so a reply may carry them between the client's announcement and the marker: words of
ours, which must not become the answer's last line.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.mime.cutting.known import Known
from mailticket.mime.cutting.lines import bare, is_blank
from mailticket.mime.cutting.words import words

_MOST_LINES = 6  # lines into which a client may wrap them
_OPENS, _CLOSES = "“", "”"
_MOSTLY = 0.7  # share of the words that must be ours


def begins(lines: Sequence[str], marker_at: int, known: Known) -> int:
    """The line where these words begin: a paragraph in quotation marks, of words of ours; else `marker_at`."""
    end = marker_at
    while end and is_blank(lines[end - 1]):
        end -= 1
    if not end or not known or not bare(lines[end - 1]).endswith(_CLOSES):
        return marker_at
    for start in range(end - 1, max(end - _MOST_LINES, 0) - 1, -1):
        if bare(lines[start]).startswith(_OPENS):
            quoted = [word for line in lines[start:end] for word in words(bare(line))]
            is_ours = known.share(quoted) >= _MOSTLY or known.holds(quoted)
            return start if is_ours else marker_at
    return marker_at
