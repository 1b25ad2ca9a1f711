"""PURE: how much automatic mail may go out: one table of budgets. What is over budget is not sent; the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailticket.config.models import Service
from mailticket.domain.decision import NOTICES, Alarm, LetterKind, Send
from mailticket.domain.facts import Known
from mailticket.domain.people import Echo

#: Receipts and hold notices to one CSR in an hour: more than anybody reads, and the end of every loop.
NOTICES_PER_HOUR = 120
#: The same words to one CSR in an hour, where their mails look like a mail program's answers to them.
ECHOES_PER_HOUR = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """`spent` counts what went out already, against `limit`; `words` tell an admin, who is rung for if `rings`.

    `for_echoes`: it is kept only where the mail looks like a machine's answer to our receipts.
    """

    name: str
    letters: frozenset[LetterKind]
    spent: Callable[[Send, Known, Service], int]
    limit: Callable[[Service], int]
    words: str
    rings: bool = True
    for_echoes: bool = False


@dataclass(frozen=True, slots=True)
class Exceeded:
    """Why a letter is not sent, by which budget, and whom to tell."""

    why: str
    budget: str
    alarm: Alarm | None


_TO_CUSTOMERS = frozenset(
    {LetterKind.AUTO_REPLY, LetterKind.ESCALATION_NOTICE, LetterKind.CASE_CLOSED, LetterKind.WATCHER_COPY}
)

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
        NOTICES,
        lambda letter, known, _service: known.notices_this_hour.get(letter.csr, 0),
        lambda _service: NOTICES_PER_HOUR,
        "{to} had {limit} receipts in an hour, which looks like a loop or a forger",
    ),
    Budget(
        "echo-budget",
        NOTICES,
        lambda letter, known, _service: known.told_this_hour.get((letter.csr, letter.reason), 0),
        lambda _service: ECHOES_PER_HOUR,
        "{to} was told the same {limit} times in an hour, and it looks as if their mail program answers by itself",
        for_echoes=True,
    ),
)


def exceeded(letter: Send, known: Known, service: Service, echo: Echo = Echo.NONE) -> Exceeded | None:
    """The budget that this letter would overdraw, if there is one. `echo` is what the mail looks like that asks for it,
    where it comes from the one whom the letter is for."""
    for one in BUDGETS:
        if one.for_echoes and not _is_echoed(letter, echo):
            continue
        limit = one.limit(service)
        if letter.letter in one.letters and one.spent(letter, known, service) >= limit:
            why = one.words.format(to=letter.to.address, limit=limit)
            owner = letter.csr or service.name
            text = f"{service.name}: {why}. No more of it goes out for now; everything else goes on."
            return Exceeded(why, one.name, Alarm(f"{one.name}:{owner}", text) if one.rings else None)
    return None


def is_last_echo(letter: Send, known: Known, echo: Echo) -> bool:
    """Is this the last time for now that the CSR is told so?"""
    told = known.told_this_hour.get((letter.csr, letter.reason), 0)
    return _is_echoed(letter, echo) and told == ECHOES_PER_HOUR - 1


def _is_echoed(letter: Send, echo: Echo) -> bool:
    """Who does several things to one case writes several mails with one subject; what was done is told each time."""
    tells_trouble = letter.letter is LetterKind.HOLD_NOTICE or "problem" in letter.extra
    return echo is Echo.ANSWERS or (echo is Echo.REPEATS and tells_trouble)
