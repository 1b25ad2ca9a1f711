"""PURE: the lines of a mail's text as clients write them: quote prefixes, rules, the marker, forwarded blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.mime.cutting.client_words import FORWARD_PREFIXES, FORWARDED

#: What the regular expressions of this package look at of one line; no client writes an attribution that long.
LINE_CAP = 2_000
_WRAPPED = 3  # lines that a client may break the marker into

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u200b\u200c\u2060\ufeff]")
_QUOTE_SIGNS = frozenset(">|")
_PREFIX = re.compile(r"^[ \t\xa0]{0,8}[>|][>| \t\xa0]{0,200}")
_BRACKET_TAIL = re.compile(r"^>\)?[ \t]{0,3}[^\W\d]{0,20}[ \t]{0,3}[:：][ \t]{0,9}$")
_OPENS_RULE = frozenset("_-=*─—–>")
_RULE = re.compile(r"^[\s>*]{0,20}[_\-=*─—–]{5,200}[\s*]{0,20}$")
_TITLED_RULE = re.compile(r"^[\s>*]{0,20}[-_─—–=]{2,40}\s{0,3}[^\-_─—–=\s][^\-_─—=]{1,58}[-_─—–=]{2,40}\s{0,20}$")
_DECORATION = " \t\xa0>|*_~#-–—―‐‑−=─.:[](){}<\"'“”„«»"

_FORWARD_BLOCK = re.compile(rf"^[\s>*_\-─—–=]{{0,60}}(?:{'|'.join(FORWARDED)})(?!\w).{{0,40}}$", re.IGNORECASE)
_TAGS_BEFORE_PREFIX = re.compile(r"^\s*(?:(?:\[[^\]]{1,40}\]|\*{3}[^*]{1,40}\*{3}|\{[^}]{1,40}\})\s*){0,5}")
_FORWARD_PREFIX = re.compile(rf"(?:{'|'.join(FORWARD_PREFIXES)})(?:\[\d{{1,3}}\])?\s?[:：]", re.IGNORECASE)


def split(text: str) -> list[str]:
    """The lines of a text, line ends unified, characters that nobody sees left out."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")


def is_quoted(line: str) -> bool:
    """Whether a client marked the line as quoted (> or |)."""
    return line[:9].lstrip(" \t\xa0")[:1] in _QUOTE_SIGNS


def closes_bracket(lines: Sequence[str], at: int) -> bool:
    """Whether a line that looks quoted ends an address that the line above it has opened: "<carla@x.example", ">:"."""
    above = lines[at - 1][-LINE_CAP:] if at else ""
    return above.rfind("<") > above.rfind(">") and _BRACKET_TAIL.match(lines[at]) is not None


def is_quoted_twice(line: str) -> bool:
    """Whether the line was quoted already in the mail that is quoted (> >)."""
    match = _PREFIX.match(line[:LINE_CAP])
    return match is not None and sum(match[0].count(sign) for sign in _QUOTE_SIGNS) > 1


def bare(line: str) -> str:
    """The line without its quote prefix, however long it is: it may hold an answer."""
    prefix = _PREFIX.match(line) if is_quoted(line) else None
    return line[prefix.end() :].strip() if prefix else line.strip()


def is_blank(line: str) -> bool:
    return not line.strip(" \t\xa0>|*_")


def is_rule(line: str) -> bool:
    """A line of dashes, or dashes around a title: "-----Original Message-----"."""
    shown = line[:LINE_CAP]
    if shown.lstrip()[:1] not in _OPENS_RULE:
        return False
    return _RULE.match(shown) is not None or _TITLED_RULE.match(shown) is not None


def opens_forward(line: str) -> bool:
    """Whether the line says that the mail below it is passed on."""
    return _FORWARD_BLOCK.match(line[:LINE_CAP]) is not None


def is_forward_subject(subject: str) -> bool:
    """Whether the outermost prefix of a subject is a forward's: "[EXTERNAL] WG: x" is, "AW: WG: x" is not."""
    plain = subject[:LINE_CAP]
    tags = _TAGS_BEFORE_PREFIX.match(plain)
    return _FORWARD_PREFIX.match(plain, tags.end() if tags else 0) is not None


def find_marker(lines: Sequence[str], marker: str) -> tuple[int, int] | None:
    """Where the marker begins and the first line below it; it may be quoted, starred, dashed or wrapped."""
    wanted = marker.casefold().split()
    for at, line in enumerate(lines):
        if wanted[0] not in line[:LINE_CAP].casefold():
            continue
        shown = _undecorated(line)
        for below in range(at + 1, min(at + _WRAPPED, len(lines)) + 1):
            if shown == wanted:
                return at, below
            if below < len(lines):
                shown += _undecorated(lines[below])
    return None


def _undecorated(line: str) -> list[str]:
    return line[:LINE_CAP].strip(_DECORATION).casefold().split()


def without_outer_blanks(lines: Sequence[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])
