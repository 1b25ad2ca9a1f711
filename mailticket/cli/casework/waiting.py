"""What a case that has no CSR waits for, as it looks now."""

from __future__ import annotations

from datetime import UTC, datetime

from mailticket.cli.opened import Opened
from mailticket.cli.show import moment
from mailticket.domain.case import Case
from mailticket.law.assign import matter_of, role_waited_for, why_it_waits
from mailticket.store import people


def told(case: Case, desk: Opened) -> str:
    """Since when, for whom and why; "" if it does not wait."""
    service = desk.config.service_named(case.service)
    if case.waiting_since is None or service is None:
        return ""
    since = f"since {moment(case.waiting_since, desk.zone)}"
    role = role_waited_for(case.role, service)
    if not role:
        return f"{since}, but the service {service.name} has no first_level that could take it"
    candidates = people.candidates(role, datetime.now(UTC))
    why = why_it_waits(service.assignment, candidates, matter_of(case, desk.config))
    return f"{since} for a CSR of {role}: {why}"
