"""Opening: a case that one of ours opens in a customer's name, by console or command line; no mail brought it. I/O."""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.config.models import Service
from mailticket.desk.decided.apply import apply
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.decision import Decision
from mailticket.domain.intents import Inquire, Intent
from mailticket.domain.mail import MailIds
from mailticket.law.decide import decide
from mailticket.store import facts
from mailticket.store.engine.locking import repeated


@repeated
def open_case(office: Office, service: Service, inquiry: Inquire, then: Sequence[Intent], origin: str) -> Decision:
    """The case and what is done with it at once, decided and written in one transaction.

    Files of the inquiry are durable already. Raises Refused where the law refuses, with nothing done.
    """
    with office.connected(), office.store.transaction():
        about = MailIds(message_id="", senders=(inquiry.customer,))
        known = facts.load([about], [one.name for one in office.config.service], office.clock())
        intents = (inquiry, *then)
        decision = decide(intents, None, known, office.policy(service), office.clock(), RandomIds(origin))
        apply(office, decision, service)
    office.wake("deliver")
    office.wake("assign")
    return decision
