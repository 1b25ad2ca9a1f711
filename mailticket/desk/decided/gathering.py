"""Gathering: what the letters of one decision are made from is read, while it is as the decision left it. I/O."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cached_property

from mailticket.config.models import Service
from mailticket.desk.decided.background import Background
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, Status
from mailticket.domain.decision import LetterKind, Send
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.csr_values import MOST_EVENTS
from mailticket.letters.history import MOST_HISTORY
from mailticket.store.casework import latest, queues
from mailticket.store.casework.latest import Latest
from mailticket.writing.matter import Matter, OnDesk
from mailticket.writing.telling import roles_of

#: Cases of each list of a desk card.
_ON_CARD = 50

_NONCE_BYTES = 8
_BOUNDARY_BYTES = 12


class Gathering:
    """The matter of each letter of one decision: what they share of the case is read once.

    `background`: of the cases of this transaction, where the caller has it. `added`: the entries that the decision
    added, if it left all others of the case as they were.
    """

    def __init__(
        self,
        office: Office,
        service: Service,
        case: Case | None,
        background: Background | None = None,
        added: Sequence[Entry] | None = None,
    ) -> None:
        self._office = office
        self._service = service
        self._case = case
        self._now = office.clock()
        self._added = added
        known = background is not None and case is not None and background.has(case)
        self._background = background if background and known else Background(office, [case] if case else ())

    def matter(self, send: Send) -> Matter:
        """All that this letter is made from."""
        is_for_csr = LETTERS[send.letter].reader is Reader.CSR
        is_case = send.letter is LetterKind.CSR_CASE
        case, told = self._case, self._told(send)
        return Matter(
            send,
            self._service.name,
            case,
            self._now,
            secrets.token_bytes(_NONCE_BYTES),
            secrets.token_hex(_BOUNDARY_BYTES),
            entries=told.entries,
            unread=told.unread if is_for_csr else self._unread(send, told),
            earlier=self._background.earlier(case) if case and is_for_csr else (),
            away=self._background.away if is_for_csr else frozenset(),
            solved=self._background.solved(case) if case and is_case and _is_unsolved(case) else (),
            about=self._background.about(case) if case and is_case else (),
            on_desk=self._on_desk(send.csr) if send.letter is LetterKind.DESK_CARD else None,
        )

    def _told(self, send: Send) -> Latest:
        """The newest entries of the case, and what this letter is about, however old that is."""
        case, found = self._case, self._latest
        if case is None or len(found.entries) == case.entries:
            return found
        known = {one.number: one for one in found.entries}
        also = latest.events(case.key, MOST_EVENTS) if send.extra.get("events") else []
        if send.entry and send.entry not in known:
            also += latest.numbered(case.key, send.entry)
        known |= {one.number: one for one in also}
        words = sum(one.kind is not EntryKind.EVENT for one in also)
        return Latest([known[number] for number in sorted(known)], found.unread - words, found.begin)

    def _unread(self, send: Send, told: Latest) -> int:
        """What the reader of an answer may see of the case besides what was read."""
        if self._case is None or send.letter is not LetterKind.CUSTOMER_REPLY:
            return 0
        viewer = self._case.participant(send.to)
        return told.unread_of(self._case, viewer) if viewer else 0

    @cached_property
    def _latest(self) -> Latest:
        """The case's newest entries as the decision left them, or all."""
        case, added = self._case, self._added
        if case is None:
            return Latest(())
        if added is not None and len(added) == case.entries:
            return Latest(added)
        if added is not None:
            first = case.entries - len(added)
            known = self._background.latest(case)
            before = [one for one in known.entries if one.number <= first]
            if before and before[-1].number == first:  # nobody else added one
                return Latest([*before, *added], known.unread, known.begin)
        return latest.of_cases([case], MOST_HISTORY)[case.key]

    def _on_desk(self, csr_key: str) -> OnDesk | None:
        config = self._office.config
        csr = config.csr_at(csr_key)
        if csr is None:
            return None
        roles = roles_of(config, csr)
        first = [one.name for one in config.service if one.first_level in roles]
        mine, own = queues.of_csr(csr.key, _ON_CARD)
        free, waiting = queues.free(roles, first, _ON_CARD)
        return OnDesk(mine, own, free, waiting)


def _is_unsolved(case: Case) -> bool:
    """Does nobody know yet what solves it?"""
    return case.answered_at is None and case.status is not Status.SPAM
