"""Every byte that a desk keeps: the files of its data folder, what stands in its PostgreSQL, and packed letters."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

from mailticket.store.engine.proxies import database
from mailticket.store.files import blobs
from mailticket.store.tables.mail_tables import Blob
from mailticket.writing import packing
from tests.desk.house import House


def traces(house: House, *canaries: str) -> list[str]:
    """Where any of these words still stands, in UTF-8 or UTF-16."""
    wanted = [one.encode(form) for one in canaries for form in ("utf-8", "utf-16-le")]
    return [name for name, content in _kept(house) if any(one in content for one in wanted)]


def _kept(house: House) -> Iterator[tuple[str, bytes]]:
    for path in sorted(house.office.store.data.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield path.name, content
            yield f"letters in {path.name}", b"\n".join(packed_in(content))
    if house.office.store.is_postgres:
        with house.office.connected():
            yield from _dumped()


def _dumped() -> Iterator[tuple[str, bytes]]:
    """What COPY gives of every table, and the bytes of each stored mail."""
    names = [one for one in database.get_tables() if one != "blob"]
    for name in names:
        with database.obj.current.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:
            content = b"".join(bytes(one) for one in copy)
        yield name, content
        yield f"letters in {name}", b"\n".join(packed_in(content))
    for (sha256,) in list(Blob.select(Blob.sha256).tuples()):
        yield f"blob {sha256}", blobs.get(sha256)


_PACKED = re.compile(rb"z1:([A-Za-z0-9+/]{20,})")


def packed_in(content: bytes) -> Iterator[bytes]:
    """What packed texts say, as far as each stands in one piece: also where no row has it any more."""
    for found in _PACKED.finditer(content):
        whole = len(found[1]) // 4 * 4
        reader = zlib.decompressobj(zdict=packing.dictionary("z1:"))
        try:
            yield reader.decompress(base64.b64decode(found[1][:whole]))
        except zlib.error:
            yield b""
