"""One IMAP folder, by UID only: what is there, its mails byte for byte, moved or deleted and verified, IDLE. I/O."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from types import TracebackType
from typing import Any

from mailticket.errors import Permanent, Temporary
from mailticket.wire.folders import Folders
from mailticket.wire.imap_reader import BATCH, FolderState, Reader, batches
from mailticket.wire.imap_removal import Removal
from mailticket.wire.imap_session import Declined, Session
from mailticket.wire.imap_settings import ImapSettings
from mailticket.wire.tls import TlsFacts

__all__ = ["Fetched", "FolderState", "ImapProbe", "ImapSettings", "Mailbox", "Meta", "probe"]

#: Whole mails in one command, and their bytes: all of them are held in memory.
_FETCH_BATCH = 50
_FETCH_BYTES = 16 * 1024 * 1024
#: Renewed long before the 29 minutes of RFC 2177: firewalls forget quiet lines after five.
_IDLE_RENEWED_AFTER = 240.0
_IDLE_SLICE = 0.5
_CHUNK = 1024 * 1024
_APPENDED = re.compile(rb"\[APPENDUID \d+ (\d+)\]")


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a mail before it is fetched: when it came to the server, and its `size` in bytes, which Exchange
    only estimates."""

    size: int
    internal_at: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail, `raw` exactly as the server keeps it."""

    uid: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class ImapProbe:
    """What `check` prints about a mailbox."""

    capabilities: frozenset[str]
    tls: TlsFacts
    state: FolderState


_LONG_AGO = datetime.fromtimestamp(0, UTC)


class Mailbox:
    """One folder on one connection, for one thread. Raises Temporary, Permanent or AccountTrouble, nothing else.

    After a failure of the connection `is_open` is False; `open` it again. Sequence numbers, bare EXPUNGE and
    anything that sets \\Seen are never used, and no value from a mail ever stands in a command.
    """

    def __init__(self, settings: ImapSettings) -> None:
        self.settings = settings
        self._session = Session(settings)
        self._folders = Folders(self._session)
        self._reader = Reader(self._session)
        self._removal = Removal(self._session, self._folders, self._reader)

    def __enter__(self) -> Mailbox:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return self._session.is_open

    @property
    def capabilities(self) -> frozenset[str]:
        return self._session.capabilities

    def open(self) -> FolderState:
        """Connect, secure, log in, select the folder."""
        self._session.open()
        self._folders.forget()
        try:
            return self.status()
        except Declined as error:
            folder = self.settings.folder
            with self._session:
                if self._session.ask("look for a folder", "folder_exists", folder):
                    raise
            fix = "Check the key folder of [service.imap]."
            raise Permanent(f"{self._session.account} has no folder {folder!r}.", fix) from error

    def close(self) -> None:
        self._session.close()

    def abort(self) -> None:
        """Break the connection: whoever waits on it gets a Temporary at once. Any thread may call this."""
        self._session.abort()

    def status(self) -> FolderState:
        """The folder's state now. It is selected again: many servers answer STATUS on the selected one stale."""
        return self._reader.select(self.settings.folder)

    def look_again(self) -> None:
        """What came since the folder was selected is there from now on: a search alone need not tell of it.

        NOOP, RFC 9051 section 6.1.2.
        """
        self._session.ask("ask for news", "noop")

    def uids_from(self, first_uid: int) -> list[int]:
        """UIDs from `first_uid` on, ascending."""
        return self._reader.search_from(first_uid)

    def all_uids(self) -> list[int]:
        """The UIDs of every mail in the folder, ascending."""
        return self._reader.search_from(1)

    def sizes(self, uids: Iterable[int]) -> dict[int, Meta]:
        """Size and arrival of those mails that are still there."""
        found: dict[int, Meta] = {}
        for batch in batches(uids, BATCH):
            told = self._reader.parts(batch, ["RFC822.SIZE", "INTERNALDATE"])
            with self._session.making_sense("read the sizes of mails"):
                for uid, parts in told:
                    if b"RFC822.SIZE" in parts:
                        found[uid] = Meta(int(parts[b"RFC822.SIZE"]), _internal_at(parts))
        return found

    def fetch(self, wanted: Mapping[int, Meta]) -> Iterator[Fetched]:
        """Whole mails, several to a command, in the order of the UIDs; `wanted` as `sizes` told of them. One that
        vanished meanwhile is absent.

        Take mails above the limit by `fetch_to`: here each mail is held in memory.
        """
        for batch in _by_weight(wanted):
            for uid, parts in self._reader.parts(batch, ["BODY.PEEK[]"]):
                if parts.get(b"BODY[]") is not None:
                    yield Fetched(uid, bytes(parts[b"BODY[]"]))

    def fetch_to(self, uid: int, write: Callable[[bytes], object], chunk: int = _CHUNK) -> int:
        """One mail of any size, `chunk` bytes at a time; the number of bytes. Temporary if it vanishes."""
        total = 0
        while part := self._reader.part(uid, total, chunk):
            write(part)
            total += len(part)
        if part is None:
            raise Temporary(f"Mail {uid} of {self._session.account} vanished while it was fetched.")
        return total

    def fetch_head(self, uid: int, limit: int) -> bytes | None:
        """The first `limit` bytes of a mail; None if it is gone."""
        return self._reader.part(uid, 0, limit)

    def heads(self, uids: Iterable[int], limit: int) -> dict[int, bytes]:
        """The first `limit` bytes of each of those mails that are still there."""
        return self._reader.heads(uids, limit)

    def move(self, uids: Iterable[int], folder: str) -> set[int]:
        """Move to `folder` (made if missing). Returns those that are gone from here, verified by a search."""
        return self._removal.move(uids, folder)

    def delete(self, uids: Iterable[int], trash: str | None = None) -> set[int]:
        """Delete for good. Returns those that are gone, verified by a search.

        `trash` is the full name of a folder that deletion must go through; None finds out by itself.
        """
        return self._removal.delete(uids, trash)

    def existing(self, name: str, use: bytes = b"") -> str:
        """The full name of a folder by its special use (RFC 6154) or by our name for it; "" if there is none."""
        return self._folders.existing(name, use)

    def wait(self, seconds: float, stop: Event) -> bool:
        """Wait for news: True as soon as the server says anything; False after `seconds` or when `stop` is set.

        True means "go and look", no more: what the server said is not relied on.
        """
        if "IDLE" not in self.capabilities:
            stop.wait(seconds)
            return False
        ends = time.monotonic() + seconds
        while not stop.is_set() and (left := ends - time.monotonic()) > 0:
            if self._idle(min(left, _IDLE_RENEWED_AFTER), stop):
                return True
        return False

    def full_name(self, folder: str) -> str:
        """What the server calls a folder of ours."""
        return self._folders.full_name(folder)

    def folder_names(self) -> list[str]:
        """The full names of all folders of the account."""
        return [str(name) for _flags, _separator, name in self._session.ask("list the folders", "list_folders")]

    def make_folder(self, folder: str) -> None:
        """A folder of ours that exists when this returns."""
        self._folders.ensure(folder)

    def append(self, raw: bytes, folder: str) -> int | None:
        """Put a mail into a folder (made if missing); its UID, if the server tells. Bare LF becomes CRLF."""
        full_name = self._folders.ensure(folder)
        told = self._session.ask(f"put a mail into {full_name}", "append", full_name, literal=raw)
        match = _APPENDED.search(told or b"")
        return int(match[1]) if match else None

    def _idle(self, seconds: float, stop: Event) -> bool:
        ends = time.monotonic() + seconds
        self._session.ask("wait for mail", "idle")
        news = bool(self._session.ask("wait for mail", "idle_check", 0))
        while not news and not stop.is_set() and (left := ends - time.monotonic()) > 0:
            news = self._session.is_readable(min(left, _IDLE_SLICE))
        # It reads blocking up to the end, so half a line does no harm and a dead line shows.
        _text, told = self._session.ask("wait for mail", "idle_done")
        return news or bool(told)


def probe(settings: ImapSettings) -> ImapProbe:
    """Connect, log in, look at the folder, leave."""
    mailbox = Mailbox(settings)
    with mailbox:
        return ImapProbe(mailbox.capabilities, mailbox._session.tls_facts(), mailbox.status())


def _by_weight(wanted: Mapping[int, Meta]) -> Iterator[list[int]]:
    """The UIDs, ascending, in batches of bounded number and size."""
    for whole in batches(wanted, _FETCH_BATCH):
        batch: list[int] = []
        weight = 0
        for uid in whole:
            if batch and weight + wanted[uid].size > _FETCH_BYTES:
                yield batch
                batch, weight = [], 0
            batch.append(uid)
            weight += wanted[uid].size
        yield batch


def _internal_at(parts: dict[bytes, Any]) -> datetime:
    """INTERNALDATE in UTC. A server that does not tell it, or tells nonsense, gives a mail of long ago."""
    told = parts.get(b"INTERNALDATE")
    if not isinstance(told, datetime):
        return _LONG_AGO
    try:
        return told.astimezone(UTC)
    except (ValueError, OverflowError):  # a zone of more than a day, or near the years 1 and 9999
        return _LONG_AGO
