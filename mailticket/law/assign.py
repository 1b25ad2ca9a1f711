"""PURE: who gets a case by rule (PRODUCT.md section 6). One rule, one function; the choice says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case asks of its CSR: whom a rule wants (their key, "" if nobody), what they should know about.

    `skills_of` are the skills of each CSR by key. Capitals do not count.
    """

    wanted: str = ""
    skills: tuple[str, ...] = ()
    skills_of: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def missing(self, csr: str) -> list[str]:
        """The skills that this CSR does not have."""
        theirs = {one.lower() for one in self.skills_of.get(csr, ())}
        return [one for one in self.skills if one.lower() not in theirs]


_NOTHING = Matter()


def choose(
    rule: Assignment, candidates: Sequence[Candidate], randbelow: Randbelow, matter: Matter = _NOTHING
) -> Choice | None:
    """The next CSR for a case that waits, by the rule of its service; None: it goes on waiting.

    Whom a trigger wants comes first, where they are there and the rule leaves them room. Where the service assigns
    nothing by rule, somebody gave the case to a role by hand or by trigger: it goes to whoever has least to do.
    """
    if not candidates:
        return None
    wanted = next((one for one in candidates if one.csr == matter.wanted), None)
    if wanted and (rule.new_case != "limit" or wanted.active_cases < rule.limit):
        return Choice(wanted.csr, "a rule wants you to have it")
    if rule.new_case == "skills":
        return _skills(matter, candidates)
    return RULES.get(rule.new_case, _least_load)(rule, candidates, randbelow)


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


def _skills(matter: Matter, candidates: Sequence[Candidate]) -> Choice:
    """Least load among those who know most of what the case needs: no customer waits for a skill that nobody has."""
    fewest = min(len(matter.missing(one.csr)) for one in candidates)
    able = [one for one in candidates if len(matter.missing(one.csr)) == fewest]
    least = min(able, key=lambda one: (one.open_cases, *_turn(one)))
    load = f"fewest open cases ({least.open_cases})"
    if not matter.skills:
        return Choice(least.csr, f"{load}; the case needs no certain skill")
    if fewest:
        return Choice(least.csr, f"{load}, though nobody here knows about {', '.join(matter.missing(least.csr))}")
    return Choice(least.csr, f"{load} among those who know about {', '.join(matter.skills)}")


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
