"""PURE: what a letter is written from: the case and its entries, as far as its reader may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailticket.config.models import Config, Csr, Service
from mailticket.domain.case import Case, Entry, PublicEntry
from mailticket.domain.people import Participant


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when a letter is written. `language` and `zone` are its reader's; times are shown in them."""

    config: Config
    service: Service
    now: datetime
    zone: ZoneInfo
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ForCustomer:
    """A letter to one outside person. `entries` are those that `domain.case.public` lets this viewer see.

    `brings` is the number of the entry that the letter brings (0: none). `csr` signs; None means the service does.
    `may_echo`: the customer's own subject may be shown, since they are proven or known. `answer_by` is a promise.
    """

    case: Case
    viewer: Participant
    entries: Sequence[PublicEntry] = ()
    brings: int = 0
    csr: Csr | None = None
    may_echo: bool = True
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForCsr:
    """A letter to a CSR. `case` is None where a mail belonged to none; `entries` may be all of the case's.

    `commands` are (usage, what it does), shown as help. `earlier` are the customer's other cases, newest first.
    `away` holds (role, CSR key). `extra` is what `domain.decision.Send` carries for this letter:

    csr_case        why
    csr_receipt     done: list of sentences | problem, fix, text | commands
    hold_notice     why, text, html
    bounce_notice   recipient, server_said, is_permanent, bounced_letter
    """

    csr: Csr
    case: Case | None
    entries: Sequence[Entry] = ()
    brings: int = 0
    commands: Sequence[tuple[str, str]] = ()
    earlier: Sequence[Case] = ()
    away: frozenset[tuple[str, str]] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=dict)
