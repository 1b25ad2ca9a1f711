"""PURE: what is asked about a mail, and what the answer is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailticket.domain.case import Case, Words
from mailticket.domain.facts import Known
from mailticket.domain.intents import Intent
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import Actor
from mailticket.triage.thread import Thread
from mailticket.triage.writer.sender import Trust


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail means: who wrote, on which case, asking for what; `reason` tells how that was found."""

    by: Actor
    case: Case | None
    intents: tuple[Intent, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that the answers go by."""

    mail: InboundMail
    words: Words
    by: Actor
    thread: Thread
    known: Known
    trust: Trust
    now: datetime
    is_silent: bool
