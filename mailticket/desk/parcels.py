"""The mails of one round of letters, put together by the scribe while those before them are handed in. I/O.

Only a few ahead, and only where the scribe has hardly anything else to do. Nobody waits for it: a mail that is not
there in its turn is put together where it is sent. They are the same bytes, and whatever is wrong with a letter comes
out when its turn has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailticket.children.scribe import PARCELS_AHEAD, Parcel
from mailticket.desk.office import Office
from mailticket.mime import compose
from mailticket.mime.compose import Contents, Skeleton
from mailticket.store.files import blobs
from mailticket.store.outbox import OutboxItem


class Parcels:
    """What is on its way for the letters of one service, in one round."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._parcels: dict[int, Parcel | None] = {}

    def look_ahead(self, items: Sequence[OutboxItem]) -> None:
        """These come next."""
        if self._office.scribe.pid is None:
            return
        for item in items[:PARCELS_AHEAD]:
            if item.id not in self._parcels:
                self._parcels[item.id] = self._ordered(item)

    def take(self, item: OutboxItem) -> Parcel | None:
        """This one's turn has come: None if nothing was prepared for it."""
        return self._parcels.pop(item.id, None)

    def _ordered(self, item: OutboxItem) -> Parcel | None:
        """None for one with large files, and for one that something is wrong with: its own turn tells what."""
        try:
            skeleton = compose.thaw(item.skeleton)
            files = self._small_files(skeleton)
        except Exception:
            return None
        is_whole = all(one.sha256 in files for one in skeleton.files)
        return self._office.scribe.put_together(Contents(skeleton, files)) if is_whole else None

    def _small_files(self, skeleton: Skeleton) -> Mapping[str, bytes]:
        if not skeleton.files:
            return {}
        with self._office.connected():
            return blobs.small_ones(one.sha256 for one in skeleton.files)
