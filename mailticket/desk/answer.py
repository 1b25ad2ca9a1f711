"""Answer: a wish about a case that is already open, by whatever door: console, CLI, link, clock. I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mailticket.desk.decided.apply import apply
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.case import Case
from mailticket.domain.case_intents import LinkCases, Merge, SetStatus, Split
from mailticket.domain.decision import Decision
from mailticket.domain.facts import Known
from mailticket.domain.intents import Intent
from mailticket.errors import Conflict, Refused
from mailticket.law.decide import decide
from mailticket.store import cases, entries, facts
from mailticket.store.engine.locking import repeated

#: A case that somebody else changes at the same moment is decided anew so many times.
_TRIES = 5


def _always(_case: Case) -> bool:
    return True


def _nothing() -> None:
    """Nothing is written besides the decision."""


@repeated
def carry_out(
    office: Office,
    intents: Sequence[Intent],
    case: str,
    origin: str,
    only_if: Callable[[Case], bool] = _always,
    along_with: Callable[[], None] = _nothing,
) -> Decision:
    """Decides and writes in one transaction. `origin` names the wish ("link:...", "outbox:12"); `case` is a case ID.

    `only_if` looks at the case as it is by now; `along_with` writes what must be true together with the decision.
    Raises Refused for a case that does not exist, whose service the config no longer has, or that `only_if` declines.
    """
    for attempt in range(_TRIES):
        try:
            with office.connected(), office.store.transaction():
                decision = _once(office, intents, _case_now(case, _others(intents), only_if), origin)
                along_with()
            office.wake("deliver")
            office.wake("assign")
            return decision
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def with_entries(known: Known, intents: Sequence[Intent], case: Case | None) -> Known:
    """The facts, with all entries of the case where a wish names some of them by number."""
    if case is None or not any(isinstance(one, Split) for one in intents):
        return known
    return replace(known, entries={**known.entries, case.id: tuple(entries.entries(case.key, newest_first=False))})


def _others(intents: Sequence[Intent]) -> list[str]:
    """The other cases that the wishes name."""
    merged = [one.into for one in intents if isinstance(one, Merge)]
    linked = [one.to for one in intents if isinstance(one, LinkCases)]
    return merged + linked + [one.duplicates for one in intents if isinstance(one, SetStatus) and one.duplicates]


def _case_now(case_id: str, others: Sequence[str], only_if: Callable[[Case], bool]) -> Case:
    """The case (or the one that it was merged into), locked with the others until the transaction ends."""
    cases.lock([case_id, *others])
    case = cases.standing([case_id]).get(case_id)
    if case is None:
        raise Refused(f"There is no case {case_id}.", "See `mailticket case list`.")
    if not only_if(case):
        raise Refused(f"Case {case_id} has changed meanwhile.", "Look at it again.")
    return case


def _once(office: Office, intents: Sequence[Intent], case: Case, origin: str) -> Decision:
    service = office.config.service_named(case.service)
    if service is None:
        raise Refused(f"Case {case.id} belongs to the service {case.service}, which the config has no more.")
    known = facts.of_case(case, office.clock())
    others = cases.standing(_others(intents))
    known = replace(known, cases={**known.cases, **others}) if others else known
    known = with_entries(known, intents, case)
    decision = decide(intents, case, known, office.policy(service), office.clock(), RandomIds(origin))
    apply(office, decision, service)
    return decision
