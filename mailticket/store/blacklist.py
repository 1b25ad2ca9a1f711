"""I/O: who is not listened to: addresses and domains, with or without a subject, by whom and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mailticket.config.models import Config
from mailticket.domain.people import BlacklistEntry
from mailticket.errors import Refused
from mailticket.store.engine.fields import is_true
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.proxies import database
from mailticket.store.tables.case_tables import Blacklist


def project(config: Config) -> None:
    """The config's entries as rows; those that are gone from it are gone here too. Others stay."""
    rules = {(rule.address.lower(), rule.subject) for rule in config.blacklist}
    rows = [{"address": a, "subject": s, "is_config": True, "by": "config"} for a, s in sorted(rules)]
    with database.atomic():
        Blacklist.delete().where(is_true(Blacklist.is_config)).execute()
        if rows:
            Blacklist.insert_many(rows).on_conflict(
                action="NOTHING", conflict_target=[Blacklist.address, Blacklist.subject, Blacklist.is_config]
            ).execute()


def matching(keys: Iterable[str]) -> tuple[BlacklistEntry, ...]:
    """Every entry for one of these address keys or its domain. Whether its subject fits is for the reader to say."""
    wanted = {pattern for key in keys for pattern in (key, f"*@{key.rpartition('@')[2]}")}
    asked = padded(sorted(wanted))
    return tuple(BlacklistEntry(*row) for row in _of(len(asked), addresses=asked)) if asked else ()


@Prepared
def _of(holes: Holes, count: int) -> Any:
    return _entries().where(Blacklist.address.in_(holes.each("addresses", count)))


def add(address: str, subject: str, by: str, now: datetime) -> None:
    """One more entry; adding it twice changes nothing. `address` is an address or *@domain."""
    new = {"address": address.strip().lower(), "subject": subject, "is_config": False, "by": by, "at": now}
    Blacklist.insert(new).on_conflict(
        action="NOTHING", conflict_target=[Blacklist.address, Blacklist.subject, Blacklist.is_config]
    ).execute()


def remove(address: str, subject: str) -> bool:
    """Take an entry back; False if there is none. Refused for one that stands in the config."""
    is_this = (Blacklist.address == address.strip().lower()) & (Blacklist.subject == subject)
    removed = bool(Blacklist.delete().where(is_this & ~is_true(Blacklist.is_config)).execute())
    if Blacklist.select().where(is_this).exists():
        raise Refused(f"{address} is blacklisted in the config.", "Remove its [[blacklist]] there and reload.")
    return removed


def entries() -> list[BlacklistEntry]:
    """All of them, by address."""
    return [BlacklistEntry(*row) for row in _entries()]


def _entries() -> Any:
    columns = (Blacklist.address, Blacklist.subject, Blacklist.by, Blacklist.at)
    return Blacklist.select(*columns).order_by(Blacklist.address, Blacklist.subject, Blacklist.id).tuples()
