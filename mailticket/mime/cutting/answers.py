"""PURE: what a writer adds below or between the lines of the mail they answer.

Every line of the quote is the writer's, ours, or could be either (one or two words that we also used). Where we
know what we sent, our lines are told by their words, in the order in which we wrote them. A line that could be
either goes with its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from mailticket.mime.cutting.known import SHORT, Known
from mailticket.mime.cutting.lines import bare, is_blank, is_quoted, is_quoted_twice, is_rule, without_outer_blanks
from mailticket.mime.cutting.words import links, signs, words

#: Words of which a company's legal notice below the quote holds at least two; an answer hardly one.
_LEGAL = re.compile(
    r"\b(?:confidential|intended (?:only )?(?:recipient|solely|for)|privileged|disclaimer|unauthori[sz]ed|disclosure"
    r"|delete (?:it|this)|in error|virus(?:es)?|vertraulich\w*|rechtlich geschützt\w*|irrtümlich|vernichten|unbefugt\w*"
    r"|confidentiel\w*|destinataire|par erreur|confidencial\w*|destinatario|por error|riservat\w*|per errore"
    r"|vertrouwelijk\w*|geadresseerde|registered office|amtsgericht|handelsregister|geschäftsführer)\b",
    re.IGNORECASE,
)
_LEGAL_CAP = 20_000  # characters of a notice; what is longer, somebody wrote for this mail
#: What the programs of mailing lists add below a mail.
_LIST = re.compile(r"mailing list|mailman/listinfo|unsubscribe", re.IGNORECASE)
_LIST_LINES = 6


class _Whose(Enum):
    NOBODYS = auto()  # a blank line
    QUOTED = auto()  # of the quote by its form, whatever its words
    OURS = auto()  # of the quote by its words
    WRITERS = auto()
    EITHER = auto()


@dataclass(frozen=True, slots=True)
class Answers:
    """The writer's lines. Not `sure` if others were left out that may be theirs: the quote is hardly of our letter."""

    lines: list[str]
    sure: bool = True


def within(quote: Sequence[str], known: Known) -> Answers:
    """The lines of the writer from the quote's first line on; none if all of it is quoted.

    Where the client marks quoted lines, an unmarked line is an answer, and so is a marked one that is clearly not
    from what we sent (typed into a cell of our letter). Where it does not mark them (Outlook), a line is an answer
    only if it is clearly not ours; if what we sent is unknown, or the quote is of something else, none is.
    """
    is_marked = any(is_quoted(line) for line in quote[:3])
    if not is_marked and not known:
        return Answers([])
    whose = _settled([*_judged(quote, known, is_marked)])
    by_words = [
        one is _Whose.WRITERS and (is_quoted(line) or not is_marked) for line, one in zip(quote, whose, strict=True)
    ]
    is_sure = not any(by_words) or _is_of_ours(quote, whose, by_words)
    found = [
        "" if one is _Whose.NOBODYS else _unmarked(line)
        for line, one, doubtful in zip(quote, whose, by_words, strict=True)
        if one is _Whose.NOBODYS or (one is _Whose.WRITERS and (is_sure or not doubtful))
    ]
    return Answers(_without_notice(_closed_up(found)), is_sure)


def _judged(quote: Sequence[str], known: Known, is_marked: bool) -> list[_Whose]:
    judged: list[_Whose] = []
    so_far: list[str] = []  # the last words of ours
    for line in quote:
        here = words(bare(line))
        if is_blank(line):
            judged.append(_Whose.NOBODYS)
        elif not is_marked:
            judged.append(_of_unmarked(line, here, so_far, known))
        elif is_quoted(line):
            judged.append(_of_marked(line, here, so_far, known))
        else:
            judged.append(_of_line_beside(line, here, so_far, known))
        if judged[-1] is _Whose.OURS:
            so_far = [*so_far, *here][-SHORT:]
    return judged


