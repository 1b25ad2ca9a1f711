"""How mails leave an IMAP folder: moved or deleted by UID, and what the server says about it verified. I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailticket import failpoints
from mailticket.errors import Permanent, Temporary
from mailticket.wire.folders import Folders
from mailticket.wire.imap_reader import BATCH, Reader, batches
from mailticket.wire.imap_session import Declined, Session


class Removal:
    """Takes mails out of the selected folder, and none but those: sequence numbers and bare EXPUNGE are never used."""

    def __init__(self, session: Session, folders: Folders, reader: Reader) -> None:
        self._session = session
        self._folders = folders
        self._reader = reader

    def move(self, uids: Iterable[int], folder: str) -> set[int]:
        """Move to `folder` (made if missing). Returns those that are gone from here, verified by a search."""
        gone: set[int] = set()
        for batch in batches(uids, BATCH):
            try:
                self._move(batch, self._folders.ensure(folder))
            except Declined as error:
                if "TRYCREATE" not in error.told.upper():
                    raise
                self._folders.forget()
                self._move(batch, self._folders.ensure(folder))
            failpoints.reach("imap.moved")
            gone |= set(batch) - self._reader.present(batch)
        return gone

    def delete(self, uids: Iterable[int], trash: str | None = None) -> set[int]:
        """Delete for good. Returns those that are gone, verified by a search.

        `trash` is the full name of a folder that deletion must go through; None finds out by itself.
        """
        through = self._folders.trash_on_the_way() if trash is None else trash
        gone: set[int] = set()
        for batch in batches(uids, BATCH):
            if through:
                self._delete_through(through, batch)
            else:
                self._expunge(batch)
            gone |= set(batch) - self._reader.present(batch)
        return gone

    def _move(self, uids: Sequence[int], full_name: str) -> None:
        if "MOVE" in self._session.capabilities:
            self._session.ask(f"move mails to {full_name}", "move", list(uids), full_name)
            return
        self._need_uidplus()
        uids = sorted(self._reader.present(uids))
        if not uids:
            return
        before = self._reader.uidnext(full_name)
        self._session.ask(f"copy mails to {full_name}", "copy", uids, full_name)
        # An OK proves nothing: what was not copied must not be deleted here.
        if self._reader.uidnext(full_name) < before + len(uids):
            raise Temporary(
                f"{self._session.account} said that it copied {len(uids)} mails to {full_name}, but did not.",
                "They stay where they are; it is tried again.",
            )
        self._expunge(uids)

    def _expunge(self, uids: Sequence[int]) -> None:
        self._need_uidplus()
        if not uids:
            return
        self._session.ask("mark mails as deleted", "add_flags", list(uids), [rb"\Deleted"], True)
        failpoints.reach("imap.marked")
        self._session.ask("delete mails", "uid_expunge", list(uids))

    def _need_uidplus(self) -> None:
        """Without UID EXPUNGE (RFC 4315) only a bare one is left, which takes other people's mails along."""
        if "UIDPLUS" not in self._session.capabilities:
            raise Permanent(
                f"{self._session.account} can delete no single mail: the server has no UIDPLUS.",
                'Set processed = "keep" for this service.',
            )

    def _delete_through(self, trash: str, uids: Sequence[int]) -> None:
        """Move to Trash, find the very same mails there (a human may use it too), and expunge those."""
        ours = set(self._reader.fingerprints(uids).values())
        first_new = self._reader.uidnext(trash)
        self._session.ask(f"move mails to {trash}", "move", list(uids), trash)
        try:
            self._reader.select(trash)
            arrived = self._reader.fingerprints(self._reader.search_from(first_new))
            self._expunge([uid for uid, fingerprint in arrived.items() if fingerprint in ours])
        finally:
            if self._session.is_open:
                self._back_to(self._session.settings.folder)

    def _back_to(self, folder: str) -> None:
        """A connection that stays elsewhere is of no use."""
        try:
            self._reader.select(folder)
        except Declined:
            self._session.close()
            raise
