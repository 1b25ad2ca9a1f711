"""I/O: the form of a backup: a folder with parts and a manifest that names each with its checksum; whole or not there.

mailticket-20260715T093000Z/
    manifest.json  manifest.json.sha256
    database/mailticket.db  database/blobs.db          (SQLite)
    database/<table>.copy                              (PostgreSQL: COPY in binary form)
    files/aa/bb/<sha256>                               (files above 256 KB)
    mailticket.key                                     (only if asked for)
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import mailticket
from mailticket.errors import Permanent, Temporary
from mailticket.store.files.depots import CHUNK, disk_of

#: Called with what is done, of how much (bytes or files), and what is being done.
Tell = Callable[[int, int, str], None]

FORMAT = 1
_MANIFEST, _NAME, _UNFINISHED = "manifest.json", "mailticket-{:%Y%m%dT%H%M%SZ}", ".unfinished"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the backup: its path inside the folder, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup is of. `kind`: "sqlite" or "postgresql"; `steps`: the migrations that its database has had;
    `columns`: of each table, in the order in which they were copied (PostgreSQL); `files`: "local" or an S3 URL."""

    made_at: datetime
    kind: str
    steps: tuple[str, ...]
    columns: dict[str, list[str]]
    files: str
    has_files: bool
    has_key: bool
    parts: tuple[Part, ...]
    version: str = mailticket.__version__
    format: int = FORMAT


@contextmanager
def being_made(target: Path, made_at: datetime) -> Iterator[Path]:
    """A folder to put the parts into; whoever leaves the block with an error leaves nothing behind.

    One at a time: what an earlier one left unfinished is removed. `publish` gives it its name.
    """
    with disk_of(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (target / ".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Temporary(f"Another backup is being made in {target}.", "Wait until it is done.") from None
        folder = target / _UNFINISHED
        shutil.rmtree(folder, ignore_errors=True)
        with disk_of(target):
            folder.mkdir(mode=0o700)
        try:
            with disk_of(target):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, manifest: Manifest) -> Path:
    """Writes the manifest, syncs everything to disk and gives the folder its name: from now on it is a backup."""
    text = json.dumps(asdict(manifest) | {"made_at": manifest.made_at.isoformat()}, indent=1).encode()
    (folder / _MANIFEST).write_bytes(text)
    (folder / f"{_MANIFEST}.sha256").write_text(f"{hashlib.sha256(text).hexdigest()}  {_MANIFEST}\n")
    for path in [*folder.rglob("*"), folder]:
        sync(path)
    place = folder.parent / _NAME.format(manifest.made_at)
    folder.rename(place)
    sync(place.parent)
    return place


def backups(target: Path) -> list[Path]:
    """The finished backups of a folder, the oldest first."""
    return sorted(one for one in target.glob("mailticket-*Z") if (one / _MANIFEST).exists())


def part(folder: Path, path: Path) -> Part:
    """The part as it is on disk."""
    return Part(str(path.relative_to(folder)), path.stat().st_size, digest(path))


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest. Raises Permanent if it is none, damaged, or of a later format."""
    try:
        text = (folder / _MANIFEST).read_bytes()
        said = (folder / f"{_MANIFEST}.sha256").read_text().split()[0]
    except (OSError, IndexError) as error:
        raise Permanent(
            f"{folder} is no finished backup: it has no manifest that can be read.",
            "Name a folder mailticket-<time>, as `mailticket backup` makes it.",
        ) from error
    if hashlib.sha256(text).hexdigest() != said:
        raise Permanent(f"The manifest of {folder} is damaged.", "Take another backup.")
    values = json.loads(text)
    if values["format"] != FORMAT:
        raise Permanent(f"{folder} was made by mailticket {values['version']}.", "Restore it with that version.")
    parts = tuple(Part(**one) for one in values.pop("parts"))
    made_at = datetime.fromisoformat(values.pop("made_at"))
    return Manifest(**values | {"parts": parts, "made_at": made_at, "steps": tuple(values["steps"])})


def spoilt(folder: Path, manifest: Manifest, tell: Tell) -> list[str]:
    """What is wrong with the parts, a sentence each: missing, of another size, of other bytes."""
    wrong = []
    for number, one in enumerate(manifest.parts):
        tell(number, len(manifest.parts), f"checking {one.path}")
        path = folder / one.path
        if not path.is_file():
            wrong.append(f"{one.path} is missing")
        elif path.stat().st_size != one.size:
            wrong.append(f"{one.path} has {path.stat().st_size} bytes, not {one.size}")
        elif digest(path) != one.sha256:
            wrong.append(f"{one.path} is damaged")
    return wrong


def sync(path: Path) -> None:
    """The file, or the folder's names, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
