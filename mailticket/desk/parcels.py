"""The mails of one round of letters, put together by the scribe while those before them are handed in. I/O.

Only a few ahead, and only where the scribe has hardly anything else to do. Nobody waits for it: a mail that is not
there in its turn is put together where it is sent. They are the same bytes, and whatever is wrong with a letter comes
out when its turn has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from mailticket.children.scribe import PARCELS_AHEAD, Parcel
from mailticket.desk.office import Office
from mailticket.errors import MailticketError
from mailticket.mime.compose import Contents
from mailticket.store import outbox
from mailticket.store.files import blobs
from mailticket.store.outbox import OutboxItem


class Parcels:
    """What is on its way for the letters of one service, in one round: these `items`."""

    def __init__(self, office: Office, items: Sequence[OutboxItem]) -> None:
        self._office = office
        self._items = items
        self._parcels: dict[int, Parcel | None] = {}

    def look_ahead(self, items: Sequence[OutboxItem]) -> None:
        """These come next."""
        if self._office.scribe.pid is None:
            return
        for item in items[:PARCELS_AHEAD]:
            if item.id not in self._parcels:
                self._parcels[item.id] = self._ordered(item)

    def take(self, item: OutboxItem) -> bytes | None:
        """This one's turn has come: None if its mail is not there."""
        parcel = self._parcels.pop(item.id, None)
        return parcel.mail() if parcel else None

    def _ordered(self, item: OutboxItem) -> Parcel | None:
        """None for one with large files, and for one that something is wrong with: its own turn tells what."""
        try:
            wanted = self._files.get(item.id, ())
            files = self._small(wanted)
        except MailticketError:
            return None
        is_whole = len(files) == len(wanted)
        return self._office.scribe.put_together(Contents(item.skeleton, files)) if is_whole else None

    @cached_property
    def _files(self) -> Mapping[int, Sequence[str]]:
        with self._office.connected():
            return outbox.files_of([one.id for one in self._items])

    def _small(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        if not digests:
            return {}
        with self._office.connected():
            return blobs.small_ones(digests)
