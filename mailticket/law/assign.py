"""PURE: who gets a case by rule (PRODUCT.md section 6). One rule, one function; the choice says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mailticket.config.models import Assignment
from mailticket.domain.people import Candidate

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Randbelow = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The CSR's key, and why this one."""

    csr: str
    reason: str


def choose(rule: Assignment, candidates: Sequence[Candidate], randbelow: Randbelow) -> Choice | None:
    """The next CSR for a case by the rule of its service; None: the case waits (or the rule assigns nothing)."""
    pick = RULES.get(rule.new_case)
    return pick(rule, candidates, randbelow) if pick and candidates else None


def _limit(rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice | None:
    free = [one for one in candidates if one.active_cases < rule.limit]
    if not free:
        return None
    next_one = min(free, key=_turn)
    return Choice(next_one.csr, f"next in turn with fewer than {rule.limit} active cases ({next_one.active_cases})")


def _random(_rule: Assignment, candidates: Sequence[Candidate], randbelow: Randbelow) -> Choice | None:
    return Choice(candidates[randbelow(len(candidates))].csr, f"drawn by lot from {len(candidates)} available")


def _least_load(_rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice | None:
    least = min(candidates, key=lambda one: (one.open_cases, *_turn(one)))
    equals = sum(one.open_cases == least.open_cases for one in candidates)
    tie = ", longest without a new case among equals" if equals > 1 else ""
    return Choice(least.csr, f"fewest open cases ({least.open_cases}){tie}")


def _round_robin(_rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice | None:
    return Choice(min(candidates, key=_turn).csr, "next in turn")


def _turn(one: Candidate) -> tuple[datetime, int]:
    """Longest without a new case first, then config order."""
    return (one.last_assigned_at or _LONG_AGO, one.order)


RULES: dict[str, Callable[[Assignment, Sequence[Candidate], Randbelow], Choice | None]] = {
    "limit": _limit,
    "random": _random,
    "least-load": _least_load,
    "round-robin": _round_robin,
}
