"""PURE: why an answer may not go out unseen: what its new words hold, and what happened meanwhile (PRODUCT.md 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mailticket.config.models import Holds
from mailticket.domain import case_id
from mailticket.domain.case import Entry, EntryKind, Words
from mailticket.law.discretion import personal
from mailticket.law.discretion.hold_words import ANNOUNCES_A_FILE

PREVIEW = "you asked for a preview"
ECHO = "it answers a receipt of ours, like your last ones, so your mail program may have written it by itself"

#: A case ID in running text: bracketed ones are found by `case_id.find`; bare ones need their dash.
_BARE_ID = re.compile(r"(?<![\w-])#?[0-9A-Za-z]{4}-[0-9A-Za-z]{4}(?![\w-])", re.ASCII)


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
    for one in personal.cards(answer.words.text):
        yield f"it shows what looks like a card number (ending in {one.value[-4:]})"


def _ibans(answer: Outgoing, _holds: Holds) -> Iterator[str]:
    for one in personal.ibans(answer.words.text):
        yield f"it shows a bank account, the IBAN {one.value[:4]}...{one.value[-2:]}"


def _own_patterns(answer: Outgoing, holds: Holds) -> Iterator[str]:
    for one in personal.patterned(answer.words.text, holds.personal_patterns):
        yield f"it shows personal data ({one.value[:2]}...)"


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
    (lambda holds: holds.personal_data, _own_patterns),
    (lambda holds: holds.missing_attachment, _missing_file),
    (_always, _other_cases),
    (lambda holds: holds.stale_answer, _moved_on),
)


def _is_telling(written: str) -> bool:
    """Digits alone, or letters alone, are more often a telephone number or two words than a case ID."""
    if written.startswith("#"):
        return True
    return any(one.isdigit() for one in written) and any(one.isalpha() for one in written)
