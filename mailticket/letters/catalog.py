"""PURE: the list of letters: who gets each, what becomes of it when a connection dies, what other machines are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mailticket.domain.decision import LetterKind, SendKind


class Reader(StrEnum):
    CUSTOMER = "customer"
    CSR = "csr"
    ADMIN = "admin"
    COLLEAGUE = "colleague"


#: MS-OXCMAIL 2.2.3.2.14: which answers of machines Exchange keeps back.
SUPPRESS = "X-Auto-Response-Suppress"
#: All but DR and NDR: we want to know that a letter to a CSR could not be delivered.
_NO_ANSWER = (SUPPRESS, "RN, NRN, OOF, AutoReply")
_REPLIED = ("Auto-Submitted", "auto-replied")  # RFC 3834 section 5
_GENERATED = ("Auto-Submitted", "auto-generated")
#: RFC 2076 discourages it, and yet many out-of-office programs honour nothing else.
_BULK = ("Precedence", "bulk")


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of letter. `headers` stand in every one of them; `takes_files`: what its entry brings is attached."""

    kind: LetterKind
    reader: Reader
    sends: SendKind
    purpose: str
    headers: tuple[tuple[str, str], ...] = ()
    takes_files: bool = False

    @property
    def files(self) -> tuple[str, str, str]:
        """Its templates: subject, text and HTML."""
        return f"{self.kind}.subject.txt", f"{self.kind}.txt", f"{self.kind}.html"


_LETTERS = (
    Letter(
        LetterKind.AUTO_REPLY,
        Reader.CUSTOMER,
        SendKind.AUTO,
        "we have your inquiry, its case ID, when to expect an answer",
        (_REPLIED, (SUPPRESS, "All"), _BULK),
    ),
    # A human's words: the customer's own out-of-office is worth knowing, so nothing is suppressed.
    Letter(LetterKind.CUSTOMER_REPLY, Reader.CUSTOMER, SendKind.HUMAN, "a CSR's answer", takes_files=True),
    # It passes on what a human wrote, and an absent CSR must be found out: RFC 3834 and Sieve's vacation (RFC 5230)
    # keep quiet at any Auto-Submitted, so this letter carries none. Its Message-ID and loop header stop loops.
    Letter(LetterKind.CSR_CASE, Reader.CSR, SendKind.NOTIFY, "the case, with all to act on it", takes_files=True),
    Letter(
        LetterKind.CSR_RECEIPT,
        Reader.CSR,
        SendKind.NOTIFY,
        "what a mail to the desk did, or why not and how to mend it",
        (_REPLIED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.HOLD_NOTICE,
        Reader.CSR,
        SendKind.NOTIFY,
        "an answer is held: why, and how to send or drop it",
        (_REPLIED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.BOUNCE_NOTICE,
        Reader.CSR,
        SendKind.NOTIFY,
        "a letter did not arrive, and what the server said",
        (_GENERATED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.DESK_CARD,
        Reader.CSR,
        SendKind.NOTIFY,
        "a CSR's open cases, what is due, and the free queue",
        (_REPLIED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.ESCALATION_NOTICE,
        Reader.CUSTOMER,
        SendKind.AUTO,
        "someone more experienced has the case",
        (_GENERATED, (SUPPRESS, "All"), _BULK),
    ),
    Letter(
        LetterKind.CASE_CLOSED,
        Reader.CUSTOMER,
        SendKind.AUTO,
        "the case is closed, and how to open it again",
        (_GENERATED, (SUPPRESS, "All"), _BULK),
    ),
    Letter(
        LetterKind.WATCHER_COPY,
        Reader.CUSTOMER,
        SendKind.AUTO,
        "a copy of a new entry, for somebody outside who watches the case",
        (_GENERATED, (SUPPRESS, "All"), _BULK),
    ),
    Letter(
        LetterKind.REMINDER,
        Reader.CSR,
        SendKind.NOTIFY,
        "a target or a due date comes near, or has passed",
        (_GENERATED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.RULE_NOTICE,
        Reader.COLLEAGUE,
        SendKind.NOTIFY,
        "a rule tells somebody of a case who is no CSR",
        (_GENERATED, _NO_ANSWER),
    ),
    Letter(
        LetterKind.ALARM,
        Reader.ADMIN,
        SendKind.NOTIFY,
        "what an admin should know now",
        (_GENERATED, _NO_ANSWER),
    ),
)

LETTERS: Mapping[LetterKind, Letter] = MappingProxyType({one.kind: one for one in _LETTERS})
