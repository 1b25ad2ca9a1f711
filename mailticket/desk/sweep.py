"""Sweep: what time does. Pending cases wake, resolved ones close, letters left behind by the dead go on. I/O."""

from __future__ import annotations

import logging

from mailticket.desk.answer import carry_out
from mailticket.desk.office import Office
from mailticket.domain.case import Status
from mailticket.domain.intents import Assign, SetStatus
from mailticket.domain.mail import Address
from mailticket.domain.people import Actor, ActorKind
from mailticket.domain.spans import shown_span
from mailticket.errors import Refused
from mailticket.store import cases, outbox

log = logging.getLogger(__name__)

_BATCH = 200
_CLOCK = Actor(ActorKind.CLOCK, Address("the clock", ""), "time has passed")


def sweep(office: Office) -> int:
    """Everything that is due now. Safe to run at any time, by several at once. Gives the number of cases changed."""
    changed = wake_pending(office) + complete_resolved(office) + free_orphans(office)
    with office.connected():
        recovered = outbox.recover(None, office.clock())
    if recovered:
        log.warning("%d letters were left behind by a process that died; they go on", recovered)
        office.wake("deliver")
    return changed


def wake_pending(office: Office) -> int:
    """Pending until a moment that has come: opened again, and the CSR is told."""
    with office.connected():
        due = [case for case, what in cases.due(office.clock()) if what == "pending over"]
    return sum(_change(office, case, SetStatus(_CLOCK, Status.OPENED, why="the moment has come")) for case in due)


def complete_resolved(office: Office) -> int:
    """Resolved for `complete_after`: closed."""
    changed = 0
    for service in office.config.service:
        span = service.cases.complete_after
        with office.connected():
            ripe = cases.resolved_before(service.name, office.clock() - span, _BATCH)
        wish = SetStatus(_CLOCK, Status.CLOSED, why=f"resolved for {shown_span(span)}")
        changed += sum(_change(office, case, wish) for case in ripe)
    return changed


def free_orphans(office: Office) -> int:
    """Open cases whose CSR the config no longer has wait for another."""
    known = {one.key for one in office.config.csr}
    changed = 0
    with office.connected():
        orphans = cases.without_csr(known)
        found = cases.load(orphans)
    for case in found.values():
        service = office.config.service_named(case.service)
        role = case.role or (service.first_level if service else "")
        if role and office.config.role_named(role):
            why = f"{case.csr} is no CSR any more"
            changed += _change(office, case.id, Assign(_CLOCK, role=role, why=why))
    return changed


def _change(office: Office, case: str, wish: SetStatus | Assign) -> bool:
    try:
        carry_out(office, (wish,), case, f"clock:{case}:{office.clock():%Y%m%d%H%M}")
        return True
    except Refused as refused:
        log.warning("case %s: %s", case, refused)
        return False
