"""I/O: a backup while the daemon runs: the database of one moment first, then every file that it may name."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailticket.store.backups import archive, dumps
from mailticket.store.backups.archive import Manifest, Part, Tell
from mailticket.store.database import Store
from mailticket.store.files.depots import Depot
from mailticket.store.privacy import key_file


@dataclass(frozen=True, slots=True)
class Wishes:
    """`files`: those above 256 KB too; `key`: the key file too; `keep`: so many backups stay (0: all)."""

    files: bool = True
    key: bool = False
    keep: int = 0


def make(store: Store, target: Path, wishes: Wishes, now: datetime, tell: Tell) -> Path:
    """A new backup of the open store in a folder of `target`; its path.

    Files are stored before rows name them and are copied after the rows, so that none is missing. Those that the
    backup before has too are linked, not copied.
    """
    older = archive.backups(target) if target.exists() else []
    with archive.being_made(target, now) as folder:
        columns = _database(store, folder, tell)
        parts = [archive.part(folder, path) for path in sorted((folder / "database").iterdir())]
        if wishes.files:
            parts += _files(store.depot(), folder, older[-1] if older else None, tell)
        if wishes.key:
            shutil.copyfile(store.data / key_file.NAME, folder / key_file.NAME)
            (folder / key_file.NAME).chmod(0o600)
            parts.append(archive.part(folder, folder / key_file.NAME))
        place = archive.publish(
            folder,
            Manifest(
                made_at=now,
                kind="postgresql" if store.is_postgres else "sqlite",
                steps=tuple(store.steps()),
                columns=columns,
                files=store.files,
                has_files=wishes.files,
                has_key=wishes.key,
                parts=tuple(parts),
            ),
        )
    for worn in [*older, place][: -wishes.keep] if wishes.keep else []:
        shutil.rmtree(worn)
    return place


def _database(store: Store, folder: Path, tell: Tell) -> dict[str, list[str]]:
    database = folder / "database"
    database.mkdir(mode=0o700)
    if store.is_postgres:
        return dumps.dump_postgres(str(store.engine.database), database, tell)
    for source in (store.path, store.blob_path):
        dumps.dump_sqlite(source, database / source.name, tell)
    return {}


def _files(depot: Depot, folder: Path, older: Path | None, tell: Tell) -> list[Part]:
    """Every file of the depot, under its digest; one that is not what its name says is copied as it is, and told."""
    parts = []
    listed = list(depot.all())
    for number, kept in enumerate(listed):
        tell(number, len(listed), f"copying file {kept.sha256[:12]}")
        name = f"files/{kept.sha256[:2]}/{kept.sha256[2:4]}/{kept.sha256}"
        place = folder / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if older and (older / name).exists() and (older / name).stat().st_size == kept.size:
            os.link(older / name, place)
            parts.append(Part(name, kept.size, kept.sha256))
        elif _fetch(depot, kept.sha256, place):
            parts.append(archive.part(folder, place))
    return parts


def _fetch(depot: Depot, sha256: str, place: Path) -> bool:
    """False if it was removed since it was listed: then no row of the database needs it."""
    chunks = depot.read(sha256)
    if chunks is None:
        return False
    with place.open("xb") as file:
        place.chmod(0o600)
        for chunk in chunks:
            file.write(chunk)
    return True
