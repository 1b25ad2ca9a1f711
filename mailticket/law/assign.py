"""PURE: who gets a case by rule (PRODUCT.md section 6). One rule, one function; the choice says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mailticket.config.models import Assignment, Config, Service
from mailticket.domain.case import ACTIVE, OPEN, Case
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


def matter_of(case: Case, config: Config) -> Matter:
    """What this case asks of its CSR, on this desk."""
    return Matter(case.wanted, case.skills, {one.key: one.skills for one in config.csr})


def choose(
    rule: Assignment, candidates: Sequence[Candidate], randbelow: Randbelow, matter: Matter = _NOTHING
) -> Choice | None:
    """The next CSR for a case that waits, by the rule of its service; None: it goes on waiting.

    Whom a trigger wants comes first, where they are there and the rule leaves them room. Where the service assigns
    nothing by rule, somebody gave the case to a role by hand or by trigger: it goes to whoever has least to do.
    """
    takers = [one for one in candidates if one.active_cases < rule.limit] if rule.keeps_limit else candidates
    if not takers:
        return None
    wanted = next((one for one in takers if one.csr == matter.wanted), None)
    if wanted:
        return Choice(wanted.csr, "a rule wants you to have it")
    if rule.new_case == "skills":
        return _skills(rule, matter, takers, randbelow)
    return RULES.get(rule.new_case, _least_load)(rule, takers, randbelow)


def with_load_moved(candidates: Sequence[Candidate], before: Case, after: Case) -> list[Candidate]:
    """The candidates with their loads as a case leaves them that was one thing `before` and is another `after`."""
    return [_with_load(_with_load(one, before, -1), after, 1) for one in candidates]


def _with_load(candidate: Candidate, case: Case, more: int) -> Candidate:
    """With so many `more` of such a case, if it is theirs."""
    if case.csr != candidate.csr:
        return candidate
    now_open = candidate.open_cases + more * (case.status in OPEN)
    return replace(candidate, open_cases=now_open, active_cases=candidate.active_cases + more * (case.status in ACTIVE))


def why_it_waits(rule: Assignment, candidates: Sequence[Candidate], matter: Matter = _NOTHING) -> str:
    """Why `choose` gives a case to nobody, or that it will be given."""
    if not candidates:
        return "nobody is available"
    if rule.keeps_limit and all(one.active_cases >= rule.limit for one in candidates):
        return f"whoever is available has {rule.limit} active cases or more"
    if rule.waits_for_the_able and all(matter.missing(one.csr) for one in candidates):
        return f"nobody who is available knows about {_listed(matter.skills)}"
    return "it is given out within a minute"


def role_waited_for(role: str, service: Service) -> str:
    """The role whose CSRs a case waits for: the case's own, else that of new cases."""
    return role or service.first_level


def _limit(rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice:
    """Those who have too many are no candidates any more."""
    next_one = min(candidates, key=_turn)
    return Choice(next_one.csr, f"next in turn with fewer than {rule.limit} active cases ({next_one.active_cases})")


def _random(_rule: Assignment, candidates: Sequence[Candidate], randbelow: Randbelow) -> Choice:
    return Choice(candidates[randbelow(len(candidates))].csr, f"drawn by lot from {len(candidates)} available")


def _least_load(_rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice:
    least = min(candidates, key=_load)
    equals = sum(one.open_cases == least.open_cases for one in candidates)
    tie = ", longest without a new case among equals" if equals > 1 else ""
    return Choice(least.csr, f"fewest open cases ({least.open_cases}){tie}")


def _skills(rule: Assignment, matter: Matter, candidates: Sequence[Candidate], randbelow: Randbelow) -> Choice | None:
    """Least load among those who know all that the case needs; where there are none, as `nobody_able` says."""
    able = [one for one in candidates if not matter.missing(one.csr)]
    if able:
        least = min(able, key=_load)
        among = f" among those who know about {_listed(matter.skills)}" if matter.skills else ""
        needs_none = "" if matter.skills else "; the case needs no certain skill"
        return Choice(least.csr, f"fewest open cases ({least.open_cases}){among}{needs_none}")
    if rule.nobody_able == "wait":
        return None
    if rule.nobody_able == "most-skills":
        return _most_skills(matter, candidates)
    choice = RULES[rule.nobody_able](rule, candidates, randbelow)
    here = "with room" if rule.keeps_limit else "here"
    return Choice(choice.csr, f"{choice.reason}, though nobody {here} knows about {_listed(matter.skills)}")


def _most_skills(matter: Matter, candidates: Sequence[Candidate]) -> Choice:
    """Least load among those who know most of what the case needs."""
    fewest = min(len(matter.missing(one.csr)) for one in candidates)
    least = min((one for one in candidates if len(matter.missing(one.csr)) == fewest), key=_load)
    missing = ", ".join(matter.missing(least.csr))
    return Choice(least.csr, f"fewest open cases ({least.open_cases}), though nobody here knows about {missing}")


def _listed(skills: Sequence[str]) -> str:
    """All of them together: "law", "law and billing"."""
    *others, last = skills
    return f"{', '.join(others)} and {last}" if others else last


def _round_robin(_rule: Assignment, candidates: Sequence[Candidate], _randbelow: Randbelow) -> Choice:
    return Choice(min(candidates, key=_turn).csr, "next in turn")


def _turn(one: Candidate) -> tuple[datetime, int]:
    """Longest without a new case first, then config order."""
    return (one.last_assigned_at or _LONG_AGO, one.order)


def _load(one: Candidate) -> tuple[int, datetime, int]:
    """Fewest open cases first, then whose turn it is."""
    return (one.open_cases, *_turn(one))


RULES: dict[str, Callable[[Assignment, Sequence[Candidate], Randbelow], Choice]] = {
    "limit": _limit,
    "random": _random,
    "least-load": _least_load,
    "round-robin": _round_robin,
}
