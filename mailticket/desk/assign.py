"""Assign: the cases that wait get their CSRs. One path for new, reopened, escalated and returned cases. I/O."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable

from mailticket import failpoints
from mailticket.config.models import Service
from mailticket.desk.apply import apply
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.case import Case
from mailticket.domain.case_intents import Assign
from mailticket.domain.facts import Known
from mailticket.domain.mail import Address
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Conflict
from mailticket.law.assign import Choice, Matter, choose
from mailticket.law.decide import decide
from mailticket.store import cases, people
from mailticket.store.cases import Waiting
from mailticket.store.engine.locking import repeated

log = logging.getLogger(__name__)

#: So many waiting cases are read at a time.
BATCH = 200


def assign(office: Office) -> int:
    """Gives waiting cases to CSRs, higher priority and older ones first. Gives the number of cases assigned.

    Once nobody of a role can take a case, the later ones of that service and role wait too: the order holds. They are
    passed over by the database, so that they keep nobody behind them waiting, however many they are.
    """
    full: set[tuple[str, str]] = set()
    assigned = 0
    last: Waiting | None = None
    while True:
        with office.connected():
            page = cases.waiting(BATCH, last, _passed_over(office, full))
            found = cases.load(one.case for one in page)
        for one in page:
            # Those that must wait are passed over without a transaction: it would lock the database for nothing.
            if one.case in found and _queue(office, found[one.case]) not in full:
                assigned += _assign_one(office, one.case, full)
        if len(page) < BATCH:
            break
        last = page[-1]
    if assigned:
        office.wake("deliver")
    return assigned


def _passed_over(office: Office, full: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """(service, role) as the cases have them: one without a role is the 1st level's."""
    firsts = {(one.name, one.first_level) for one in office.config.service}
    return {*full, *((service, "") for service, role in full if (service, role) in firsts)}


def _queue(office: Office, case: Case) -> tuple[str, str]:
    """The service and the role whose CSRs the case waits for."""
    service = office.config.service_named(case.service)
    return case.service, case.role or (service.first_level if service else "")


@repeated
def _assign_one(office: Office, case_id: str, full: set[tuple[str, str]]) -> bool:
    """One case in one short transaction that locks the candidates, so that nobody gets one too many."""
    try:
        with office.connected(), office.store.transaction():
            cases.lock([case_id])
            case = cases.load([case_id]).get(case_id)
            service = office.config.service_named(case.service) if case else None
            if case is None or service is None or case.waiting_since is None:
                return False
            queue = _queue(office, case)
            if queue in full:
                return False
            candidates = people.candidates(queue[1], office.clock())
            choice = choose(service.assignment, candidates, secrets.randbelow, _matter(office, case))
            if choice is None:
                full.add(queue)
                return False
            is_given = _give(office, case, service, choice)
            failpoints.reach("assign.applied")
        failpoints.reach("assign.committed")
        return is_given
    except Conflict:
        log.info("case %s was changed meanwhile; it is looked at again", case_id)
        return False


def _matter(office: Office, case: Case) -> Matter:
    return Matter(case.wanted, case.skills, {one.key: one.skills for one in office.config.csr})


def _give(office: Office, case: Case, service: Service, choice: Choice) -> bool:
    now = office.clock()
    why = f"assignment: {service.assignment.new_case}"
    by = Actor(ActorKind.RULE, Address("", service.address), why, door=Door.RULE)
    wish = Assign(by, csr=choice.csr, role=_queue(office, case)[1], why=choice.reason)
    known = Known(cases={case.id: case})
    decision = decide((wish,), case, known, office.policy(service), now, RandomIds(f"assign:{case.id}:{case.version}"))
    settled = apply(office, decision, service)
    if settled.outcome == "refused":
        log.error("case %s waits, but can be given to nobody: %s", case.id, settled.reason)
        return False
    people.assigned_now(choice.csr, now)
    log.info("case %s goes to %s: %s", case.id, choice.csr, choice.reason)
    return True
