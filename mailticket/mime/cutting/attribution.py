"""PURE: what a mail client writes between an answer and the mail it quotes ("On … wrote:", From, Sent, To, Subject).

With the place of the quote known, language matters little: an attribution names us, or carries a date and ends
in a colon; a header block has three or more labelled lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.mime.cutting.client_words import BANNERS, FROM, ON, WROTE, WROTE_UNSPACED
from mailticket.mime.cutting.lines import LINE_CAP, bare, closes_bracket, is_blank, is_quoted, is_rule, opens_forward

_NEAR = 10  # lines above the quote within which a header block may end: a gateway's banner may stand between
_BLOCK = 14  # lines that a header block may have, wrapped recipients included
_SPREAD = 4  # lines that an attribution may have
_LENGTH = 500  # characters that an attribution may have

_LABELLED = re.compile(r"^\*{0,2}([^\s:：*>][^:：*\n]{0,28}?)\*{0,2}[\s\xa0]{0,2}\*{0,2}[:：](?![/\d])")
_ADDRESS = re.compile(r"[^\s<>\"(),;:]{1,64}@[^\s<>\"(),;:]{1,255}")
_TIME = re.compile(r"\b\d{1,2}\s?[:.h]\s?\d{2}\b|\d{1,2}\s?(?:時|点|시)|\b\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d{1,2}\s?[月월]|\b\d{1,2}\.? [^\W\d]{3,10}\b"
)
_COLON = re.compile(r"[:：;][\s*_]{0,5}$")
_WROTE = "|".join(map(re.escape, WROTE))
_VERB = re.compile(rf"(?<!\w)(?:{_WROTE})(?!\w)|{'|'.join(WROTE_UNSPACED)}", re.IGNORECASE)
_ENDS_IN_VERB = re.compile(rf"(?<!\w)(?:{_WROTE})[\s*_]{{0,5}}$", re.IGNORECASE)
_BANNER = re.compile("|".join(BANNERS), re.IGNORECASE)
_SHORT_RULE = re.compile(r"^\s{0,8}[=_]{2,4}\s{0,8}$")  # too short for a rule elsewhere
_ENDS = (*":：;", *WROTE)
_LAST_LETTERS = frozenset(end[-1] for end in _ENDS)
_OPENS = re.compile(rf"^[\s*>]{{0,8}}(?:(?:{'|'.join(ON)})\b|\d|<?[^\s@]{{1,64}}@|\")", re.IGNORECASE)


def end_of_answer(lines: Sequence[str], quote_at: int, us: Sequence[str]) -> int:
    """The number of lines above the quote that are the writer's own; `quote_at` is the first line of the quote.

    `us` are our addresses and names, case folded; empty if the letter that was answered is not known.
    """
    end = quote_at
    if quote_at < len(lines) and is_quoted(lines[quote_at]):
        while end and (is_quoted(lines[end - 1]) or is_blank(lines[end - 1])) and not closes_bracket(lines, end - 1):
            end -= 1
    end = _without_blanks(lines, end)
    start = _header_block(lines, end, us)
    if start is None:
        start = _sentence(lines, end, us)
    if start is None:
        start = _sentence(lines, _without_banner(lines, end), us)
    return without_rule(lines, end if start is None else start)


def without_rule(lines: Sequence[str], end: int) -> int:
    """The same without the blank lines and the rule ("-----Original Message-----") that end it."""
    end = _without_blanks(lines, end)
    has_rule = bool(end) and (is_rule(lines[end - 1]) or _SHORT_RULE.match(lines[end - 1]) is not None)
    return _without_blanks(lines, end - 1) if has_rule else end


def is_forwarded_at(lines: Sequence[str], quote_at: int) -> bool:
    """Whether the quote that begins here is a mail passed on: its client says so just above."""
    return any(opens_forward(line) for line in lines[max(0, quote_at - _BLOCK) : quote_at + 1])


def first_announcement(lines: Sequence[str]) -> int | None:
    """The first line with which a client announces the mail that is answered, without knowing whom it names."""
    ends = [_may_end_sentence(line) for line in lines]
    for at, line in enumerate(lines):
        may_be_block = ":" in line or "：" in line
        may_be_sentence = any(ends[at : at + _SPREAD])
        if not (may_be_block or may_be_sentence) or is_quoted(line):
            continue
        if (may_be_block and _opens_block(lines, at)) or (may_be_sentence and _opens_sentence(lines, at)):
            return at
    return None


def _may_end_sentence(line: str) -> bool:
    """Whether an attribution may end with this line; asked of every line, so it must be quick."""
    shown = line[-LINE_CAP:].rstrip(" \t\xa0*_")
    return shown[-1:].casefold() in _LAST_LETTERS and shown.casefold().endswith(_ENDS)


def _opens_block(lines: Sequence[str], at: int) -> bool:
    """Whether a client's header block begins at this line, without knowing whom it names."""
    if not _label(bare(lines[at])) or (at and _label(bare(lines[at - 1]))):
        return False
    labelled: list[str] = []
    for line in lines[at : at + _BLOCK]:
        shown = bare(line)
        if _label(shown):
            labelled.append(shown)
        elif not shown or (len(labelled) < 2 and not shown.startswith("<")):
            break
    senders = {_label(line) for line in labelled[:4]} & FROM
    return len(labelled) >= 3 and bool(senders) and _looks_like_mail(" ".join(labelled))


