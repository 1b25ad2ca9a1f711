"""Assign: the cases that wait get their CSRs. One path for new, reopened, escalated and returned cases. I/O."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import partial
from itertools import groupby

from mailticket import failpoints
from mailticket.config.models import Service
from mailticket.desk.decided.apply import apply
from mailticket.desk.decided.background import Background
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.domain.case_intents import Assign
from mailticket.domain.facts import Known
from mailticket.domain.people import Actor, ActorKind, Candidate, Door
from mailticket.errors import Conflict, LeftOver, Temporary
from mailticket.law.assign import Choice, choose, matter_of, role_waited_for, with_load_moved
from mailticket.law.decide import decide
from mailticket.store import cases, people
from mailticket.store.casework import queues
from mailticket.store.casework.queues import Waiting
from mailticket.store.engine.locking import repeated
from mailticket.store.engine.turns import TOGETHER

log = logging.getLogger(__name__)

#: So many waiting cases are read at a time, and so many at most are locked together.
BATCH = 200
AT_ONCE = 25

#: (service, role) that cases wait for.
Queue = tuple[str, str]


class _End(Enum):
    """What became of a waiting case: somebody has it; it is looked at again; nobody there has its skills, and it waits
    for them; nobody of its queue can take any."""

    GIVEN = "given"
    PASSED = "passed"
    UNABLE = "unable"
    FULL = "full"


@dataclass(slots=True)
class _InVain:
    """What need not be tried again in this round: queues in which nobody takes any case, skills that nobody has.

    `broken` is what the cases that break our code met, by case ID.
    """

    queues: set[Queue] = field(default_factory=set)
    skills: set[tuple[Queue, frozenset[str]]] = field(default_factory=set)
    broken: dict[str, Exception] = field(default_factory=dict)

    def is_known(self, queue: Queue, one: Waiting) -> bool:
        return queue in self.queues or (queue, _skills(one)) in self.skills

    def learn(self, queue: Queue, one: Waiting, end: _End | Exception) -> None:
        if isinstance(end, Exception):
            self.broken[one.case] = end
        elif end is _End.FULL:
            self.queues.add(queue)
        elif end is _End.UNABLE:
            self.skills.add((queue, _skills(one)))

    def raise_broken(self) -> None:
        """Raises LeftOver if some case breaks our code."""
        for case, error in self.broken.items():
            others = f" So do {len(self.broken) - 1} more." if len(self.broken) > 1 else ""
            what = f"Case {case} waits: to give it to somebody breaks our code ({error!r}).{others}"
            raise LeftOver(what, "Assign it by hand, and report this.") from error


@dataclass(slots=True)
class _Shared:
    """What the cases of one transaction share: the candidates, with their loads as each case that is given leaves them;
    what stands behind their letters; when each CSR got the last of them."""

    candidates: Sequence[Candidate]
    background: Background
    given_at: dict[str, datetime] = field(default_factory=dict)

    def note(self, csr: str, before: Case, after: Case, now: datetime) -> None:
        """That CSR got this case by rule at this moment."""
        self.given_at[csr] = now
        self.candidates = [replace(one, last_assigned_at=now) if one.csr == csr else one for one in self.candidates]
        self.candidates = with_load_moved(self.candidates, before, after)


def _skills(waiting: Waiting) -> frozenset[str]:
    return frozenset(one.lower() for one in waiting.skills)


def assign(office: Office) -> int:
    """Gives waiting cases to CSRs, higher priority and older ones first. Gives the number of cases assigned.

    Once nobody of a role can take a case, the later ones of that service and role wait too: the order holds. They are
    passed over by the database, so that they keep nobody behind them waiting, however many they are. A case that waits
    for somebody able keeps only those waiting that need the same skills. One that breaks our code keeps nobody waiting:
    LeftOver is raised when all others were seen to.
    """
    in_vain = _InVain()
    assigned = 0
    last: Waiting | None = None
    while True:
        with office.connected():
            page = queues.waiting(BATCH, last, _passed_over(office, in_vain.queues))
        for queue, neighbours in groupby(page, partial(_queue, office)):
            assigned += _assign_all(office, queue, list(neighbours), in_vain)
        if len(page) < BATCH:
            break
        last = page[-1]
    if assigned:
        office.wake("deliver")
    in_vain.raise_broken()
    return assigned


def _passed_over(office: Office, full: Iterable[Queue]) -> set[Queue]:
    """(service, role) as the cases have them: one without a role is the 1st level's."""
    firsts = {(one.name, one.first_level) for one in office.config.service}
    return {*full, *((service, "") for service, role in full if (service, role) in firsts)}


