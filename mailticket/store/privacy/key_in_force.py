"""I/O: the key that seals for this database, by its fingerprint: every daemon of one database has the same key file."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from mailticket.errors import Permanent
from mailticket.store.tables.privacy_tables import KeyInForce
from mailticket.tokens import Keys

_ONLY_ROW = 1


def agree(keys: Keys) -> None:
    """Inside a transaction. The first daemon's key is in force; a key file that has it may put another one first.

    Raises Permanent if the key file lacks it: what it seals the others could not open, nor it what they sealed.
    """
    ours = [fingerprint(one) for one in keys.secrets]
    row = {"id": _ONLY_ROW, "fingerprint": ours[0]}
    KeyInForce.insert(row).on_conflict(action="NOTHING", conflict_target=[KeyInForce.id]).as_rowcount().execute()
    found: Any = KeyInForce.select(KeyInForce.fingerprint).tuples().get()
    if found[0] not in ours:
        raise Permanent(
            "This key file is not the one under which this database seals letters, links and masked words.",
            "Copy mailticket.key from the daemon that works on it, or from a backup, into the data folder. "
            "If it is lost for good: `mailticket migrate --new-key`.",
        )
    if found[0] != ours[0]:
        KeyInForce.update(fingerprint=ours[0]).execute()


def forget() -> bool:
    """The next daemon's key will be in force; was there another one before?"""
    return bool(KeyInForce.delete().execute())


def fingerprint(secret: bytes) -> str:
    """What tells keys apart and says nothing about them."""
    return hmac.new(secret, b"mailticket: which key is this?", hashlib.sha256).hexdigest()[:32]
