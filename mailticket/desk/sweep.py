"""Sweep: what time does. Pending cases wake, timers ring, resolved ones close, letters of the dead go on. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from mailticket.desk.answer import carry_out
from mailticket.desk.office import Office, RandomIds
from mailticket.domain.address import Address
from mailticket.domain.case import OPEN, Case, Status
from mailticket.domain.case_intents import Assign, LookIdle, Ring, SetStatus
from mailticket.domain.decision import Settle
from mailticket.domain.facts import Known
from mailticket.domain.intents import Intent
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.domain.times.spans import shown_span
from mailticket.errors import Conflict, Refused, Temporary
from mailticket.law.decide import decide
from mailticket.law.rules.trigger import IDLE, may_fire_idle
from mailticket.store import cases, search
from mailticket.store.by_hand import stuck_letters
from mailticket.store.casework import ripe
from mailticket.store.casework.ripe import Ripe
from mailticket.store.files import leftovers
from mailticket.store.operation import calls, packing_up, schedules
from mailticket.store.privacy import retention

log = logging.getLogger(__name__)

_BATCH = 200
#: More than any letter waits for its next attempt.
_BETWEEN_ATTEMPTS = timedelta(hours=5)
_BATCHES_OF_A_TURN = 20
#: Webhook calls that have ended can be looked up for so long.
_CALLS_KEPT_FOR = timedelta(days=90)
#: Nobody is idle after less.
IDLE_AFTER = timedelta(hours=1)
_CLOCK = Actor(ActorKind.CLOCK, Address("the clock", ""), "time has passed", door=Door.CLOCK)


def sweep(office: Office) -> int:
    """Everything that is due now. Safe to run at any time, by several at once. Gives the number of cases changed."""
    with office.connected():
        recovered = stuck_letters.recover(None, office.clock())
        pulled_in = schedules.pull_in(office.clock(), _longest_wait(office))
    if pulled_in:
        log.warning("%d mails waited for a moment that lies too far ahead: the clock was set back", pulled_in)
    if recovered:
        log.warning("%d letters were left behind by a process that died; they go on", recovered)
        office.wake("deliver")
    return wake_pending(office) + ring_timers(office) + complete_resolved(office) + free_orphans(office)


def _longest_wait(office: Office) -> timedelta:
    """Of a letter: between two attempts, or until it can be recalled no more."""
    return _BETWEEN_ATTEMPTS + max((one.letters.undo_send for one in office.config.service), default=timedelta(0))


def wake_pending(office: Office) -> int:
    """Pending until a moment that has come: opened again, and the CSR is told."""
    now = office.clock()

    def still_due(case: Case) -> bool:
        return case.status is Status.PENDING and case.pending_until is not None and case.pending_until <= now

    wish = SetStatus(_CLOCK, Status.OPENED, why="the moment has come")
    ripe_ones = partial(ripe.pending_over, _services(office), now, _BATCH)
    return _each(office, ripe_ones, lambda case: _change(office, case, wish, still_due))


def ring_timers(office: Office) -> int:
    """Cases whose targets or due dates come near or have passed: who should know is told."""
    now = office.clock()

    def still_rings(case: Case) -> bool:
        return case.status is not Status.PENDING and any(at <= now for at in case.timers.values())

    ripe_ones = partial(ripe.ringing, _services(office), now, _BATCH)
    return _each(office, ripe_ones, lambda case: _change(office, case, Ring(_CLOCK), still_rings))


def look_at_idle(office: Office) -> int:
    """The rules for cases on which nobody did anything lately. Only those on which one fires are changed: their number.

    An idle case costs no transaction: what would follow is decided first, and written only if it is something. One on
    which every such rule has fired since somebody did something is only read.
    """
    rules = [one for one in office.config.trigger if one.on == IDLE]
    if not rules:
        return 0
    changed = 0
    for status in sorted(OPEN):
        after = 0
        while True:
            with office.connected():
                page = ripe.untouched_since(status, office.clock() - IDLE_AFTER, _BATCH, after)
            for case in page:
                if may_fire_idle(case, rules) and _fires_idle(office, case):
                    changed += _change(office, case.id, LookIdle(_CLOCK), partial(_fires_idle, office))
            if len(page) < _BATCH:
                break
            after = page[-1].key
    return changed


def _fires_idle(office: Office, case: Case) -> bool:
    service = office.config.service_named(case.service)
    if service is None:
        return False
    ids, known = RandomIds(f"idle:{case.id}"), Known(cases={case.id: case})
    decision = decide((LookIdle(_CLOCK),), case, known, office.policy(service), office.clock(), ids)
    return any(one.has_fired or one.told.startswith("failed") for one in decision.rules)


def complete_resolved(office: Office) -> int:
    """Resolved for `complete_after`: closed."""
    changed = 0
    for service in office.config.service if office.may_expire() else ():
        span = service.cases.complete_after
        moment = office.clock() - span
        wish = SetStatus(_CLOCK, Status.CLOSED, why=f"resolved for {shown_span(span)}")
        changed += _each(
            office,
            partial(ripe.resolved_before, service.name, moment, _BATCH),
            partial(_change, office, wish=wish, still_due=partial(_is_resolved_since, moment)),
        )
    return changed


def _is_resolved_since(moment: datetime, case: Case) -> bool:
    return case.status is Status.RESOLVED and case.resolved_at is not None and case.resolved_at < moment


def free_orphans(office: Office) -> int:
    """Open cases whose CSR the config no longer has wait for another."""
    known = {one.key for one in office.config.csr}
    return _each(office, partial(ripe.orphaned, _services(office), known, _BATCH), partial(_free_orphan, office, known))


def _free_orphan(office: Office, known: Collection[str], case_id: str) -> bool:
    with office.connected():
        case = cases.load([case_id]).get(case_id)
    role = _role_to_wait_for(office, case) if case else ""
    if case is None or not role:
        return False
    wish = Assign(_CLOCK, role=role, why=f"{case.csr} is no CSR any more")
    return _change(office, case_id, wish, lambda now: bool(now.csr) and now.csr not in known)


def _role_to_wait_for(office: Office, case: Case) -> str:
    """The case's own role; its service's 1st level where the config has that one no more; "" if there is none."""
    service = office.config.service_named(case.service)
    asked = (case.role, service.first_level if service else "")
    return next((one for one in asked if one and office.config.role_named(one)), "")


def forget_rejected(office: Office) -> int:
    """Rejected mail was deleted from the server at once; our copy goes after `retain_rejected`. Gives their number."""
    if not office.may_expire():
        return 0
    moment = office.clock() - office.config.mailticket.retain_rejected
    with office.connected():
        old = retention.rejected_before(moment, _BATCH)
        retention.forget(old)
    return len(old)


def forget_calls(office: Office) -> int:
    """Webhook calls that ended a quarter of a year ago leave no trace. Gives their number."""
    if not office.may_expire():
        return 0
    with office.connected():
        return calls.forget_done(office.clock() - _CALLS_KEPT_FOR)


def remove_leftovers(office: Office) -> int:
    """Stored mails and files that no row has named for a day go, a few at a time. Gives their number.

    Not soon after a restore, and not where the clock is not to be believed.
    """
    if not office.may_expire():
        return 0
    with office.connected():
        if leftovers.must_stay(office.clock()):
            return 0
    after, gone = "", 0
    while True:
        with office.connected():
            after, removed = leftovers.remove_small(after, office.clock())
        gone += removed
        if not after:
            break
    for page in leftovers.pages_of_large(office.clock()):
        with office.connected():
            gone += leftovers.remove_large(page, office.clock())
    if gone:
        log.info("%d stored mails and files that nothing names any more were removed", gone)
    return gone


def index_old_entries(office: Office) -> int:
    """Entries that are older than the search index get into it, a batch a transaction, so that mail goes on meanwhile.

    Gives their number: all that a turn of the clock has time for.
    """
    return _batch_by_batch(office, search.back_fill)


def pack_old_letters(office: Office) -> int:
    """Letters from before letters were packed: the same. Their number."""
    return _batch_by_batch(office, packing_up.pack)


def _batch_by_batch(office: Office, work: Callable[[int], int]) -> int:
    done = 0
    for _batch in range(_BATCHES_OF_A_TURN):
        with office.connected(), office.store.transaction():
            count = work(_BATCH)
        if not count:
            break
        done += count
    return done


def _services(office: Office) -> list[str]:
    """The cases of a service that the config has no more are left as they are."""
    return [one.name for one in office.config.service]


def _each(office: Office, page_behind: Callable[[Ripe | None], list[Ripe]], change: Callable[[str], bool]) -> int:
    """Changes what is ripe, as much as a turn has time for; the number. What cannot be changed keeps nobody waiting."""
    changed, last = 0, None
    while changed < _BATCH:
        with office.connected():
            page = page_behind(last)
        changed += sum(change(one.case) for one in page)
        if len(page) < _BATCH:
            break
        last = page[-1]
    return changed


def _change(office: Office, case: str, wish: Intent, still_due: Callable[[Case], bool]) -> bool:
    """One case; whatever is wrong with it, the others go on."""
    try:
        origin = f"clock:{case}:{office.clock():%Y%m%d%H%M}"
        decision = carry_out(office, (wish,), case, origin, only_if=still_due)
    except (Refused, Conflict) as declined:
        log.info("case %s: %s", case, declined)
        return False
    except Temporary:
        raise
    except Exception:
        log.exception("case %s could not be changed when its time had come", case)
        return False
    return not any(isinstance(one, Settle) and one.outcome == "refused" for one in decision.actions)
