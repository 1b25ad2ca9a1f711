"""I/O: which mails of the inbox were seen before: the same mail is the same Message-ID and the same content."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from mailticket.store.engine.fields import bounded
from mailticket.store.engine.prepared import Hole, Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.tables.mail_tables import Logical


def firsts(keys: Mapping[int, tuple[str, str]]) -> dict[int, int]:
    """The inbox row of the first copy of each mail: of those that come first, their own.

    `keys`: (service, logical key) by inbox row. From now on these mails are known.
    """
    named = {row: (bounded(service), bounded(key)) for row, (service, key) in keys.items()}
    # In the order of their keys: two daemons that take in the same mails wait for each other in one direction.
    in_order = sorted((of, row) for row, of in named.items())
    new = [{"service": service, "logical_key": key, "inbox": row} for (service, key), row in in_order]
    first = {(service, key): row for service, key, row in _insert_logical(rows=new)}
    known = padded(sorted({of for of in named.values() if of not in first}))
    first |= {(service, key): row for service, key, row in (_known(len(known), keys=known) if known else ())}
    return {row: first[of] for row, of in named.items()}


@PreparedRows
def _insert_logical(holes: Holes) -> Any:
    new = Logical.insert_many([holes.columns(("service", "logical_key", "inbox"))])
    once = new.on_conflict(action="NOTHING", conflict_target=[Logical.service, Logical.logical_key])
    return once.returning(Logical.service, Logical.logical_key, Logical.inbox).tuples()


@Prepared
def _known(holes: Holes, count: int) -> Any:
    places = [(Hole("keys", place, 0), Hole("keys", place, 1)) for place in range(count)]
    same = ((Logical.service == service) & (Logical.logical_key == key) for service, key in places)
    rows = Logical.select(Logical.service, Logical.logical_key, Logical.inbox)
    return rows.where(reduce(operator.or_, same)).tuples()


def forget(rows: Iterable[int]) -> None:
    """As if `firsts` had not been asked for the mails of these inbox rows: their turn comes later."""
    wanted = padded(rows)
    if wanted:
        _forget_logical(len(wanted), rows=wanted).execute()


@Prepared
def _forget_logical(holes: Holes, count: int) -> Any:
    return Logical.delete().where(Logical.inbox.in_(holes.each("rows", count)))
