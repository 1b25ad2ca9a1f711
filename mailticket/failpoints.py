"""Failpoints: named moments of a mail's road at which a test kills, fails or stops this process. I/O, bottom floor.

`MAILTICKET_FAILPOINT=name:action:nth` arms one of them; `nth` counts how often the moment is reached in this process,
1 if left out. Off, which is always but in tests, `reach` is an empty function.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping

from mailticket.errors import ConfigError, Temporary

VARIABLE = "MAILTICKET_FAILPOINT"

#: Every moment, in the order of the road, and what is true when it is reached.
POINTS: Mapping[str, str] = {
    "collect.found": "new mails are known by their UIDs, nothing was fetched",
    "collect.fetched": "their bytes are in memory",
    "blobs.synced": "a large file is on disk under its passing name",
    "blobs.renamed": "it has its own name, its folder is not synced",
    "collect.stored": "the bytes are durable, no row names them",
    "collect.written": "the inbox rows are written, not committed",
    "collect.committed": "the inbox rows are committed, the server is as it was",
    "collect.advanced": "the watermark of the folder is committed",
    "receive.claimed": "the rows are leased, the attempt is committed",
    "receive.parsed": "the mails are read",
    "receive.files_stored": "their files are durable, no row names them",
    "receive.keyed": "the logical key is written, not committed",
    "receive.applied": "case, entry and letters are written, not committed",
    "receive.settled": "the inbox row is settled, not committed",
    "receive.committed": "all of it is committed, nobody is woken",
    "assign.applied": "the case has its CSR, not committed",
    "assign.committed": "the assignment is committed",
    "tidy.found": "it is known what to change on the server",
    "imap.moved": "the server has moved mails, nobody looked whether it did",
    "imap.marked": "mails are marked as deleted, not expunged",
    "tidy.changed": "the server is changed and looked at, the rows do not know",
    "tidy.noted": "the rows know",
    "deliver.claimed": "the letters are leased, the attempt is committed, nobody is connected",
    "deliver.assembled": "the letter is whole, the relay has nothing of it",
    "smtp.recipient": "the relay takes the recipient",
    "deliver.body_sent": "the relay has the whole mail, only the dot is missing",
    "deliver.final_dot": "that the dot comes next is committed",
    "smtp.dot_sent": "the dot is sent: the relay may have the mail",
    "deliver.accepted": "the relay's yes is heard, no row knows",
    "deliver.recorded": "the row knows that it is sent",
    "erase.case": "a case of a customer who is erased is empty, others may be whole",
    "erase.elsewhere": "nothing names them any more but their own rows, the erasure is not done",
}

#: Those of a mail's road, which every desk passes; the others belong to what people ask for.
ROAD = tuple(name for name in POINTS if not name.startswith("erase."))


def _off(_name: str) -> None:
    """Nothing is armed."""


#: Called at each moment with its name: `failpoints.reach("collect.stored")`.
reach: Callable[[str], None] = _off


def arm(order: str) -> None:
    """Sets what `reach` does from now on: "name:action:nth", or "" for nothing. Raises ConfigError if it cannot."""
    global reach
    if not order:
        reach = _off
        return
    name, _, rest = order.partition(":")
    action, _, nth = rest.partition(":")
    if name not in POINTS or action not in _ACTIONS or not (nth or "1").isdecimal():
        allowed = f"name:{'|'.join(_ACTIONS)}:nth, the names being {', '.join(POINTS)}"
        raise ConfigError([f"{VARIABLE}: {order!r} is not understood; allowed is {allowed}"])
    numbers, wanted, act = itertools.count(1), int(nth or "1"), _ACTIONS[action]

    def reached(here: str) -> None:
        # next() on a count is one step of the interpreter: threads need no lock for it.
        if here == name and next(numbers) == wanted:
            print(f"{VARIABLE}: {order}", file=sys.stderr, flush=True)
            act(name)

    reach = reached


def _kill(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop(_name: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _error(name: str) -> None:
    raise Temporary(f"The failpoint {name} was reached.", f"Unset {VARIABLE}.")


_ACTIONS: Mapping[str, Callable[[str], None]] = {"kill": _kill, "stop": _stop, "error": _error}
