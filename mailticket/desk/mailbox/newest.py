"""The newest mails of a folder in which others wait: those that depend on no other are taken in at once. I/O.

All others keep their order: a reply that came before its inquiry would belong to no case.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from mailticket.desk.mailbox.intake import take_in
from mailticket.desk.mailbox.source import Source, is_history
from mailticket.desk.office import Office
from mailticket.mime.first_look import look
from mailticket.store import folders, inbox
from mailticket.triage.fresh import commanding, is_fresh
from mailticket.wire.imap import Mailbox, Meta
from mailticket.wire.imap_session import Declined

log = logging.getLogger(__name__)

#: Of the folder's mails so many of the newest are looked at: what came since the last look, and a few before it.
LOOKED_AT = 20
#: So many mails that were taken in before their turn may wait at a time.
MOST_AHEAD = 100
#: So much of a mail is looked at.
_HEAD_BYTES = 16_384


class Newest:
    """What one connection knows of the newest mails of its folder: `left` have to wait for their turn."""

    def __init__(self) -> None:
        self._uidvalidity = 0
        self._left: set[int] = set()

    def take_in(self, office: Office, source: Source, mailbox: Mailbox, reached: int = 0) -> frozenset[int]:
        """Gives the UIDs that were taken in. The watermark stays, so nothing else is passed over.

        `reached`: up to this UID all were taken in by now, if that is above the watermark.
        """
        if source.state.uidvalidity != self._uidvalidity:
            self._uidvalidity, self._left = source.state.uidvalidity, set()
        found = self._candidates(office, source, mailbox, max(reached, source.folder.scanned_uid))
        try:
            wanted = self._sorted_out(office, source, mailbox, found) if found else {}
            if wanted:
                source.hold.check()
                take_in(office, source, mailbox, sorted(wanted.items()))
        except Declined as error:  # they are asked for again in their turn, where it is told
            log.info("%s: the newest mails wait for their turn: %s", source.service.name, error)
            self._left.update(found)
            return frozenset()
        return frozenset(wanted)

    def _candidates(self, office: Office, source: Source, mailbox: Mailbox, reached: int) -> list[int]:
        """Of the newest UIDs those of which nothing is known, as many as there is room for."""
        mailbox.look_again()
        uids = mailbox.uids_from(max(reached + 1, source.state.uidnext - LOOKED_AT))[-LOOKED_AT:]
        self._left.intersection_update(uids)
        unknown = [uid for uid in uids if uid not in self._left]
        if not unknown:
            return []
        with office.connected():
            known = folders.known_uids(source.name, source.state.uidvalidity, unknown)
            ahead = folders.count_ahead(source.name, source.state.uidvalidity, reached, MOST_AHEAD)
        found = [uid for uid in unknown if uid not in known]
        return found[-(MOST_AHEAD - ahead) :] if ahead < MOST_AHEAD else []

    def _sorted_out(self, office: Office, source: Source, mailbox: Mailbox, uids: list[int]) -> Mapping[int, Meta]:
        """Those that are fresh and no history, one of each sender who has none waiting; the others are left."""
        staff = commanding(office.config)
        sizes = mailbox.sizes(uids)
        heads = mailbox.heads((uid for uid, meta in sizes.items() if _may_pass(source, uid, meta)), _HEAD_BYTES)
        looks = {uid: look(head) for uid, head in heads.items()}
        first: dict[str, int] = {}
        for uid in sorted(looks):
            if is_fresh(looks[uid], staff):
                first.setdefault(looks[uid].from_key, uid)
        with office.connected():
            waiting = inbox.with_mail_waiting(first)
        fresh = {uid: sizes[uid] for key, uid in first.items() if key not in waiting}
        self._left.update(uid for uid in uids if uid not in fresh)
        return fresh


def _may_pass(source: Source, uid: int, meta: Meta) -> bool:
    return meta.size <= source.service.max_size and not is_history(source, uid, meta)
