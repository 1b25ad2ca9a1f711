"""PURE: personal data that can be told by its form: card numbers, bank accounts, telephone numbers, own patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: ISO/IEC 7812-1: 13 to 19 digits; people group them by blanks or dashes.
_CARD = re.compile(r"(?<![\w#-])\d(?:[ \u00a0-]?\d){12,18}(?![\w-]|[ \u00a0]\d)", re.ASCII)
#: ISO 13616: country, two check digits, then 11 to 30 letters and digits, often in groups of four.
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])", re.ASCII)
_IBAN_LENGTHS = range(15, 35)
#: ITU-T E.164: a country code behind + or 00, or a national number behind 0; 8 to 15 digits, grouped as people do.
_PHONE = re.compile(r"(?<![\w+/.-])(?:\+|0)\(?\d(?:[ \u00a0()/.-]{0,3}\d){6,14}(?![\w/-]|\.\d)", re.ASCII)
_PHONE_DIGITS = range(8, 16)
_A_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}", re.ASCII)
_BLANKS = re.compile(r"[ \u00a0-]")

#: What stands for any digit and for any letter in an admin's own pattern; all else stands for itself.
_DIGIT, _LETTER = "#", "@"


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text: from `start` to before `end`. `value` is what was found, without blanks and dashes."""

    kind: str
    start: int
    end: int
    value: str


def cards(text: str) -> Iterator[Found]:
    """Card numbers whose check digit is right."""
    for match in _CARD.finditer(text):
        digits = _BLANKS.sub("", match[0])
        if _is_card(digits):
            yield Found("card number", match.start(), match.end(), digits)


def ibans(text: str) -> Iterator[Found]:
    """Bank accounts whose check digits are right."""
    for match in _IBAN.finditer(text):
        written = _longest_iban(match[0])
        if written:
            account = _BLANKS.sub("", written).upper()
            yield Found("IBAN", match.start(), match.start() + len(written), account)


def phones(text: str) -> Iterator[Found]:
    """What looks like a telephone number."""
    for match in _PHONE.finditer(text):
        digits = "".join(one for one in match[0] if one.isdigit())
        if len(digits) in _PHONE_DIGITS and not _A_DAY.match(match[0]):
            yield Found("telephone number", match.start(), match.end(), digits)


def patterned(text: str, patterns: Sequence[str]) -> Iterator[Found]:
    """What fits one of the admin's own patterns, such as "KD-######": # is a digit, @ a letter."""
    for pattern in patterns:
        for match in re.finditer(_compiled(pattern), text, re.IGNORECASE):
            yield Found("own pattern", match.start(), match.end(), match[0])


def find(text: str, patterns: Sequence[str] = ()) -> list[Found]:
    """Everything of it in a text, in order; of two that overlap the one that begins first, then the longer."""
    found = [*cards(text), *ibans(text), *patterned(text, patterns), *phones(text)]
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _compiled(pattern: str) -> str:
    """As a regular expression in which nothing repeats, so that no text takes long."""
    kinds = {_DIGIT: r"\d", _LETTER: r"[^\W\d_]"}
    return r"(?<!\w)" + "".join(kinds.get(one, re.escape(one)) for one in pattern) + r"(?!\w)"


def _is_card(digits: str) -> bool:
    """Luhn's algorithm (ISO/IEC 7812-1 annex B). Cards begin with 2 to 6; a row of one digit is none."""
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    is_valid = sum(number // 10 + number % 10 for number in doubled) % 10 == 0
    return is_valid and digits[0] in "23456" and len(set(digits)) > 1


def _longest_iban(written: str) -> str:
    """The IBAN that this begins with, as it is written, or ""; words that follow it may look like more of it."""
    ends = [match.start() for match in _BLANKS.finditer(written)]
    for end in (len(written), *reversed(ends)):
        account = _BLANKS.sub("", written[:end]).upper()
        if len(account) in _IBAN_LENGTHS and _is_iban(account):
            return written[:end]
    return ""


def _is_iban(account: str) -> bool:
    """Mod 97 of the number that the letters stand for, the first four moved to the end (ISO 7064)."""
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1
