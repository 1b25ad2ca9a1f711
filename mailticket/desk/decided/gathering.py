"""Gathering: what the letters of one decision are made from is read, while it is as the decision left it. I/O."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cached_property

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, Status
from mailticket.domain.decision import LetterKind, Send
from mailticket.domain.texts.alike import Solved
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.store import cases, customers, entries, people
from mailticket.store.casework import queues
from mailticket.store.index import similar
from mailticket.writing.matter import Matter, OnDesk
from mailticket.writing.telling import roles_of

#: One more than a letter shows, so that it can say that there are others.
_EARLIER = 9
#: Cases of each list of a desk card.
_ON_CARD = 50

_NONCE_BYTES = 8
_BOUNDARY_BYTES = 12


class Gathering:
    """The matter of each letter of one decision: what they share of the case is read once.

    `known`: all entries of the case, where the caller has them.
    """

    def __init__(
        self, office: Office, service: Service, case: Case | None, known: Sequence[Entry] | None = None
    ) -> None:
        self._office = office
        self._service = service
        self._case = case
        self._now = office.clock()
        if known is not None:
            self._entries = list(known)

    def matter(self, send: Send) -> Matter:
        """All that this letter is made from."""
        is_for_csr = LETTERS[send.letter].reader is Reader.CSR
        is_case = is_for_csr and send.letter is LetterKind.CSR_CASE and self._case is not None
        return Matter(
            send,
            self._service.name,
            self._case,
            self._now,
            secrets.token_bytes(_NONCE_BYTES),
            secrets.token_hex(_BOUNDARY_BYTES),
            entries=self._entries,
            earlier=self._earlier if is_for_csr else (),
            away=self._away if is_for_csr else frozenset(),
            solved=self._solved if is_case else (),
            about=self._about if is_case else (),
            on_desk=self._on_desk(send.csr) if send.letter is LetterKind.DESK_CARD else None,
        )

    @cached_property
    def _entries(self) -> list[Entry]:
        """All of the case, oldest first."""
        return entries.entries(self._case.key, newest_first=False) if self._case else []

    @cached_property
    def _earlier(self) -> list[Case]:
        """The customer's other cases, newest first."""
        case = self._case
        return cases.of_customer(case.customer.address.key, case.id, _EARLIER) if case else []

    @cached_property
    def _away(self) -> frozenset[tuple[str, str]]:
        return people.away()

    @cached_property
    def _about(self) -> tuple[tuple[str, str], ...]:
        return customers.card(self._case.customer.address) if self._case else ()

    @cached_property
    def _solved(self) -> list[Solved]:
        """Cases like this one that were solved, until somebody has answered it."""
        case = self._case
        if case is None or case.answered_at is not None or case.status is Status.SPAM:
            return []
        return similar.solved([case], self._office.config.sharing(self._service), self._now)[case.key]

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
