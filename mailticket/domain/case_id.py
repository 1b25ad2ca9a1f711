"""The case ID: made, checked, found in a subject however clients rewrote it, and cut from one."""

from __future__ import annotations

import re
from collections.abc import Callable

#: Crockford's base32: no I, L, O, U. crockford.com/base32.html
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {letter: value for value, letter in enumerate(LETTERS)} | {"O": 0, "I": 1, "L": 1}
_LENGTH = 8

# Linear: every alternative starts with another character, every repetition is bounded.
# Three blanks are what a folded line leaves where nobody unfolded it (CR, LF, space).
_IN_SUBJECT = re.compile(r"[\[({<]\s{0,3}#\s{0,3}([0-9A-Za-z]{4})\s{0,3}[-_ ]?\s{0,3}([0-9A-Za-z]{4})\s{0,3}[\])}>]")
_BARE = re.compile(r"(?<![0-9A-Za-z])#?([0-9A-Za-z]{4})[-_ ]?([0-9A-Za-z]{4})(?![0-9A-Za-z])")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_BRACKETS = str.maketrans("［］【】「」〔〕〚〛（）｛｝＜＞＃", "[][][][][](){}<>#")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
#: Full-width letters and digits as their ASCII twins.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_PLAIN = {**_INVISIBLE, **_BRACKETS, **_DASHES, **_FULL_WIDTH}
_BLANK = re.compile(r"\s")
_SUBJECT_CAP = 2000


def check_letter(seven: str) -> str:
    """The last letter: Luhn's algorithm mod 32, which catches one wrong letter and most swapped neighbours."""
    total = 0
    for position, letter in enumerate(reversed(seven)):
        doubled = _VALUE[letter] * (2 if position % 2 == 0 else 1)
        total += doubled // 32 + doubled % 32
    return LETTERS[-total % 32]


def make(randbelow: Callable[[int], int]) -> str:
    """A new case ID such as "7F3K-9QX6". `randbelow(n)` gives a uniform integer in [0, n)."""
    seven = "".join(LETTERS[randbelow(32)] for _ in range(_LENGTH - 1))
    whole = seven + check_letter(seven)
    return f"{whole[:4]}-{whole[4:]}"


def parse(written: str) -> str | None:
    """The case ID that a person typed, with or without brackets, # and dash; None if it is none."""
    match = _BARE.fullmatch(_unified(written).strip().strip("[]#() "))
    return _checked(match[1] + match[2]) if match else None


def find(subject: str) -> list[str]:
    """Every case ID in a subject, in order, each once: "Re: [EXTERNAL] [#7F3K-9QX6] x" gives ["7F3K-9QX6"]."""
    found = (_checked(match[1] + match[2]) for match in _IN_SUBJECT.finditer(_unified(subject)))
    return list(dict.fromkeys(one for one in found if one))


def cut(subject: str) -> str:
    """The subject without any case ID, white space closed up; all else stands as it was written."""
    named = [one for one in _IN_SUBJECT.finditer(_unified(subject)) if _checked(one[1] + one[2])]
    if not named:
        return " ".join(subject.split())
    places = [place for place, letter in enumerate(subject[:_SUBJECT_CAP]) if ord(letter) not in _INVISIBLE]
    kept: list[str] = []
    end = 0
    for match in named:
        kept.append(subject[end : places[match.start()]])
        end = places[match.end() - 1] + 1
    kept.append(subject[end:])
    return " ".join(" ".join(kept).split())


def _checked(eight: str) -> str | None:
    try:
        plain = "".join(LETTERS[_VALUE[letter]] for letter in eight.upper())
    except KeyError:
        return None
    return f"{plain[:4]}-{plain[4:]}" if check_letter(plain[:7]) == plain[7] else None


def _unified(subject: str) -> str:
    """Full-width and odd brackets, dashes and blanks in their plain form, one for one; invisible characters gone."""
    return _BLANK.sub(" ", subject[:_SUBJECT_CAP].translate(_PLAIN))
