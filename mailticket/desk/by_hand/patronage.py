"""Patronage: a wish about a customer rather than a case: what is known of them, two that are one. I/O."""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.desk.decided.apply import apply
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.decision import Decision
from mailticket.domain.facts import Known
from mailticket.domain.intents import Intent
from mailticket.errors import Conflict, Refused
from mailticket.law.decide import decide
from mailticket.store import customers
from mailticket.store.engine.locking import repeated

_TRIES = 5


@repeated
def carry_out_on_customers(office: Office, intents: Sequence[Intent], people: Sequence[int], origin: str) -> Decision:
    """Decides and writes in one transaction. `people` are the ids of all customers that the wishes are about.

    Raises Refused where the law refuses or one of them is gone.
    """
    service = next(iter(office.config.service), None)
    if service is None:
        raise Refused("The config has no service yet.", "Add a [[service]].")
    for attempt in range(_TRIES):
        try:
            with office.connected(), office.store.transaction():
                known = Known(people=customers.load(people))
                policy = office.policy(service)
                decision = decide(intents, None, known, policy, office.clock(), RandomIds(origin))
                apply(office, decision, service)
            return decision
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")
