"""Letters on their way through a relay: what the database must know of them, several at once. I/O.

That a letter's last moment comes is committed before it, and the relay's answer after it. A commit waits for the disk
and, on SQLite, for its turn; so the answer is written down with the next letter's last moment, and CSRs' notifications
are marked ahead. That is done only while the relay answers at once: as soon as it keeps us waiting, all that is known
is written down, and the marks of letters that it has nothing of are taken back; letters are marked one by one then,
until it has taken one at once. Whoever is killed in between finds
letters marked whose end nobody saw: notifications are sent once more, as they are when one connection dies. Mail to
customers is never marked ahead: it would not be sent at all, or twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mailticket import failpoints, health
from mailticket.desk.office import Office
from mailticket.desk.running import elapsed
from mailticket.domain.decision import SendKind
from mailticket.errors import Conflict, MailticketError
from mailticket.store import outbox_ends
from mailticket.store.outbox import OutboxItem
from mailticket.store.outbox_ends import Taken

log = logging.getLogger(__name__)

#: So many notifications are marked ahead.
_AHEAD = 16
#: A mark is good for so long, in seconds. Whoever was stopped for longer asks again whether the letter is still ours.
_MARK_LASTS = 1.0


#: What a relay took, with its words, and nobody has written down yet.
Unwritten = list[tuple[OutboxItem, str]]


class UnderWay:
    """One round of letters of one service. What could not be written down in it stays in `unwritten` for the next."""

    def __init__(self, office: Office, service: str, unwritten: Unwritten) -> None:
        self._office = office
        self._service = service
        #: When the mark of a letter that waits for its last moment ends, in seconds of the monotonic clock.
        self._marked: dict[int, float] = {}
        self._at_the_dot = 0
        self._taken = unwritten
        #: Does the relay take letters at once? Has it kept us waiting with this one?
        self._is_quick, self._has_waited = True, False

    def last_moment(self, item: OutboxItem, behind: Sequence[OutboxItem]) -> None:
        """Committed when it returns: the dot comes next. `behind`: the letters that follow.

        Raises Conflict if the letter is no longer ours.
        """
        if elapsed.seconds() > self._marked.get(item.id, 0.0):
            ahead = _notifications(behind) if self._is_quick else []
            lost = self._write([item.id, *ahead])
            if item.id in lost:
                raise Conflict(f"Letter {item.id} is no longer sent by {self._office.owner}: its lease ran out.")
        self._marked.pop(item.id, None)
        self._at_the_dot = item.id

    def taken(self, item: OutboxItem, reply: str) -> None:
        """The relay has it. That is written down soon."""
        self._at_the_dot = 0
        self._is_quick, self._has_waited = not self._has_waited, False
        self._taken.append((item, reply))

    def may_be_there(self, item: OutboxItem) -> bool:
        """Has the relay taken it, or may its dot have been sent and nobody has seen the end?"""
        return item.id == self._at_the_dot or any(item.id == one.id for one, _ in self._taken)

    def kept_waiting(self) -> None:
        """The relay takes its time: nothing that is known waits for it."""
        self._has_waited = True
        if self._marked:
            self._is_quick = False
        try:
            self.write()
        except MailticketError as error:
            log.warning("what the relay of %s took is not written down yet: %s", self._service, error)

    def write(self) -> None:
        """Committed when it returns: what the relay took, and that it has nothing of the others."""
        if self._taken or self._marked:
            self._write([])

    def _write(self, final_dot: Sequence[int]) -> set[int]:
        taken = [Taken(item.id, item.attempts, reply) for item, reply in self._taken]
        untouched = [id for id in self._marked if id not in final_dot]
        office = self._office
        with office.connected():
            lost = outbox_ends.note(office.owner, office.clock(), taken=taken, final_dot=final_dot, untouched=untouched)
        until = elapsed.seconds() + _MARK_LASTS
        self._marked = {id: until for id in final_dot if id not in lost}
        self._tell(lost)
        return lost

    def _tell(self, lost: set[int]) -> None:
        told = self._taken[:]
        self._taken.clear()
        if told:
            failpoints.reach("deliver.recorded")
        for item, reply in told:
            if item.id in lost:
                log.error("letter %d to %s was sent (%s), but another had it by then", item.id, item.recipient, reply)
            else:
                health.count_letter(self._service, item.kind, "sent")
                log.info("letter %d (%s) sent to %s: %s", item.id, item.letter, item.recipient, reply)


def _notifications(items: Sequence[OutboxItem]) -> list[int]:
    """Those that come next, as far as they may be marked ahead."""
    found = []
    for item in items[:_AHEAD]:
        if item.kind is not SendKind.NOTIFY:
            break
        found.append(item.id)
    return found
