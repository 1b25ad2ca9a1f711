"""What an IMAP folder holds: its state, its UIDs, parts of its mails. Reads only, changes nothing. I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailticket.wire.imap_session import Session

#: UIDs in one command: a line of 500 stays below the 8 KB that servers take.
BATCH = 500
#: Above so many mails SEARCH is asked by ranges: imaplib takes lines of at most 1 MB.
_SEARCH_SPAN = 50_000


@dataclass(frozen=True, slots=True)
class FolderState:
    """What SELECT tells. A changed `uidvalidity` means that every UID we know is void (RFC 9051 section 2.3.1.1)."""

    uidvalidity: int
    uidnext: int
    exists: int


class Reader:
    """Reads the selected folder of a session. Flags stay as they are: only BODY.PEEK is used."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._selected = ""
        self._exists = 0

    def select(self, folder: str) -> FolderState:
        """Select a folder, given by its full name."""
        told = self._session.ask(f"select {folder}", "select_folder", folder)
        if b"UIDNEXT" not in told or b"UIDVALIDITY" not in told:
            told = {**told, **self._status_of(folder)}
        with self._session.making_sense(f"select {folder}"):
            self._selected, self._exists = folder, int(told[b"EXISTS"])
            return FolderState(int(told[b"UIDVALIDITY"]), int(told[b"UIDNEXT"]), self._exists)

    def uidnext(self, folder: str) -> int:
        """The UID that the next mail of another folder will have."""
        told = self._status_of(folder)
        with self._session.making_sense(f"ask for the state of {folder}"):
            return int(told[b"UIDNEXT"])

    def search_from(self, first_uid: int) -> list[int]:
        """The UIDs from `first_uid` on, ascending."""
        if self._exists <= _SEARCH_SPAN:
            found = set(self._session.ask("search", "search", ["UID", f"{first_uid}:*"]))
        else:
            last_uid = self.select(self._selected).uidnext
            found = set()
            for start in range(first_uid, last_uid + 1, _SEARCH_SPAN):
                span = f"{start}:{start + _SEARCH_SPAN - 1}"
                found.update(self._session.ask("search", "search", ["UID", span]))
        # "n:*" always gives the last mail, even if its UID is below n (RFC 9051 section 9, seq-range).
        return sorted(uid for uid in found if uid >= first_uid)

    def present(self, uids: Sequence[int]) -> set[int]:
        """Those of at most BATCH UIDs that are there."""
        if not uids:
            return set()
        return set(self._session.ask("search", "search", ["UID", ",".join(map(str, uids))]))

    def parts(self, uids: Sequence[int], items: list[str]) -> list[tuple[int, dict[bytes, Any]]]:
        """What FETCH tells of each mail that is there, ascending by UID."""
        if not uids:
            return []
        found: dict[int, dict[bytes, Any]] = self._session.ask("fetch mails", "fetch", list(uids), items)
        # News of other mails may come along.
        return [(uid, found[uid]) for uid in sorted(uids) if uid in found]

    def part(self, uid: int, offset: int, length: int) -> bytes | None:
        """At most `length` bytes of a mail from `offset` on; empty behind its end, None if it is gone."""
        found = dict(self.parts([uid], [f"BODY.PEEK[]<{offset}.{length}>"]))
        key = b"BODY[]<%d>" % offset
        return bytes(found[uid][key] or b"") if key in found.get(uid, {}) else None

    def heads(self, uids: Iterable[int], limit: int) -> dict[int, bytes]:
        """The first `limit` bytes of each mail that is there."""
        told = [one for batch in batches(uids, BATCH) for one in self.parts(batch, [f"BODY.PEEK[]<0.{limit}>"])]
        return {uid: bytes(parts[b"BODY[]<0>"]) for uid, parts in told if parts.get(b"BODY[]<0>") is not None}

    def fingerprints(self, uids: Iterable[int]) -> dict[int, tuple[int, bytes]]:
        """Size and digest of the header: the same mail in another folder has the same."""
        found: dict[int, tuple[int, bytes]] = {}
        for batch in batches(uids, BATCH):
            told = self.parts(batch, ["RFC822.SIZE", "BODY.PEEK[HEADER]"])
            with self._session.making_sense("read the heads of mails"):
                for uid, parts in told:
                    header = bytes(parts.get(b"BODY[HEADER]") or b"")
                    found[uid] = (int(parts[b"RFC822.SIZE"]), hashlib.sha256(header).digest())
        return found

    def _status_of(self, folder: str) -> dict[bytes, int]:
        wanted = ["UIDNEXT", "UIDVALIDITY"]
        return dict(self._session.ask(f"ask for the state of {folder}", "folder_status", folder, wanted))


def batches(uids: Iterable[int], size: int) -> Iterator[list[int]]:
    """The UIDs, ascending, each once, at most `size` at a time."""
    ordered = sorted(set(uids))
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
