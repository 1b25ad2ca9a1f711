"""PURE: what a writer adds below or between the lines of the mail they answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.mime.known import Known
from mailticket.mime.lines import bare, is_blank, is_quoted, is_rule, without_outer_blanks
from mailticket.mime.words import links, words

#: Words of which a company's legal notice below the quote holds at least two; an answer hardly one.
_LEGAL = re.compile(
    r"\b(?:confidential|intended (?:only )?(?:recipient|solely|for)|privileged|disclaimer|unauthori[sz]ed|disclosure"
    r"|delete (?:it|this)|in error|virus(?:es)?|vertraulich\w*|rechtlich geschützt\w*|irrtümlich|vernichten|unbefugt\w*"
    r"|confidentiel\w*|destinataire|par erreur|confidencial\w*|destinatario|por error|riservat\w*|per errore"
    r"|vertrouwelijk\w*|geadresseerde|registered office|amtsgericht|handelsregister|geschäftsführer)\b",
    re.IGNORECASE,
)
_LEGAL_CAP = 20_000


def within(quote: Sequence[str], known: Known) -> list[str]:
    """The lines of the writer from the quote's first line on; empty if all of it is quoted.

    Where the client marks quoted lines, every unmarked line that is not ours is an answer. Where it does not
    (Outlook), a line is an answer only if it is clearly not from what we sent; if that is unknown, none is.
    """
    if any(is_quoted(line) for line in quote[:3]):
        found = _between_marked(quote, known)
    elif known:
        found = _between_unmarked(quote, known)
    else:
        found = []
    return _without_notice(_closed_up(found))


def _between_marked(quote: Sequence[str], known: Known) -> list[str]:
    found: list[str] = []
    before: list[str] = []
    for line in quote:
        here = words(bare(line))
        if is_blank(line):
            found.append("")
        elif not is_quoted(line) and not known.holds(here, before):
            found.append(line)
        before = here
    return found


def _between_unmarked(quote: Sequence[str], known: Known) -> list[str]:
    found: list[str] = []
    before: list[str] = []
    for line in quote:
        here = words(line)
        if is_blank(line):
            found.append("")
        elif not is_rule(line) and not is_quoted(line) and not _is_ours(line, here, before, known):
            found.append(line)
        before = here or before
    return found


def _is_ours(line: str, here: Sequence[str], before: Sequence[str], known: Known) -> bool:
    if not here:
        return known.links_to_us(line) or not links(line)
    # The label of one of our links may differ between the letter's text and its HTML; its target tells.
    return known.holds(here, before) or known.resembles(here) or (known.links_to_us(line) and known.speaks_like(here))


def _closed_up(lines: Sequence[str]) -> list[str]:
    """At most one blank line in a row, none outside."""
    inner = without_outer_blanks(lines)
    return [line for at, line in enumerate(inner) if line.strip() or inner[at - 1].strip()]


def _without_notice(lines: list[str]) -> list[str]:
    """Without the legal notice that a company's gateway adds at the very end."""
    kept = lines
    while kept:
        start = next((at for at in range(len(kept) - 1, -1, -1) if not kept[at].strip()), -1) + 1
        last = " ".join(kept[start:])[:_LEGAL_CAP]
        if not is_rule(last) and len({match.casefold() for match in _LEGAL.findall(last)}) < 2:
            break
        kept = without_outer_blanks(kept[:start])
    return kept
