"""I/O: which links were used, so that none works twice and each can be undone, and which letters' links are dead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables.case_tables import LinkUse, RevokedLetter


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a link. `case` is the key of the case; `before` and `after` are JSON, for whoever undoes it."""

    digest: str
    case: int
    csr: str
    act: str
    argument: str
    used_at: datetime
    before: str = ""
    after: str = ""


def use(one: Use) -> bool:
    """Keeps that the link was used; False if it was used before. Belongs into the transaction of the act."""
    row = {name: getattr(one, name) for name in Use.__slots__}
    kept = LinkUse.insert(row).on_conflict(action="NOTHING", conflict_target=[LinkUse.digest])
    return bool(list(kept.returning(LinkUse.digest).tuples().execute()))


def used(digest: str) -> Use | None:
    """How the link with this digest was used, or None if it was not."""
    columns = [getattr(LinkUse, name) for name in Use.__slots__]
    row: Any = LinkUse.select(*columns).where(LinkUse.digest == digest).tuples().first()
    return Use(*row) if row else None


def revoke(letter: str, reason: str, now: datetime) -> None:
    """All links of this letter (`tokens.letter_name`) are dead from now on; twice changes nothing."""
    RevokedLetter.insert({"letter": letter, "revoked_at": now, "reason": reason}).on_conflict(
        action="NOTHING", conflict_target=[RevokedLetter.letter]
    ).execute()


def revoked(letter: str) -> str:
    """Why the links of this letter are dead, or ""."""
    row: Any = RevokedLetter.select(RevokedLetter.reason).where(RevokedLetter.letter == letter).tuples().first()
    return (str(row[0]) or "they were revoked") if row else ""


def all_revoked(letters: Iterable[str]) -> frozenset[str]:
    """Those of these names that are revoked."""
    wanted = padded(sorted(letters))
    return frozenset(letter for (letter,) in (_revoked(len(wanted), letters=wanted) if wanted else ()))


@Prepared
def _revoked(holes: Holes, count: int) -> Any:
    is_theirs = RevokedLetter.letter.in_(holes.each("letters", count))
    return RevokedLetter.select(RevokedLetter.letter).where(is_theirs).tuples()
