"""I/O: what is sealed under the key of its case: AES-256-GCM under a random key, that key wrapped under the key file.

With the key of a case goes all that was ever sealed under it, in every copy of it, backups apart.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mailticket.errors import Permanent
from mailticket.store.tables.case_tables import Entry
from mailticket.store.tables.mail_tables import Inbox
from mailticket.store.tables.privacy_tables import CaseKey, SealedEntry
from mailticket.tokens import Keys

_NONCE = 12  # bytes; NIST SP 800-38D section 8.2.2: random, far fewer than 2^32 under one key


@dataclass(frozen=True, slots=True)
class Seal:
    """The key of one case. `id` is what rows name it by."""

    id: int
    secret: bytes

    def close(self, plain: bytes, about: str) -> bytes:
        """Sealed bytes, good only for what `about` names ("entry:12")."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """The plain bytes. Raises Permanent if they were spoilt, or are about something else."""
        try:
            return AESGCM(self.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except InvalidTag as error:
            raise Permanent(f"What is sealed for {about} is damaged.", "Restore it from a backup.") from error


def seal_of(keys: Keys, case_key: int, now: datetime) -> Seal:
    """The key of this case (the key of its row), made if it has none."""
    fresh = _wrapping(keys).encrypt(AESGCM.generate_key(bit_length=256)).decode("ascii")
    CaseKey.insert(case=case_key, wrapped=fresh, made_at=now).on_conflict(
        action="NOTHING", conflict_target=[CaseKey.case]
    ).execute()
    row: Any = CaseKey.get(CaseKey.case == case_key)
    return _opened(keys, row)


def seal(keys: Keys, key_id: int) -> Seal:
    """The key with this id. Raises Permanent if it was destroyed, or the key file is not the one that wrapped it."""
    row: Any = CaseKey.get_or_none(CaseKey.id == key_id)
    if row is None:
        raise Permanent("What was sealed here was erased: its key is destroyed.")
    return _opened(keys, row)


def destroy(case_keys: list[int]) -> None:
    """Nothing that is sealed under the keys of these cases can be read again, but for what another case needs."""
    needed = SealedEntry.select(SealedEntry.key_id)
    mails = Inbox.select(Inbox.key_id).where(Inbox.key_id.is_null(False))
    is_free = CaseKey.id.not_in(needed) & CaseKey.id.not_in(mails)
    CaseKey.delete().where(CaseKey.case.in_(case_keys) & is_free).execute()


def wrap_anew(keys: Keys) -> int:
    """After a new first line in the key file: every key is wrapped under it; their number. Safe at any time."""
    newest, changed = Fernet(_derived(keys.secrets[0])), 0
    rows: Any = CaseKey.select(CaseKey.id, CaseKey.wrapped).order_by(CaseKey.id).tuples()
    for id, wrapped in list(rows) if len(keys.secrets) > 1 else ():
        try:
            newest.decrypt(wrapped.encode())
        except InvalidToken:
            anew = _rotated(keys, wrapped)
            changed += CaseKey.update(wrapped=anew).where((CaseKey.id == id) & (CaseKey.wrapped == wrapped)).execute()
    return changed


def keep_entry(seal: Seal, entry_id: int, plain: bytes) -> None:
    """The entry as it was. One that is kept already stays: nothing in it was masked before."""
    about = f"entry:{entry_id}"
    sealed = base64.b64encode(seal.close(plain, about)).decode("ascii")
    row = {"entry": entry_id, "key_id": seal.id, "sealed": sealed}
    SealedEntry.insert(row).on_conflict(action="NOTHING", conflict_target=[SealedEntry.entry]).execute()
    Entry.update(key_id=seal.id).where((Entry.id == entry_id) & Entry.key_id.is_null()).execute()


def entry(keys: Keys, entry_id: int) -> bytes | None:
    """The entry as it was before anything in it was masked; None if nothing was."""
    row: Any = SealedEntry.get_or_none(SealedEntry.entry == entry_id)
    if row is None:
        return None
    return seal(keys, row.key_id).open(base64.b64decode(row.sealed), f"entry:{entry_id}")


def _opened(keys: Keys, row: Any) -> Seal:
    try:
        return Seal(row.id, _wrapping(keys).decrypt(row.wrapped.encode()))
    except InvalidToken as error:
        raise _foreign() from error


def _rotated(keys: Keys, wrapped: str) -> str:
    try:
        return _wrapping(keys).rotate(wrapped.encode()).decode("ascii")
    except InvalidToken as error:
        raise _foreign() from error


def _foreign() -> Permanent:
    return Permanent(
        "The key of a case is sealed under a key that the key file no longer has.",
        "Bring mailticket.key back from a backup.",
    )


def _wrapping(keys: Keys) -> MultiFernet:
    """The first secret of the key file wraps, all of them open."""
    return MultiFernet([Fernet(_derived(one)) for one in keys.secrets])


def _derived(secret: bytes) -> bytes:
    """A key for this purpose alone."""
    return base64.urlsafe_b64encode(hmac.digest(secret, b"case-key", "sha256"))
