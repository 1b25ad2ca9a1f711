"""Apply: writes a decision, and knows nothing else. Runs inside the caller's transaction. I/O."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mailticket.config.models import Service
from mailticket.desk.decided import alarm, post
from mailticket.desk.decided.background import Background
from mailticket.desk.decided.gathering import Gathering
from mailticket.desk.office import Office
from mailticket.domain.amending import amended
from mailticket.domain.case import Case, Entry
from mailticket.domain.decision import (
    Action,
    AddEntry,
    Alarm,
    Call,
    CameBack,
    ChangeBlacklist,
    ChangeCase,
    ChangeCustomer,
    ChangeEntry,
    ChangePerson,
    Decision,
    DeleteCase,
    JoinCase,
    JoinCustomers,
    OpenCase,
    PartCustomer,
    Recall,
    Relate,
    RevokeLetter,
    Send,
    Settle,
    TakeEntries,
)
from mailticket.domain.people import Customer
from mailticket.errors import Refused
from mailticket.store import blacklist, cases, customers, entries, outbox_ends, people
from mailticket.store.by_hand import acts, stopping
from mailticket.store.casework import links, merging, splitting
from mailticket.store.operation import calls
from mailticket.store.privacy import deleting

log = logging.getLogger(__name__)


def apply(office: Office, decision: Decision, service: Service, background: Background | None = None) -> Settle:
    """All rows of the decision in their order, the letters last, about the case as it has become.

    `background`: of the cases that are decided on in this transaction, where there may be several.
    Gives what became of the mail that asked. Raises Conflict if somebody changed the case meanwhile.
    """
    case, added = _case_and_entries(office, decision, background.customers if background else None)
    for action in decision.actions:
        if write := _WRITERS.get(type(action)):
            write(office, service, case, action)
    sends = [one for one in decision.actions if isinstance(one, Send)]
    if sends:
        others_stay = not any(isinstance(one, _CHANGES_OTHERS) for one in decision.actions)
        gathering = Gathering(office, service, case, background, added if others_stay else None)
        post.post(office, service, case, sends, partial(alarm.ring, office, service), gathering)
    return next(one for one in decision.actions if isinstance(one, Settle))


def _change_entry(_office: Office, _service: Service, _case: Case | None, change: ChangeEntry) -> None:
    entries.change_entry(change.entry, dict(change.changes))


def _set_away(office: Office, _service: Service, _case: Case | None, change: ChangePerson) -> None:
    """A CSR in no role gets no case by rule, so there is nothing to be away from."""
    try:
        people.set_away(change.csr, change.role, change.is_away, change.by, office.clock(), change.reason)
    except Refused as refused:
        log.info("%s is not marked as away: %s", change.csr, refused)


def _list(office: Office, _service: Service, _case: Case | None, change: ChangeBlacklist) -> None:
    """Raises Refused for an entry that is to go and stands in the config."""
    if change.is_listed:
        blacklist.add(change.address, change.subject, change.by, office.clock())
    else:
        blacklist.remove(change.address, change.subject)


def _revoke(office: Office, _service: Service, _case: Case | None, revoked: RevokeLetter) -> None:
    links.revoke(revoked.letter, revoked.reason, office.clock())


def _recall(_office: Office, _service: Service, case: Case | None, recalled: Recall) -> None:
    if case is not None:
        stopping.recall(case.key, recalled.entry)


def _came_back(office: Office, _service: Service, _case: Case | None, letter: CameBack) -> None:
    outbox_ends.note_bounce(letter.outbox, letter.reason, office.clock())


def _call(office: Office, _service: Service, _case: Case | None, call: Call) -> None:
    calls.post(call.key, call.url, json.dumps(call.body, ensure_ascii=False), office.clock())


def _ring(office: Office, service: Service, _case: Case | None, rung: Alarm) -> None:
    alarm.ring(office, service, rung)


def _relate(office: Office, _service: Service, _case: Case | None, relation: Relate) -> None:
    changed = cases.change(relation.other, {"linked": relation.linked, "updated_at": office.clock()})
    entries.add_entries(changed, [relation.told])


def _delete(office: Office, _service: Service, _case: Case | None, deleted: DeleteCase) -> None:
    deleting.delete(deleted.case, deleted.by, deleted.reason, office.clock())


def _change_customer(office: Office, _service: Service, _case: Case | None, change: ChangeCustomer) -> None:
    if change.domain:
        customers.name_organisation(change.domain, str(change.changes["organisation"]))
        acts.record(f"organisation:{change.domain}", "change", change.by, change.reason, office.clock())
    else:
        customers.change(change.person, change.changes, change.by, change.reason, office.clock())


def _join_customers(office: Office, _service: Service, _case: Case | None, joined: JoinCustomers) -> None:
    customers.join(joined.source, joined.target, joined.by, joined.reason, office.clock())


def _part_customer(office: Office, _service: Service, _case: Case | None, parted: PartCustomer) -> None:
    customers.part(parted.person, parted.address, parted.by, parted.reason, office.clock())


#: What writes each action that is none of the case itself and no letter.
_WRITERS: dict[type[Action], Callable[[Office, Service, Case | None, Any], None]] = {
    ChangeEntry: _change_entry,
    ChangePerson: _set_away,
    ChangeBlacklist: _list,
    RevokeLetter: _revoke,
    Recall: _recall,
    CameBack: _came_back,
    Call: _call,
    Relate: _relate,
    DeleteCase: _delete,
    ChangeCustomer: _change_customer,
    JoinCustomers: _join_customers,
    PartCustomer: _part_customer,
    Alarm: _ring,
}


def _joined(office: Office, source: Case, whole: Case) -> Case:
    """The whole, with its people as the new numbers of the entries leave them."""
    merging.join(source, amended(whole, entries=whole.entries - source.entries), office.clock())
    return amended(whole, participants=cases.load([whole.id])[whole.id].participants)


#: What changes entries that the case has already.
_CHANGES_OTHERS = (ChangeEntry, TakeEntries, JoinCase)


def _case_and_entries(
    office: Office, decision: Decision, asked: Mapping[str, Customer] | None
) -> tuple[Case | None, Sequence[Entry]]:
    """Opens or changes the case with one statement, whatever number of changes it got, then adds its entries.

    The case as it has become, and the entries that were added. `asked`: see `people.customer`.
    """
    opened = next((one.case for one in decision.actions if isinstance(one, OpenCase)), None)
    new = [one.entry for one in decision.actions if isinstance(one, AddEntry)]
    taken = [one for one in decision.actions if isinstance(one, TakeEntries)]
    changes: dict[str, Any] = {}
    for action in decision.actions:
        if isinstance(action, ChangeCase):
            changes |= action.changes
    case = decision.case
    if case is None:
        return None, ()
    joined = next((one.source for one in decision.actions if isinstance(one, JoinCase)), None)
    if joined is not None:
        case = _joined(office, joined, amended(case, entries=case.entries - len(new)))
        case = cases.change(case, changes, len(new))
    elif opened is not None:
        customer = people.customer(opened.customer.address, office.clock(), opened.language, asked)
        room = opened.entries + len(new)
        case = cases.open_case(amended(opened, customer=customer, entries=room, **changes))
        for one in taken:
            splitting.take(one.source, case, one.entries, one.left, one.told, office.clock())
    else:
        case = cases.change(case, changes, len(new))
    return case, entries.add_counted(case, new)
