"""Retention: closed cases lose their words after `retain_closed`, one short transaction a case, in rounds. I/O.

A round is a row until it is over: killed in the middle, it goes on where it was, and what it erased is looked for in
what names it elsewhere.
"""

from __future__ import annotations

import logging
from datetime import datetime

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.desk.privacy.records import Records, forget_elsewhere, leave_no_trace
from mailticket.domain.case import Status
from mailticket.domain.times.spans import shown_span
from mailticket.errors import Conflict
from mailticket.store import cases
from mailticket.store.casework import ripe
from mailticket.store.casework.ripe import Ripe
from mailticket.store.engine.locking import repeated
from mailticket.store.privacy import retiring
from mailticket.store.privacy.retiring import Round

log = logging.getLogger(__name__)

_PAGE = 100
#: Of SQLite's files, in bytes: for a smaller one to be rewritten nobody waits longer than a moment.
_MOST_REWRITTEN = 16 << 20


def retire(office: Office) -> int:
    """All whose time has come; their number. Ends after the page in hand when `may_expire` allows no more."""
    retired = sum(_retire_service(office, one) for one in office.config.service)
    with office.connected():
        under_way = retiring.undone_round()
    if under_way is not None and office.may_expire():
        _forget_names(office, under_way, retired)
        leave_no_trace(Records.of(office), _MOST_REWRITTEN)
        log.info("%d closed cases lost their words, for their time had come", retired)
    return retired


def _retire_service(office: Office, service: Service) -> int:
    """Page by page; a case that cannot go yet is tried again tomorrow and keeps no other waiting."""
    span = service.cases.retain_closed
    retired = 0
    last: Ripe | None = None
    while span and office.may_expire():
        moment = office.clock() - span
        with office.connected():
            page = ripe.closed_before(service.name, moment, _PAGE, last)
            if page and retiring.undone_round() is None:
                retiring.begin_round(office.clock())
        retired += sum(_retire(office, one.case, moment, f"closed for {shown_span(span)}") for one in page)
        if len(page) < _PAGE:
            break
        last = page[-1]
    return retired


@repeated
def _retire(office: Office, case_id: str, moment: datetime, why: str) -> bool:
    """One case, unless somebody has opened it again by now."""
    try:
        with office.connected(), office.store.transaction():
            cases.lock([case_id])
            case = cases.load([case_id]).get(case_id)
            has_ended = case is not None and case.status in (Status.CLOSED, Status.SPAM)
            if case is None or not has_ended or not case.closed_at or case.closed_at >= moment:
                return False
            retiring.retire(case, why, office.clock())
    except Conflict as waits:
        log.info("case %s is kept longer: %s", case_id, waits)
        return False
    return True


def _forget_names(office: Office, under_way: Round, retired: int) -> None:
    """Desk cards, suggestions, alarms and calls that name what went in this round; then the round is over."""
    with office.connected():
        names = retiring.names_one_of(retiring.erased_since(under_way.since))
        forget_elsewhere(Records.of(office), names)
        retiring.end_round(under_way, retired, office.clock())
