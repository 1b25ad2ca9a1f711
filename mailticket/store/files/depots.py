"""I/O: where large files lie, each under the SHA-256 of its bytes: a folder of this machine's disk, or an S3 bucket.

Only importer of obstore.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mailticket import failpoints
from mailticket.errors import Permanent, Temporary
from mailticket.store.engine import disk

#: What is read or written at a time, in bytes; S3 takes parts of 5 MB at least.
CHUNK = 8_000_000

#: Where a server that is not AWS is named; obstore reads these itself, as all of AWS_*.
#: developmentseed.org/obstore/latest/api/store/aws
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")

#: Systemd's credentials (LoadCredential=) that take the place of the environment: their names, and obstore's.
_CREDENTIALS = {
    "aws-access-key-id": "access_key_id",
    "aws-secret-access-key": "secret_access_key",
    "aws-session-token": "session_token",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the depot: its digest, its size in bytes, and when it was last put there."""

    sha256: str
    size: int
    put_at: datetime


class Depot(Protocol):
    """Where large files lie. Raises Temporary where waiting or the operator helps. `unfinished`: a local folder."""

    unfinished: Path

    def keep(self, sha256: str, path: Path) -> None:
        """Takes the local file; durable when it returns. A file that is there already counts as put there now."""

    def read(self, sha256: str, most: int | None = None) -> Iterator[bytes] | None:
        """The file's bytes, or the first `most`, in chunks; None if it is not there."""

    def has(self, sha256: str) -> bool:
        """Is it there?"""

    def put_at(self, sha256: str) -> datetime | None:
        """When it was last put there; None if it is not."""

    def remove(self, sha256: str) -> None:
        """It is not there any more, if it was."""

    def all(self) -> Iterator[Kept]:
        """Every file, in no order."""


@contextmanager
def disk_of(folder: Path, is_read_only: bool = False) -> Iterator[None]:
    """Turns the errors of a folder's disk into ours."""
    try:
        yield
    except OSError as error:
        raise disk.told(error, folder, is_read_only) from error


class Disk:
    """<folder>/aa/bb/<sha256>."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unfinished = folder / "unfinished"

    def keep(self, sha256: str, path: Path) -> None:
        place = self._path(sha256)
        with disk_of(self.folder):
            with path.open("rb") as file:
                os.fsync(file.fileno())
            failpoints.reach("blobs.synced")
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.utime(path)
            path.rename(place)
            failpoints.reach("blobs.renamed")
            # The name is on disk only when its folder is, and that folder only when its own is.
            for folder in (place.parent, place.parent.parent, self.folder):
                _sync_folder(folder)

    def read(self, sha256: str, most: int | None = None) -> Iterator[bytes] | None:
        return self._chunks(sha256, most) if self.has(sha256) else None

    def _chunks(self, sha256: str, most: int | None) -> Iterator[bytes]:
        left = self._path(sha256).stat().st_size if most is None else most
        with disk_of(self.folder, is_read_only=True), self._path(sha256).open("rb") as file:
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def put_at(self, sha256: str) -> datetime | None:
        with disk_of(self.folder, is_read_only=True):
            try:
                return datetime.fromtimestamp(self._path(sha256).stat().st_mtime, UTC)
            except FileNotFoundError:
                return None

    def remove(self, sha256: str) -> None:
        with disk_of(self.folder):
            self._path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[Kept]:
        for path in sorted(self.folder.glob("??/??/*")):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # removed since the folder was read
            yield Kept(path.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4] / sha256


class Bucket:
    """s3://bucket/prefix, at AWS or any server that speaks S3 (AWS_ENDPOINT_URL).

    Raises Permanent for a URL that names no bucket, or if the extra s3 is not installed.
    """

    def __init__(self, url: str, unfinished: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise Permanent(f'"{url}" is no place for files.', 'Write `mailticket.files` as "s3://bucket/prefix".')
        self.url = url
        self.unfinished = unfinished
        self._store = _bucket(parts.netloc, parts.path.strip("/"))

    def keep(self, sha256: str, path: Path) -> None:
        from obstore import put

        with self._usable(), path.open("rb") as file:
            put(self._store, _name(sha256), file, chunk_size=CHUNK, max_concurrency=2)
        path.unlink()

    def read(self, sha256: str, most: int | None = None) -> Iterator[bytes] | None:
        from obstore import get

        if most == 0:
            return iter([b""]) if self.has(sha256) else None
        with self._usable():
            try:
                found = get(self._store, _name(sha256), options={"range": (0, most)} if most else None)
            except FileNotFoundError as error:
                _refuse_absent_bucket(error)
                return None
        return self._chunks(found)

    def _chunks(self, found: Any) -> Iterator[bytes]:
        with self._usable():
            for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def has(self, sha256: str) -> bool:
        return self.put_at(sha256) is not None

    def put_at(self, sha256: str) -> datetime | None:
        from obstore import head

        with self._usable():
            try:
                found: datetime = head(self._store, _name(sha256))["last_modified"]
            except FileNotFoundError as error:
                _refuse_absent_bucket(error)
                return None
        return found

    def remove(self, sha256: str) -> None:
        from obstore import delete

        with self._usable():
            delete(self._store, _name(sha256))

    def all(self) -> Iterator[Kept]:
        from obstore import list as listing

        with self._usable():
            for page in listing(self._store, chunk_size=1000):
                for one in page:
                    yield Kept(one["path"].rpartition("/")[2], one["size"], one["last_modified"])

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Turns obstore's errors into ours: whatever is wrong there, no mail is given up for it."""
        from obstore import exceptions

        try:
            yield
        except (exceptions.UnauthenticatedError, exceptions.PermissionDeniedError) as error:
            fix = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may do in the bucket."
            raise Temporary(f"{self.url} does not let us in ({_said(error)}).", fix) from error
        except (exceptions.BaseError, OSError) as error:
            fix = "Check the bucket's name, AWS_ENDPOINT_URL, AWS_REGION and the network; it is tried again by itself."
            raise Temporary(f"{self.url} cannot be used ({_said(error)}).", fix) from error


def _bucket(name: str, prefix: str) -> Any:
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise Permanent("Files in S3 need the extra s3.", 'Run: pip install "mailticket[s3]"') from error
    endpoint = next((found for one in _ENDPOINTS if (found := os.environ.get(one))), "")
    own: dict[str, Any] = {"virtual_hosted_style_request": False} if endpoint else {}
    return S3Store(
        name,
        prefix=prefix or None,
        client_options={"connect_timeout": "5s", "read_timeout": "30s", "allow_http": _is_loopback(endpoint)},
        # The workers try again themselves, and say meanwhile what is wrong.
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        **own | _credentials(),
    )


def _credentials() -> dict[str, str]:
    """Those that systemd hands over; without them obstore looks at the environment, then asks the machine's role."""
    folder = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"))
    found = {name: folder / credential for credential, name in _CREDENTIALS.items()}
    return {name: path.read_text("utf-8").strip() for name, path in found.items() if path.is_file()}


def _is_loopback(endpoint: str) -> bool:
    """Keys and mails go without TLS to this machine only; AWS_ALLOW_HTTP is obstore's own way to insist."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"


def _name(sha256: str) -> str:
    """Spread over the bucket as over folders, so that no listing is longer than it must be."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _refuse_absent_bucket(error: FileNotFoundError) -> None:
    """A bucket that is not there says so in the same words as a file that is not: no mail is missing for it."""
    if "NoSuchBucket" in str(error):
        raise error


def _said(error: Exception) -> str:
    """The first line; obstore adds a page for whoever mends obstore."""
    return str(error).partition("\n")[0][:300]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
