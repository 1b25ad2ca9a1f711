"""Every byte that a desk keeps: the files of its data folder, and what stands in its PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from mailticket.store.engine.proxies import database
from mailticket.store.files import blobs
from mailticket.store.tables.mail_tables import Blob
from tests.desk.house import House


def traces(house: House, *canaries: str) -> list[str]:
    """Where any of these words still stands, in UTF-8 or UTF-16."""
    wanted = [one.encode(form) for one in canaries for form in ("utf-8", "utf-16-le")]
    return [name for name, content in _kept(house) if any(one in content for one in wanted)]


def _kept(house: House) -> Iterator[tuple[str, bytes]]:
    for path in sorted(house.office.store.data.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
    if house.office.store.is_postgres:
        with house.office.connected():
            yield from _dumped()


def _dumped() -> Iterator[tuple[str, bytes]]:
    """What COPY gives of every table, and the bytes of each stored mail."""
    names = [one for one in database.get_tables() if one != "blob"]
    for name in names:
        with database.obj.current.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:
            yield name, b"".join(bytes(one) for one in copy)
    for (sha256,) in list(Blob.select(Blob.sha256).tuples()):
        yield f"blob {sha256}", blobs.get(sha256)