def _opens_sentence(lines: Sequence[str], at: int) -> bool:
    """Whether an attribution begins at this line, without knowing whom it names."""
    if not _OPENS.match(lines[at][:LINE_CAP]) and not _VERB.search(lines[at][:LINE_CAP]):
        return False
    for length in range(1, _SPREAD + 1):
        part = [bare(line) for line in lines[at : at + length]]
        whole = " ".join(part)
        if len(part) < length or not part[-1] or len(whole) > _LENGTH:
            return False
        if _COLON.search(whole) or _ENDS_IN_VERB.search(whole):
            named, dated = bool(_ADDRESS.search(whole)), bool(_DATE.search(whole))
            return (named and dated) or (bool(_VERB.search(whole)) and (named or dated))
    return False


def _header_block(lines: Sequence[str], end: int, us: Sequence[str]) -> int | None:
    """Where the header block begins that ends at most a banner's length above `end`."""
    for bottom in range(end, max(end - _NEAR, 2), -1):
        if bottom < end and not is_blank(lines[bottom]):
            continue
        start = _block_ending(lines, bottom, us)
        if start is not None:
            return start
    return None


def _block_ending(lines: Sequence[str], bottom: int, us: Sequence[str]) -> int | None:
    """Where the header block begins whose last line stands just above `bottom`."""
    for may_skip_blanks in (False, True):
        top = _top_of_block(lines, bottom, may_skip_blanks)
        block = [bare(line) for line in lines[top:bottom]]
        begins = _begins(block, us)
        if begins is not None and (not may_skip_blanks or _ADDRESS.search(block[begins]) or _names(us, block[begins])):
            return top + begins
    return None


def _begins(block: Sequence[str], us: Sequence[str]) -> int | None:
    """Which of these lines is a header block's first; above it may stand labelled lines of the writer."""
    labelled = [at for at, line in enumerate(block) if _label(line)]
    if len(labelled) < 3 or not _looks_like_mail(" ".join(block)):
        return None
    from_sender = [at for at in labelled if _label(block[at]) in FROM]
    named = [at for at in labelled if _names(us, block[at])]
    complete = [at for at in (*from_sender, *named) if sum(other >= at for other in labelled) >= 3]
    if complete:
        return next((at for at in reversed(from_sender) if at in complete), complete[-1])
    return labelled[0] if from_sender else None


def _top_of_block(lines: Sequence[str], bottom: int, may_skip_blanks: bool) -> int:
    """The first line that can belong to a block; a blank line between labelled lines may be a converter's."""
    top = bottom
    while top and bottom - top < 2 * _BLOCK and not is_rule(lines[top - 1]):
        if is_blank(lines[top - 1]):
            is_inside = 1 < top < bottom and bool(_label(bare(lines[top - 2])) and _label(bare(lines[top])))
            if not (may_skip_blanks and is_inside):
                break
        top -= 1
    return top


def _label(line: str) -> str:
    match = _LABELLED.match(line[:LINE_CAP])
    return match[1].strip(" *\xa0").casefold() if match else ""


def _looks_like_mail(text: str) -> bool:
    return bool(_ADDRESS.search(text) or _DATE.search(text))


def _sentence(lines: Sequence[str], end: int, us: Sequence[str]) -> int | None:
    """Where the attribution begins whose last line stands just above `end`."""
    found = None
    for length in range(1, min(_SPREAD, end) + 1):
        if is_blank(lines[end - length]):
            break
        part = [bare(line) for line in lines[end - length : end]]
        if sum(map(len, part)) > _LENGTH:
            break
        opens = bool(_OPENS.match(part[0])) and not _is_broken_address(part[0])
        if found is not None and not (opens and _DATE.search(part[0]) and part[0][-1:] not in ".!?"):
            break
        if _is_attribution(" ".join(part), us):
            found = end - length
            if opens:
                break
    return found


def _without_banner(lines: Sequence[str], end: int) -> int:
    """The same without the paragraph just above, if a gateway wrote it to warn of mail from outside."""
    start = end
    while start and end - start < _SPREAD and not is_blank(lines[start - 1]):
        start -= 1
    is_banner = _BANNER.search(" ".join(line[:LINE_CAP] for line in lines[start:end])) is not None
    return _without_blanks(lines, start) if is_banner else end


def _is_broken_address(line: str) -> bool:
    """Whether the line begins inside the brackets of an address that was wrapped."""
    closes = line.find(">")
    return closes >= 0 and "<" not in line[:closes]


def _is_attribution(whole: str, us: Sequence[str]) -> bool:
    date, time = bool(_DATE.search(whole)), bool(_TIME.search(whole))
    if not _COLON.search(whole):
        return _names(us, whole) and date and (bool(_VERB.search(whole)) or whole.rstrip("* ").endswith(">"))
    if _VERB.search(whole):
        return date or time or bool(_ADDRESS.search(whole)) or _names(us, whole)
    named = _names(us, whole) or bool(_ADDRESS.search(whole))
    return (named and (date or time)) or (not us and date and time)


def _names(us: Sequence[str], text: str) -> bool:
    folded = text.casefold()
    return any(name in folded for name in us)


def _without_blanks(lines: Sequence[str], end: int) -> int:
    while end and is_blank(lines[end - 1]):
        end -= 1
    return end