def _queue(office: Office, case: Case | Waiting) -> Queue:
    """The service and the role whose CSRs the case waits for."""
    service = office.config.service_named(case.service)
    return case.service, role_waited_for(case.role, service) if service else case.role


def _assign_all(office: Office, queue: Queue, waiting: Sequence[Waiting], in_vain: _InVain) -> int:
    """Neighbours of one queue, in few transactions, until nobody can take another."""
    assigned = 0
    # Those that must wait are passed over without a transaction: it would lock the database for nothing.
    while left := [one for one in waiting if not in_vain.is_known(queue, one)]:
        ends = _assigned(office, queue, [one.case for one in left[:AT_ONCE]])
        assigned += ends.count(_End.GIVEN)
        for one, end in zip(left, ends, strict=False):  # the transaction may have ended before the last of them
            in_vain.learn(queue, one, end)
        waiting = left[len(ends) :]
    return assigned


def _assigned(office: Office, queue: Queue, waiting: Sequence[str]) -> Sequence[_End | Exception]:
    """Together; if that fails, the first half of them, down to the one that breaks our code."""
    try:
        return _assign_some(office, queue, waiting)
    except (Temporary, Conflict):
        raise
    except Exception as error:
        if len(waiting) == 1:
            return [error]
    return _assigned(office, queue, waiting[: len(waiting) // 2])


@repeated
def _assign_some(office: Office, queue: Queue, waiting: Sequence[str]) -> list[_End]:
    """As many as fit into one short transaction that locks the candidates, so that nobody gets one too many.

    Gives what became of each.
    """
    ends: list[_End] = []
    with office.connected(), office.store.transaction():
        until = time.monotonic() + TOGETHER
        cases.lock(waiting)
        found = cases.load(waiting)
        shared = _Shared(people.candidates(queue[1], office.clock()), Background(office, found.values()))
        for id in waiting:
            ends.append(_assign_one(office, queue, found.get(id), shared))
            if ends[-1] is _End.FULL or time.monotonic() > until:
                break
        for csr, at in shared.given_at.items():
            people.assigned_now(csr, at)
        failpoints.reach("assign.applied")
    failpoints.reach("assign.committed")
    return ends


def _assign_one(office: Office, queue: Queue, case: Case | None, shared: _Shared) -> _End:
    service = office.config.service_named(case.service) if case else None
    if case is None or service is None or case.waiting_since is None or _queue(office, case) != queue:
        return _End.PASSED
    choice = choose(service.assignment, shared.candidates, secrets.randbelow, matter_of(case, office.config))
    if choice is None:
        return _End.UNABLE if shared.candidates and service.assignment.waits_for_the_able else _End.FULL
    return _End.GIVEN if _give(office, case, service, choice, shared) else _End.PASSED


def _give(office: Office, case: Case, service: Service, choice: Choice, shared: _Shared) -> bool:
    now = office.clock()
    why = f"assignment: {service.assignment.new_case}"
    by = Actor(ActorKind.RULE, Address("", service.address), why, door=Door.RULE)
    wish = Assign(by, csr=choice.csr, role=_queue(office, case)[1], why=choice.reason)
    known = Known(cases={case.id: case})
    decision = decide((wish,), case, known, office.policy(service), now, RandomIds(f"assign:{case.id}:{case.version}"))
    settled = apply(office, decision, service, shared.background)
    if settled.outcome == "refused":
        log.error("case %s waits, but can be given to nobody: %s", case.id, settled.reason)
        return False
    shared.note(choice.csr, case, decision.case or case, now)
    office.store.after_commit(partial(log.info, "case %s goes to %s: %s", case.id, choice.csr, choice.reason))
    return True