def _of_unmarked(line: str, here: Sequence[str], so_far: Sequence[str], known: Known) -> _Whose:
    """Whose a line is in a quote of which no line is marked."""
    if is_rule(line) or is_quoted(line):
        return _Whose.QUOTED
    if not here and links(line):
        return _Whose.QUOTED if known.links_to_us(line) else _Whose.WRITERS
    if not here:
        return _by_signs(line, known)
    return _by_words(line, here, so_far, known)


def _of_marked(line: str, here: Sequence[str], so_far: Sequence[str], known: Known) -> _Whose:
    """Whose a line is that the client marked as quoted."""
    if not known or is_quoted_twice(line) or is_rule(line):
        return _Whose.QUOTED
    if not here:
        return _by_signs(line, known)
    return _by_words(line, here, so_far, known)


def _of_line_beside(line: str, here: Sequence[str], so_far: Sequence[str], known: Known) -> _Whose:
    """Whose an unmarked line is among marked ones; one that a client has wrapped goes on where ours stopped."""
    if is_rule(line) and not here:
        return _Whose.QUOTED
    if len(here) > SHORT:
        return _Whose.OURS if known.holds(here) else _Whose.WRITERS
    if here and known.continues(so_far, here):
        return _Whose.OURS
    return _Whose.EITHER if here and known.holds(here) else _Whose.WRITERS


def _by_words(line: str, here: Sequence[str], so_far: Sequence[str], known: Known) -> _Whose:
    # The label of one of our links may differ between the letter's text and its HTML; its target tells.
    if known.links_to_us(line) and known.speaks_like(here):
        return _Whose.OURS
    if len(here) > SHORT:
        return _Whose.OURS if known.holds(here) or known.resembles(here) else _Whose.WRITERS
    if known.continues(so_far, here):
        return _Whose.OURS
    return _Whose.EITHER if known.holds(here) or known.speaks_all(here) else _Whose.WRITERS


def _by_signs(line: str, known: Known) -> _Whose:
    """Whose a line without a word is: a thumb up that we never showed is an answer."""
    found = signs(line)
    if not found:
        return _Whose.QUOTED
    return _Whose.EITHER if known.shows_all(found) else _Whose.WRITERS


def _settled(judged: list[_Whose]) -> list[_Whose]:
    """Each line that could be either goes to the writer if the line before or after it does, else to us."""
    shown = [at for at, one in enumerate(judged) if one is not _Whose.NOBODYS]
    for order in (shown, shown[::-1]):
        for before, at in pairwise(order):
            if judged[at] is _Whose.EITHER and judged[before] is _Whose.WRITERS:
                judged[at] = _Whose.WRITERS
    return [_Whose.OURS if one is _Whose.EITHER else one for one in judged]


def _is_of_ours(quote: Sequence[str], whose: Sequence[_Whose], by_words: Sequence[bool]) -> bool:
    """Whether the quote is of a letter that we know: up to the last line of ours, more is ours than is not."""
    end = max((at + 1 for at, one in enumerate(whose) if one is _Whose.OURS), default=0)
    ours = sum(len(quote[at]) for at in range(end) if whose[at] is _Whose.OURS)
    return ours > sum(len(quote[at]) for at in range(end) if by_words[at])


def _unmarked(line: str) -> str:
    return bare(line) if is_quoted(line) else line


def _closed_up(lines: Sequence[str]) -> list[str]:
    """At most one blank line in a row, none outside."""
    inner = without_outer_blanks(lines)
    return [line for at, line in enumerate(inner) if line.strip() or inner[at - 1].strip()]


def _without_notice(lines: list[str]) -> list[str]:
    """Without the legal notice that a company's gateway adds at the very end, or a mailing list's footer."""
    kept = lines
    while kept:
        start = next((at for at in range(len(kept) - 1, -1, -1) if not kept[at].strip()), -1) + 1
        last = " ".join(kept[start:])
        if len(last) > _LEGAL_CAP:
            break
        is_footer = len(kept) - start <= _LIST_LINES and bool(_LIST.search(last) and links(last))
        if not is_footer and not is_rule(last) and len({match.casefold() for match in _LEGAL.findall(last)}) < 2:
            break
        kept = without_outer_blanks(kept[:start])
    return kept
