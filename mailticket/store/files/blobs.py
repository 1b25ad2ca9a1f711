"""I/O: raw mails and files, each under the SHA-256 of its bytes, on disk before the caller goes on.

Small ones stand in a table (a database file of their own with SQLite, so that the desk's stays small and quick),
larger ones are files of a depot: <data>/files, or an S3 bucket.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from mailticket.errors import Permanent
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.engine.proxies import blob_database, database
from mailticket.store.files.depots import Depot, Kept, disk_of
from mailticket.store.files.removal_lock import while_removing, while_storing
from mailticket.store.tables.mail_tables import Blob

#: Up to this size in bytes a row is quicker than a file.
SMALL = 256 * 1024
#: A small one that comes again is written again only for its moment, and for that not every time.
_SAME_MOMENT = timedelta(hours=6)
#: `put_at` of what is older than that column.
_UNKNOWN = datetime.fromtimestamp(0, UTC)

_depot: Depot


def keep_in(depot: Depot) -> None:
    """Where large ones are kept from now on."""
    global _depot
    _depot = depot


def put(content: bytes) -> str:
    """Store the bytes; the hex digest that they are found by. On disk when it returns; the same bytes twice are one."""
    return put_many([content])[0]


@Prepared
def _content(holes: Holes) -> Any:
    return Blob.select(Blob.content).where(Blob.sha256 == holes.sha256).tuples()


def put_many(contents: Sequence[bytes]) -> list[str]:
    """Store all of them with one commit, and one sync for each large one; their digests in the same order."""
    if database.in_transaction():
        raise RuntimeError("blobs are stored before the transaction that names them, never inside it")
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    rows = {}
    for digest, content in zip(digests, contents, strict=True):
        if len(content) <= SMALL:
            rows[digest] = content
        else:
            with Writer() as writer:
                writer.write(content)
    _insert(rows)
    return digests


def get(sha256: str, most: int | None = None) -> bytes:
    """The bytes under this digest, or the first `most` of them. Raises Permanent if we do not have them.

    A whole file is checked against its digest: what a disk has spoilt is never taken for the mail.
    """
    return b"".join(read(sha256, most))


def small_ones(digests: Iterable[str]) -> dict[str, bytes]:
    """Those of these that are small, in one statement. Raises Permanent if one is damaged."""
    wanted = padded(dict.fromkeys(digests))
    for one in wanted:
        _check_name(one)
    with _connection():
        rows = list(_contents(len(wanted), digests=wanted)) if wanted else []
    return {digest: b"".join(_checked(digest, iter([bytes(content)]))) for digest, content in rows}


@Prepared
def _contents(holes: Holes, count: int) -> Any:
    return Blob.select(Blob.sha256, Blob.content).where(Blob.sha256.in_(holes.each("digests", count))).tuples()


def read(sha256: str, most: int | None = None) -> Iterator[bytes]:
    """The same in chunks, for what is too large to hold at once. The last one comes after the check."""
    _check_name(sha256)
    with _connection():
        rows = list(_content(sha256=sha256))
    chunks = iter([bytes(rows[0][0][:most])]) if rows else _depot.read(sha256, most)
    if chunks is None:
        raise Permanent(f"The stored mail or file {sha256} is missing.", "Restore it from a backup.")
    return chunks if most is not None else _checked(sha256, chunks)


def _checked(sha256: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    found = hashlib.sha256()
    last = b""
    for chunk in chunks:
        found.update(chunk)
        if last:
            yield last
        last = chunk
    if found.hexdigest() != sha256:
        raise Permanent(f"The stored mail or file {sha256} is damaged.", "Restore it from a backup.")
    yield last


def exists(sha256: str) -> bool:
    """Do we have these bytes?"""
    _check_name(sha256)
    with _connection():
        found = Blob.select(Blob.sha256).where(Blob.sha256 == sha256).exists()
    return bool(found) or _depot.has(sha256)


def remove(sha256: str) -> None:
    """Forget these bytes, if we have them. The caller knows that nothing names them any more."""
    _check_name(sha256)
    with _connection():
        Blob.delete().where(Blob.sha256 == sha256).execute()
    _depot.remove(sha256)


def names(after: str, limit: int) -> list[str]:
    """The digests of the next small ones after the digest `after`, in their order."""
    with _connection():
        found: Any = Blob.select(Blob.sha256).where(Blob.sha256 > after).order_by(Blob.sha256).limit(limit).tuples()
        return [digest for (digest,) in found]


def old_small(digests: Sequence[str], moment: datetime) -> list[str]:
    """Those of these small ones that were last put before `moment`."""
    with _connection():
        found: Any = Blob.select(Blob.sha256).where(Blob.sha256.in_(digests) & (Blob.put_at < moment)).tuples()
        return [digest for (digest,) in found]


def forget_small(digests: Sequence[str], moment: datetime, now: datetime) -> int:
    """Removes those of these small ones that were last put before `moment`; their number.

    One whose moment nobody knows counts as put `now`.
    """
    if not digests:
        return 0
    with _connection():
        is_one = Blob.sha256.in_(digests)
        gone = Blob.delete().where(is_one & (Blob.put_at < moment) & (Blob.put_at > _UNKNOWN)).execute()
        Blob.update(put_at=now).where(is_one & (Blob.put_at == _UNKNOWN)).execute()
    return int(gone)


def all_large() -> Iterator[Kept]:
    """Every file of the depot, in no order."""
    return _depot.all()


def forget_large(sha256: str, moment: datetime) -> bool:
    """Removes a large one if it was last put before `moment` and nobody stores one just now; was it removed?"""
    _check_name(sha256)
    with _connection(), while_removing(_depot.unfinished) as is_alone:
        put_at = _depot.put_at(sha256) if is_alone else None
        if put_at is None or put_at >= moment:
            return False
        _depot.remove(sha256)
        return True


class Writer:
    """Stores bytes that come piece by piece; nothing on an error. `sha256` and `size` are known after the block.

    with Writer() as writer:
        writer.write(chunk)
    """

    def __init__(self) -> None:
        self.sha256 = ""
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes]

    def __enter__(self) -> Self:
        with disk_of(_depot.unfinished):
            _depot.unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = tempfile.NamedTemporaryFile(dir=_depot.unfinished, delete=False)
        return self

    def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)
        with disk_of(_depot.unfinished):
            self._file.write(chunk)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        unfinished = Path(self._file.name)
        try:
            with disk_of(_depot.unfinished), self._file:
                if kind is None:
                    self._finish(unfinished)
        finally:
            unfinished.unlink(missing_ok=True)

    def _finish(self, unfinished: Path) -> None:
        self.sha256 = self._hash.hexdigest()
        self._file.flush()
        if self.size <= SMALL:
            _insert({self.sha256: unfinished.read_bytes()})
            return
        with _connection(), while_storing(_depot.unfinished):
            _depot.keep(self.sha256, unfinished)


def _insert(rows: dict[str, bytes]) -> None:
    if not rows:
        return
    # In the order of their digests: two daemons that store the same files wait for each other in one direction.
    now = datetime.now(UTC)
    values = [{"sha256": digest, "content": rows[digest], "put_at": now} for digest in sorted(rows)]
    with _connection(), blob_database.atomic():
        _insert_all.write(values, now=now, moments_ago=now - _SAME_MOMENT)


@PreparedRows
def _insert_all(holes: Holes) -> Any:
    new = Blob.insert_many([holes.columns(("sha256", "content", "put_at"))])
    is_older = Blob.put_at < holes.moments_ago
    return new.on_conflict(conflict_target=[Blob.sha256], update={Blob.put_at: holes.now}, where=is_older)


@contextmanager
def _connection() -> Iterator[None]:
    """The blobs' own connection on this thread; it stays open until the unit of work ends."""
    if blob_database.is_closed():
        blob_database.connect()
    yield


def _check_name(sha256: str) -> None:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise Permanent(f"{sha256!r} is no SHA-256 digest.")
