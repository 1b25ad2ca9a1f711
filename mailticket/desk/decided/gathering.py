"""Gathering: what the letters of one decision are made from is read, while it is as the decision left it. I/O."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cached_property

from mailticket.config.models import Service
from mailticket.desk.decided.background import Background
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, Status
from mailticket.domain.decision import LetterKind, Send
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.store import entries
from mailticket.store.casework import queues
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
        case = self._case
        return Matter(
            send,
            self._service.name,
            case,
            self._now,
            secrets.token_bytes(_NONCE_BYTES),
            secrets.token_hex(_BOUNDARY_BYTES),
            entries=self._entries,
            earlier=self._background.earlier(case) if case and is_for_csr else (),
            away=self._background.away if is_for_csr else frozenset(),
            solved=self._background.solved(case) if case and is_case and _is_unsolved(case) else (),
            about=self._background.about(case) if case and is_case else (),
            on_desk=self._on_desk(send.csr) if send.letter is LetterKind.DESK_CARD else None,
        )

    @cached_property
    def _entries(self) -> Sequence[Entry]:
        """All of the case, oldest first."""
        case, added = self._case, self._added
        if case is None:
            return ()
        if added is not None and len(added) == case.entries:
            return added
        if added is not None:
            first = case.entries - len(added)
            before = [one for one in self._background.entries(case) if one.number <= first]
            if len(before) == first:  # as many as the case counts: nobody else added or removed one
                return [*before, *added]
        return entries.entries(case.key, newest_first=False)

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
