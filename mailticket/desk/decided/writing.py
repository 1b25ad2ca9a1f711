"""Writing: what a letter is made from: a customer's from PublicEntry alone, a CSR's from all entries. I/O."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property, partial

from mailticket import tokens
from mailticket.config.models import Csr, Service
from mailticket.desk.office import Office
from mailticket.domain.case import Case, Entry, EntryKind, PublicEntry, Status, public
from mailticket.domain.decision import LetterKind, Send
from mailticket.domain.mail import Address
from mailticket.domain.people import Door, Participant
from mailticket.domain.texts.alike import Solved
from mailticket.errors import Permanent
from mailticket.letters import links
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.csr_values import csr_values
from mailticket.letters.desk_card import desk_card_values
from mailticket.letters.links import Act, Link, Sealing
from mailticket.letters.occasion import Card, ForAdmin, ForColleague, ForCsr, ForCustomer, ForDesk, Occasion
from mailticket.letters.values import Values, admin_values, colleague_values, customer_values
from mailticket.store import cases, customers, entries, people
from mailticket.store.casework import queues
from mailticket.store.index import similar
from mailticket.triage.commands.command import help_lines

#: One more than a letter shows, so that it can say that there are others.
_EARLIER = 9
#: Cases of each list of a desk card.
_ON_CARD = 50


class Writing:
    """The letters of one decision: what they share of the case is read once."""

    def __init__(self, office: Office, service: Service, case: Case | None) -> None:
        self.office = office
        self.service = service
        self.case = case
        self.now = office.clock()

    @cached_property
    def entries(self) -> list[Entry]:
        """All of the case, oldest first."""
        return entries.entries(self.case.key, newest_first=False) if self.case else []

    @cached_property
    def earlier(self) -> list[Case]:
        """The customer's other cases, newest first."""
        return cases.of_customer(self.case.customer.address.key, self.case.id, _EARLIER) if self.case else []

    @cached_property
    def away(self) -> frozenset[tuple[str, str]]:
        return people.away()

    def values(self, send: Send, nonce: bytes) -> Values:
        """What the templates of this letter may use. The nonce of its Message-ID names it in its links."""
        reader = LETTERS[send.letter].reader
        if reader is Reader.CUSTOMER:
            return self._customer_values(send)
        if reader is Reader.ADMIN:
            told = ForAdmin(send.extra["alarms"], send.extra["more"])
            return admin_values(told, self._occasion("", send.to))
        if reader is Reader.COLLEAGUE:
            return self._colleague_values(send)
        csr = self.office.config.csr_at(send.csr)
        if csr is None:
            raise Permanent(f"{send.csr} is no CSR any more.")
        sealing = Sealing(self.office.config, self.office.keys, csr, tokens.letter_name(nonce), self.now)
        if send.letter is LetterKind.DESK_CARD:
            return desk_card_values(self._desk(csr, sealing), self._occasion(csr.language, send.to))
        return self._csr_values(send, csr, sealing)

    def _occasion(self, language: str, reader: Address) -> Occasion:
        office = self.office
        wanted = language or office.config.mailticket.language
        case_id = self.case.id if self.case else ""
        file_url = partial(links.file_url, office.config, office.keys, case_id, viewer=reader.key, now=self.now)
        return Occasion(office.config, self.service, self.now, office.zone, wanted, file_url)

    def _colleague_values(self, send: Send) -> Values:
        if self.case is None:
            raise Permanent(f"A {send.letter} needs a case.")
        return colleague_values(ForColleague(self.case, send.reason), self._occasion("", send.to))

    def _customer_values(self, send: Send) -> Values:
        """Nothing but what this one viewer may see comes near the template."""
        if self.case is None:
            raise Permanent(f"A {send.letter} needs a case.")
        viewer = self._viewer(self.case, send)
        seen = self._public(send, viewer)
        brought = next((one for one in self.entries if one.number == send.entry), None)
        letter = ForCustomer(
            self.case,
            viewer,
            seen,
            brings=send.entry,
            csr=self.office.config.csr_at(brought.csr) if brought and brought.csr else None,
            may_echo=bool(send.extra.get("may_echo", True)),
            answer_by=self._promise(),
            is_greeted=brought is None or brought.words.greeting,
            subject=brought.subject if brought and brought.kind is EntryKind.REPLY else "",
        )
        spoken = self.office.book.spoken(self.service.name, self.case.language)
        return customer_values(letter, self._occasion(spoken, send.to))

    def _promise(self) -> datetime | None:
        """When the customer can expect an answer: the target, else the due date, while there is none yet."""
        case = self.case
        if case is None or case.answered_at is not None or not case.is_open:
            return None
        promised = case.respond_by or case.due_at
        return promised if promised and promised > self.now else None

    def _public(self, send: Send, viewer: Participant) -> list[PublicEntry]:
        """What this viewer may see of the case; only an answer and a watcher's copy tell any of it."""
        if send.letter not in (LetterKind.CUSTOMER_REPLY, LetterKind.WATCHER_COPY):
            return []
        is_copy = send.letter is LetterKind.WATCHER_COPY
        told = [one for one in self.entries if not is_copy or one.number == send.entry]
        ours = self.service.sender.name
        return [shown for one in told if (shown := public(one, viewer, ours))]

    def _viewer(self, case: Case, send: Send) -> Participant:
        """A CSR lets a watcher see what is new, as its customer does, and nothing that was before."""
        if send.letter is LetterKind.WATCHER_COPY:
            return Participant(send.to, True, send.entry)
        return case.participant(send.to) or Participant(send.to, False, case.entries)

    def shown(self, send: Send) -> tuple[int, ...]:
        """The numbers of the entries that a customer's letter may hold: checked again when it is sent."""
        if self.case is None or LETTERS[send.letter].reader is not Reader.CUSTOMER:
            return ()
        viewer = self._viewer(self.case, send)
        return tuple(one.number for one in self._public(send, viewer))

    def _csr_values(self, send: Send, csr: Csr, sealing: Sealing) -> Values:
        is_case = send.letter is LetterKind.CSR_CASE
        letter = ForCsr(
            csr,
            self.case,
            self.entries,
            brings=send.entry or (self._private_text(send.extra.get("waited_since")) if is_case else 0),
            commands=help_lines() if is_case else (),
            earlier=self.earlier,
            away=self.away,
            links=links.letter_links(self.service, self.case, sealing) if is_case and self.case else None,
            acts=self._acts(send, sealing),
            solved=[(one, links.reuse_link(self.case, one.case, sealing)) for one in self._solved]
            if is_case and self.case
            else (),
            extra=send.extra,
            about=customers.card(self.case.customer.address) if is_case and self.case else (),
        )
        return csr_values(letter, self._occasion(csr.language, send.to))

    @cached_property
    def _solved(self) -> list[Solved]:
        """Cases like this one that were solved, until somebody has answered it."""
        case = self.case
        if case is None or case.answered_at is not None or case.status is Status.SPAM:
            return []
        return similar.solved(case, self.office.config.sharing(self.service), self.now)

    def _private_text(self, waited_since: datetime | None) -> int:
        """The newest note of one of us since the case began to wait: what was meant for whoever gets it next.

        Where it did not wait, only if nobody has written anything since.
        """
        words = [one for one in self.entries if one.kind is not EntryKind.EVENT]
        recent = [one for one in words if one.at >= waited_since] if waited_since else words[-1:]
        notes = [one.number for one in recent if one.kind is EntryKind.NOTE and _is_by_one_of_us(one)]
        return notes[-1] if notes else 0

    def _acts(self, send: Send, sealing: Sealing) -> tuple[Link, ...]:
        """What can be clicked about the answer that is held, or that waits a while before it goes out; or about a
        thank-you that was more than that."""
        if self.case is None:
            return ()
        if send.extra.get("reopen"):
            return (links.reopen_link(self.case, sealing),)
        if send.letter is LetterKind.HOLD_NOTICE and send.entry:
            return links.held_links(self.case, send.entry, sealing)
        recallable = int(send.extra.get("recall", 0))
        return (links.recall_link(self.case, recallable, sealing),) if recallable else ()

    def _desk(self, csr: Csr, sealing: Sealing) -> ForDesk:
        config = self.office.config
        roles = [one.name for one in config.role if csr in config.members(one.name)]
        first = [one.name for one in config.service if one.first_level in roles]
        mine, own = queues.of_csr(csr.key, _ON_CARD)
        free, waiting = queues.free(roles, first, _ON_CARD)
        return ForDesk(
            csr,
            [Card(one, sealing.both("Write a note", one, Act.NOTE, "", "note")) for one in mine],
            [Card(one, links.take_link(one, sealing)) for one in free],
            (own - len(mine), waiting - len(free)),
            [one for one in roles if (one, csr.key) in self.away],
        )


def _is_by_one_of_us(note: Entry) -> bool:
    """Not what a machine sent or a rule added: a CSR wrote it, or an admin at the command line or the console."""
    return bool(note.csr) or note.door.startswith((Door.CLI, Door.CONSOLE))
