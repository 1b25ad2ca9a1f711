"""I/O: a backup into an empty place: checked first, files before rows; what may have gone out is held."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mailticket.errors import Permanent
from mailticket.store.backups import archive, dumps
from mailticket.store.backups.archive import Manifest, Tell
from mailticket.store.database import Store
from mailticket.store.privacy import key_file
from mailticket.store.tables.mail_tables import Folder, Outbox, is_in
from mailticket.store.tables.watch_tables import WebhookCall

#: Where the database of a place stands aside that `force` has replaced.
_ASIDE = ".before-restore"


def put_back(store: Store, folder: Path, force: bool, tell: Tell, now: datetime) -> Manifest:
    """Restores the backup `folder` into the place of a store that is not open; what it was.

    Killed in the middle, the database is not there yet, and the next call does it all again. Raises Permanent if the
    backup is damaged or of another kind of database, or if the place is not empty and not `force`.
    """
    manifest = archive.read(folder)
    _refuse_other_kind(store, manifest)
    if wrong := archive.spoilt(folder, manifest, tell):
        raise Permanent(f"{folder} is damaged: {'; '.join(wrong[:5])}.", "Restore another backup.")
    if store.is_postgres:
        store.open()
        try:
            _refuse_unless_empty(store, force)
            _files(store, folder, manifest, tell)
            store.migrate(only=manifest.steps)
            url = str(store.engine.database)
            dumps.load_postgres(url, folder / "database", manifest.columns, _after(manifest, now), tell)
        finally:
            store.close()
    else:
        store.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.hold_alone()
        try:
            _files(store, folder, manifest, tell)
            _sqlite(store, folder, force, _after(manifest, now))
        finally:
            store.let_go()
    _key(store, folder, manifest)
    return manifest


def _refuse_other_kind(store: Store, manifest: Manifest) -> None:
    ours = "postgresql" if store.is_postgres else "sqlite"
    if ours != manifest.kind:
        raise Permanent(
            f"The backup is of {manifest.kind}, and the config names {ours}.", "Set `mailticket.database` to its kind."
        )


def _refuse_unless_empty(store: Store, force: bool) -> None:
    """PostgreSQL: no case and no mail, and no daemon at work."""
    with store.connection():
        has_tables = store.engine.table_exists("inbox") and store.engine.table_exists("lease")
        if not has_tables:
            return
        alive = store.engine.execute_sql(
            "SELECT owner FROM lease WHERE until > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint LIMIT 1"
        ).fetchone()
        filled = store.engine.execute_sql("SELECT 1 FROM inbox UNION ALL SELECT 1 FROM cases LIMIT 1").fetchone()
    if alive:
        raise Permanent(f"The daemon {alive[0]} works on this database.", "Stop it first, and wait for a minute.")
    if filled and not force:
        raise Permanent("The database is not empty.", "Restore into another one, or say --force to replace its rows.")


def _sqlite(store: Store, folder: Path, force: bool, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """Blobs first, the database last: its name is what makes the place a desk again."""
    for place in (store.path, store.blob_path):
        if place.exists() and not force:
            raise Permanent(f"{place} is there already.", "Restore into an empty folder, or say --force to replace it.")
    for place in (store.path, store.blob_path):
        for name in (place, *(Path(f"{place}{end}") for end in ("-wal", "-shm"))):
            if name.exists():
                name.rename(f"{name}{_ASIDE}")
    for place in (store.blob_path, store.path):
        beside = Path(f"{place}.restoring")
        shutil.copyfile(folder / "database" / place.name, beside)
        beside.chmod(0o600)
        if place == store.path:
            dumps.run_sqlite(beside, statements)
        if wrong := dumps.is_whole(beside):
            raise Permanent(f"{place.name} of the backup is damaged: {wrong[0]}.", "Restore another backup.")
        archive.sync(beside)
        beside.rename(place)
        archive.sync(place.parent)


def _after(manifest: Manifest, now: datetime) -> list[tuple[str, Sequence[Any]]]:
    """What was under way then may have gone out since: a human looks at it. Nobody owns anything any more."""
    return [
        (
            "UPDATE outbox SET state = 'held', phase = '', lease_owner = '', next_at = NULL, error = ?"
            " WHERE state IN ('queued', 'sending')",
            (_why(manifest),),
        ),
        ("UPDATE inbox SET lease_owner = '', next_at = NULL WHERE lease_owner <> ''", ()),
        (
            "UPDATE webhook_call SET state = 'held', lease_owner = '', next_at = NULL, error = ?"
            " WHERE state IN ('queued', 'calling')",
            (_why(manifest),),
        ),
        ("DELETE FROM lease", ()),
        # Whichever key file stands here now is the desk's: the old one may be lost with its machine.
        ("DELETE FROM key_in_force", ()),
        # What came in since is found again, in the mailbox or in Processed; customers may have its letters already.
        ("UPDATE folder SET scanned_uid = 0, restored_at = ?", (Folder.restored_at.db_value(now),)),
    ]


def _files(store: Store, folder: Path, manifest: Manifest, tell: Tell) -> None:
    depot = store.depot()
    depot.unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [one for one in manifest.parts if one.path.startswith("files/")]
    for number, one in enumerate(files):
        tell(number, len(files), f"putting file {one.sha256[:12]}")
        beside = depot.unfinished / f"restoring-{one.sha256}"
        shutil.copyfile(folder / one.path, beside)
        depot.keep(Path(one.path).name, beside)


def _key(store: Store, folder: Path, manifest: Manifest) -> None:
    """A key file that is there stays: letters have gone out under it."""
    place = store.data / key_file.NAME
    if manifest.has_key and not place.exists():
        beside = Path(f"{place}.restoring")
        shutil.copyfile(folder / key_file.NAME, beside)
        beside.chmod(0o600)
        archive.sync(beside)
        beside.rename(place)
        archive.sync(place.parent)


def held(manifest: Manifest) -> int:
    """How many letters of the open store the restore of this backup holds back."""
    return int(Outbox.select().where(is_in(Outbox, "held") & (Outbox.error == _why(manifest))).count())


def held_calls(manifest: Manifest) -> int:
    """How many webhook calls of the open store the restore of this backup holds back."""
    is_it = (WebhookCall.state == "held") & (WebhookCall.error == _why(manifest))
    return int(WebhookCall.select().where(is_it).count())


def _why(manifest: Manifest) -> str:
    return f"Maybe already sent: restored from the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC."
