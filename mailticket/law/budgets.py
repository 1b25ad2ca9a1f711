"""PURE: how much automatic mail may go out: one table of budgets. What is over budget is not sent; the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailticket.config.models import Service
from mailticket.domain.decision import Alarm, LetterKind, Send
from mailticket.domain.facts import Known

#: Receipts and hold notices to one CSR in an hour: more than anybody reads, and the end of every loop.
NOTICES_PER_HOUR = 120


@dataclass(frozen=True, slots=True)
class Budget:
    """`spent` counts what went out already, against `limit`; `words` tell an admin, who is rung for if `rings`."""

    name: str
    letters: frozenset[LetterKind]
    spent: Callable[[Send, Known, Service], int]
    limit: Callable[[Service], int]
    words: str
    rings: bool = True


@dataclass(frozen=True, slots=True)
class Exceeded:
    """Why a letter is not sent, and whom to tell."""

    why: str
    alarm: Alarm | None


_TO_CUSTOMERS = frozenset(
    {LetterKind.AUTO_REPLY, LetterKind.ESCALATION_NOTICE, LetterKind.CASE_CLOSED, LetterKind.WATCHER_COPY}
)
_NOTICES = frozenset({LetterKind.CSR_RECEIPT, LetterKind.HOLD_NOTICE})

#: PRODUCT.md section 9. The first one that is used up speaks.
BUDGETS = (
    Budget(
        "ack-budget",
        frozenset({LetterKind.AUTO_REPLY}),
        lambda letter, known, _service: known.acks_today.get(letter.to.budget_key, 0),
        lambda service: service.limits.ack_per_address,
        "{to} had enough of them in 24 hours",
        rings=False,
    ),
    Budget(
        "auto-budget",
        _TO_CUSTOMERS,
        lambda _letter, known, service: known.auto_this_hour.get(service.name, 0),
        lambda service: service.limits.auto_budget,
        "the service's budget for automatic mail ({limit} an hour) is used up",
    ),
    Budget(
        "notice-budget",
        _NOTICES,
        lambda letter, known, _service: known.notices_this_hour.get(letter.csr, 0),
        lambda _service: NOTICES_PER_HOUR,
        "{to} had {limit} receipts in an hour, which looks like a loop or a forger",
    ),
)


def exceeded(letter: Send, known: Known, service: Service) -> Exceeded | None:
    """The budget that this letter would overdraw, if there is one."""
    for one in BUDGETS:
        limit = one.limit(service)
        if letter.letter in one.letters and one.spent(letter, known, service) >= limit:
            why = one.words.format(to=letter.to.address, limit=limit)
            owner = letter.csr or service.name
            text = f"{service.name}: {why}. No more of it goes out for now; everything else goes on."
            return Exceeded(why, Alarm(f"{one.name}:{owner}", text) if one.rings else None)
    return None
