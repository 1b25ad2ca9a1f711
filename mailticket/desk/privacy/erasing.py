"""Erasure of a customer: planned, begun by a row, ended by whoever runs. I/O.

Each case is a transaction of its own; a crash in between leaves a row that the next round goes on from.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from mailticket import failpoints
from mailticket.desk.office import Office
from mailticket.desk.privacy.records import Records, Request, forget_elsewhere, leave_no_trace, refuse_while_indexing
from mailticket.domain.address import Address
from mailticket.domain.people import Person
from mailticket.errors import Conflict, MailticketError
from mailticket.store import cases
from mailticket.store.engine.locking import repeated
from mailticket.store.privacy import erasing, erasures, vault
from mailticket.store.privacy.erasing import Whose
from mailticket.store.privacy.erasures import Task

log = logging.getLogger(__name__)

_AT_ONCE = 200
#: What no erasure reaches.
BEYOND = (
    "mail that was sent already, and copies in the mailbox on the server",
    "backups: they hold it until they are thrown away",
    "the blacklist, where the address was put on purpose (`mailticket blacklist remove`)",
    "what other customers' cases and mails say of them, and mails that were set aside before they were read",
    "the log, which names addresses, until it is rotated, and webhook calls that were made",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go: case IDs whose whole words go, those that keep the others' words, and how much there is in all."""

    whole: tuple[str, ...]
    shared: tuple[str, ...]
    entries: int
    files: int
    mails: int
    letters: int
    beyond: tuple[str, ...] = BEYOND


@dataclass(frozen=True, slots=True)
class Erased:
    """`waits` is why it is not done yet ("" if it is); it goes on by itself. `left`: traces that may be left."""

    erasure: int
    waits: str = ""
    left: str = ""


def plan(person: Person) -> Plan:
    """Nothing is changed. On the caller's connection."""
    keys = frozenset(one.key for one in person.addresses)
    found = cases.load(erasures.case_ids(erasures.rows_of(person.id), keys))
    shared = tuple(one.id for one in found.values() if erasing.others_in(one, keys))
    counted = erasures.counts([one.key for one in found.values()], keys)
    entries, files, mails, letters = (counted[name] for name in ("entries", "files", "mails", "letters"))
    return Plan(tuple(id for id in found if id not in shared), shared, entries, files, mails, letters)


def erase(records: Records, person: Person, request: Request) -> Erased:
    """From now on it happens, whatever becomes of this process. What waits for a letter goes on in the daemon."""
    with records.store.connection():
        refuse_while_indexing()
        with records.store.transaction():
            id = erasures.begin(person.id, request.name, request.why, records.clock())
        (task,) = [one for one in erasures.undone() if one.id == id]
        try:
            _carry_out(records, task)
        except Conflict as waits:
            return Erased(id, f"{waits.what} {waits.fix}".strip())
    return Erased(id, left=leave_no_trace(records))


def go_on(office: Office) -> int:
    """Erasures that were interrupted, or waited for a letter, go on; the number of those that are done now."""
    records, done = Records.of(office), 0
    with office.connected():
        vault.wrap_anew(office.keys)
        for task in erasures.undone():
            try:
                _carry_out(records, task)
                done += 1
            except MailticketError as error:
                log.warning("erasure %d waits: %s", task.id, error)
    if done:
        leave_no_trace(records)
    return done


def _carry_out(records: Records, task: Task) -> None:
    """Step by step, each a short transaction that does nothing when it is done once more; the last is what ends it.

    Raises Conflict if a letter has yet to go; what was erased until then stays erased.
    """
    whose = _whose(task.addresses)
    waits: Conflict | None = None
    for case_id in erasures.case_ids(task.customers, whose.keys):
        try:
            _erase_case(records, case_id, whose)
        except Conflict as error:
            waits = error
        failpoints.reach("erase.case")
    if waits is not None:
        raise waits
    while _erase_addressed(records, whose):
        pass
    theirs = erasures.all_case_ids(task.customers)
    forget_elsewhere(records, erasing.names(whose, theirs))
    failpoints.reach("erase.elsewhere")
    _end(records, task, whose, len(theirs))
    log.info("erasure %d is done", task.id)


def _whose(addresses: tuple[Address, ...]) -> Whose:
    names = [one.name for one in addresses if len(one.name.split()) > 1]
    words = dict.fromkeys((*(one.address for one in addresses), *names))
    return Whose(frozenset(one.key for one in addresses), tuple(words))


@repeated
def _erase_case(records: Records, case_id: str, whose: Whose) -> None:
    with records.store.transaction():
        cases.lock([case_id])
        case = cases.load([case_id])[case_id]
        if erasing.others_in(case, whose.keys):
            erasing.share(case, whose, records.clock())
        else:
            erasing.whole(case, records.clock())


@repeated
def _erase_addressed(records: Records, whose: Whose) -> bool:
    """Some of what went to them or came from them and belongs to no case; is there more?"""
    with records.store.transaction():
        return erasing.addressed(whose, records.clock(), _AT_ONCE)


@repeated
def _end(records: Records, task: Task, whose: Whose, cases_erased: int) -> None:
    """What reached them meanwhile, and their names: from here on nobody knows whose erasure it was."""
    with records.store.transaction():
        erasing.addressed(whose, records.clock())
        erasures.end(task, whose.words, cases_erased, records.clock())
