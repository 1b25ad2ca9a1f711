"""PURE: why an answer may not go out unseen: what its new words hold, and what happened meanwhile (PRODUCT.md 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mailticket.config.models import Holds
from mailticket.domain import case_id
from mailticket.domain.case import Entry, EntryKind, Words
from mailticket.law.hold_words import ANNOUNCES_A_FILE

PREVIEW = "you asked for a preview"
ECHO = "it answers a receipt of ours, like your last ones, so your mail program may have written it by itself"

#: ISO/IEC 7812-1: 13 to 19 digits; people group them by blanks or dashes.
_CARD = re.compile(r"(?<![\w#-])\d(?:[ \u00a0-]?\d){12,18}(?![\w-]|[ \u00a0]\d)", re.ASCII)
#: ISO 13616: country, two check digits, then 11 to 30 letters and digits, often in groups of four.
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])", re.ASCII)
_IBAN_LENGTHS = range(15, 35)
#: A case ID in running text: bracketed ones are found by `case_id.find`; bare ones need their dash.
_BARE_ID = re.compile(r"(?<![\w-])#?[0-9A-Za-z]{4}-[0-9A-Za-z]{4}(?![\w-])", re.ASCII)
_BLANKS = re.compile(r"[ \u00a0-]")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer on its way: its new words, whose it is, for which case. `news` is what customers and colleagues added
    since the letter that is answered was written; `name_of` a CSR's name by their key."""

    words: Words
    csr: str
    case: str
    news: Sequence[Entry]
    name_of: Callable[[str], str]


def reasons(answer: Outgoing, holds: Holds) -> tuple[str, ...]:
    """Every reason to hold it, in words for the CSR; empty if it may go out."""
    found = (why for is_wanted, check in CHECKS if is_wanted(holds) for why in check(answer, holds))
    return tuple(dict.fromkeys(found))


def _banned_words(answer: Outgoing, holds: Holds) -> Iterator[str]:
    for word in holds.banned_words:
        pattern = r"\s+".join(re.escape(part) for part in word.split())
        if pattern and re.search(rf"(?<!\w){pattern}(?!\w)", answer.words.text, re.IGNORECASE):
            yield f'it says "{word}", which is on the list of banned words'


def _card_numbers(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    for match in _CARD.finditer(answer.words.text):
        digits = _BLANKS.sub("", match[0])
        if _is_card(digits):
            yield f"it shows what looks like a card number (ending in {digits[-4:]})"


def _ibans(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    for match in _IBAN.finditer(answer.words.text):
        account = _longest_iban(match[0])
        if account:
            yield f"it shows a bank account, the IBAN {account[:4]}...{account[-2:]}"


def _missing_file(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    if answer.words.files:
        return
    match = ANNOUNCES_A_FILE.search(answer.words.text)
    if match:
        yield f'it says "{" ".join(match[0].split())}", but no file is attached'


def _other_cases(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    for line in answer.words.text.splitlines():
        bare = (match[0] for match in _BARE_ID.finditer(line) if _is_telling(match[0]))
        named = [*case_id.find(line), *(found for one in bare if (found := case_id.parse(one)))]
        for one in named:
            if one != answer.case:
                yield f"it names another case, {one}"


def _moved_on(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    for entry in answer.news:
        if entry.kind is EntryKind.CUSTOMER_MAIL:
            yield f"{entry.author.shown} wrote meanwhile (entry {entry.number})"
        elif entry.kind is EntryKind.REPLY and not entry.held and entry.csr != answer.csr:
            yield f"{answer.name_of(entry.csr) or entry.author.shown} answered meanwhile (entry {entry.number})"


def _always(_holds: Holds) -> bool:
    return True


#: What is looked at, and which key of [service.holds] wants it.
CHECKS: tuple[tuple[Callable[[Holds], bool], Callable[[Outgoing, Holds], Iterator[str]]], ...] = (
    (_always, _banned_words),
    (lambda holds: holds.personal_data, _card_numbers),
    (lambda holds: holds.personal_data, _ibans),
    (lambda holds: holds.missing_attachment, _missing_file),
    (_always, _other_cases),
    (lambda holds: holds.stale_answer, _moved_on),
)


def _is_card(digits: str) -> bool:
    """Luhn's algorithm (ISO/IEC 7812-1 annex B). Cards begin with 2 to 6; a row of one digit is none."""
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    is_valid = sum(number // 10 + number % 10 for number in doubled) % 10 == 0
    return is_valid and digits[0] in "23456" and len(set(digits)) > 1


def _longest_iban(written: str) -> str:
    """The IBAN that this begins with, or ""; words that follow it may look like more of it."""
    groups = re.split(r"[ \u00a0-]", written)
    for count in range(len(groups), 0, -1):
        account = "".join(groups[:count]).upper()
        if len(account) in _IBAN_LENGTHS and _is_iban(account):
            return account
    return ""


def _is_iban(account: str) -> bool:
    """Mod 97 of the number that the letters stand for, the first four moved to the end (ISO 7064)."""
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1


def _is_telling(written: str) -> bool:
    """Digits alone, or letters alone, are more often a telephone number or two words than a case ID."""
    if written.startswith("#"):
        return True
    return any(one.isdigit() for one in written) and any(one.isalpha() for one in written)
