"""Deliver: from the outbox to the relay. An attempt is recorded before it begins and before its last moment. I/O."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailticket import failpoints, health
from mailticket.config.models import Service
from mailticket.desk.answer import carry_out
from mailticket.desk.office import Office
from mailticket.desk.parcels import Parcels
from mailticket.desk.servers.accounts import Account
from mailticket.desk.under_way import UnderWay, Unwritten
from mailticket.domain.address import Address
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import NoteBounce, NoteUnsent
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import MailticketError, Permanent, Refused
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.mime import compose
from mailticket.store import outbox_ends
from mailticket.store.by_hand import stopping
from mailticket.store.files import blobs
from mailticket.store.outbox import OutboxItem
from mailticket.wire.smtp import AccountRefused, Ambiguous, Deferred, Moments, Rejected, Relay, RelayError

log = logging.getLogger(__name__)

#: So many letters at most, and at least, are claimed together: of two, one may be the newest.
MOST, LEAST = 20, 2
#: When the nth attempt has failed for now, the next follows after this; the last one repeats (protocol: 72 hours).
RETRY_AFTER = tuple(timedelta(minutes=one) for one in (1, 5, 15, 30, 60, 120, 240))
_GREYLISTED_AFTER = timedelta(minutes=5)
_JITTER = 0.1
#: Where a failure is the line's, not the mail's.
_ON_THE_WAY_IN = ("connect", "helo", "tls", "auth")
#: Where an account is refused with one letter in hand.
_AT_ONE_LETTER = ("rcpt", "data", "final_dot")
_BEHIND_THE_OTHERS = timedelta(minutes=1)


def deliver(
    office: Office, service: Service, relay: Relay, limit: int = MOST, *, unwritten: Unwritten | None = None
) -> int:
    """Sends what is due for one service. Gives the number of letters tried.

    `unwritten` is what earlier rounds could not write down: that comes first. Raises RelayError if the account or the
    line is out of order, Temporary if the database is: then all that was not handed in waits, unharmed.
    """
    account = Account(office, service)
    under_way = UnderWay(office, service.name, [] if unwritten is None else unwritten)
    under_way.write()
    items = account.claim(limit)
    failpoints.reach("deliver.claimed")
    letters = _Round(office, service, relay, account, under_way, Parcels(office, items))
    try:
        tried = letters.send_all(items)
    except Exception:
        letters.under_way.write()
        raise
    letters.under_way.write()
    return tried


@dataclass(frozen=True)
class _Round:
    """One round of letters of one service, through one relay account."""

    office: Office
    service: Service
    relay: Relay
    account: Account
    under_way: UnderWay
    parcels: Parcels

    def send_all(self, items: Sequence[OutboxItem]) -> int:
        trouble: Exception | None = None
        for position, item in enumerate(items):
            left = items[position:]
            try:
                if not self.account.may_send(item):
                    self._give_back(left)
                    return position
                if self._send(left):
                    self.account.took_a_letter()
            except RelayError as error:
                _account_or_line(self.office, self.account, left, error)
                raise
            except Exception as error:
                # The second trouble is not the letter's own: it would keep the others waiting for nothing.
                if trouble is not None:
                    self._give_back(left)
                    raise
                self._give_back([item])
                trouble = error
        if trouble is not None:
            raise trouble
        return len(items)

    def _give_back(self, items: Sequence[OutboxItem]) -> None:
        """A letter whose final dot may have been sent stays as it is: `recover` knows what to do with it."""
        with self.office.connected():
            untried = [one.id for one in items if not self.under_way.may_be_there(one)]
            outbox_ends.give_back(untried, self.office.owner)

    def _send(self, left: Sequence[OutboxItem]) -> bool:
        """The first of those that are left: did the relay take it? If not, the row says what became of it; RelayError
        if that is not the letter's fault."""
        office, service, item = self.office, self.service, left[0]
        if why_not := self._why_not(item):
            _stopped(office, service, item, why_not)
            return False
        try:
            reply = self._hand_in(item, left[1:])
            failpoints.reach("deliver.accepted")
        except Ambiguous as error:
            with office.connected():
                state = outbox_ends.unknown(item.id, office.owner, str(error), office.clock())
            health.count_letter(service.name, item.kind, "unknown")
            what = "letter %d to %s: the connection died at the last moment (%s); now %s"
            log.warning(what, item.id, item.recipient, error, state)
        except RelayError as error:
            _failed(office, service, item, error)
        except Permanent as error:
            _given_up(office, service, item, error)
        except MailticketError:
            raise
        except Exception as error:
            self._broke(item, error)
        else:
            self.under_way.taken(item, reply)
            return True
        return False

    def _why_not(self, item: OutboxItem) -> str:
        """The last check of a letter to a customer: why it may not be sent, "" if it may."""
        if not _is_for_customer(item):
            return ""
        with self.office.connected():
            return stopping.why_not(item)

    def _hand_in(self, item: OutboxItem, behind: Sequence[OutboxItem]) -> str:
        """The relay's words. One that refuses the null sender gets our address; what it says to that counts."""

        def at_the_last_moment() -> None:
            failpoints.reach("deliver.body_sent")
            self.under_way.last_moment(item, behind)
            failpoints.reach("deliver.final_dot")

        moments = Moments(at_the_last_moment, self.under_way.kept_waiting)
        self.parcels.look_ahead(behind)
        data = self._assembled(item)
        failpoints.reach("deliver.assembled")
        try:
            return self.relay.send(item.envelope_from, item.recipient, data, moments)
        except (Rejected, AccountRefused) as error:
            if item.envelope_from or error.phase != "mail":
                raise
            ours = self.service.address
            log.info("%s: the relay refuses the null sender (%s); sending as %s", self.service.name, error, ours)
            return self.relay.send(ours, item.recipient, data, moments)

    def _assembled(self, item: OutboxItem) -> bytes:
        if mail := self.parcels.take(item):
            return mail
        skeleton = compose.thaw(item.skeleton)
        if skeleton.files and self.office.config.mailticket.files != "local":
            self.under_way.kept_waiting()  # they are far away
        return compose.assemble(skeleton, self._file)

    def _file(self, sha256: str) -> bytes:
        with self.office.connected():
            return blobs.get(sha256)

    def _broke(self, item: OutboxItem, error: Exception) -> None:
        """Our own fault stops no other letter. This one is tried again, unless the relay may have it already."""
        if self.under_way.may_be_there(item):
            raise error
        log.error("letter %d to %s broke our code", item.id, item.recipient, exc_info=error)
        _failed(self.office, self.service, item, Deferred(f"A fault in mailticket: {error!r}.", "Report it.", "data"))


def _account_or_line(office: Office, account: Account, items: Sequence[OutboxItem], error: RelayError) -> None:
    """No letter was taken, so all go back; a refused account rests. `items[0]` was tried.

    Refused at its recipient or later, it goes behind the others: should it be its own fault after all, it stops none.
    """
    behind = None
    if isinstance(error, AccountRefused):
        rested_at = account.refused(error)
        behind = rested_at + _BEHIND_THE_OTHERS if error.phase in _AT_ONE_LETTER else None
    with office.connected():
        outbox_ends.give_back([items[0].id], office.owner, str(error), behind)
        outbox_ends.give_back([one.id for one in items[1:]], office.owner, str(error))


def next_attempt_at(item: OutboxItem, error: RelayError, now: datetime) -> datetime:
    """When to try again; the attempt that has just failed is counted. Greylisting (450, 451) wants five minutes."""
    span = RETRY_AFTER[min(max(item.attempts, 1), len(RETRY_AFTER)) - 1]
    if error.reply is not None and error.reply.code in (450, 451):
        span = max(span, _GREYLISTED_AFTER)
    return now + span * random.uniform(1 - _JITTER, 1 + _JITTER)


def _is_for_customer(item: OutboxItem) -> bool:
    """Is it about a case, to somebody outside?"""
    return bool(item.case) and LETTERS[LetterKind(item.letter)].reader is Reader.CUSTOMER


def _stopped(office: Office, service: Service, item: OutboxItem, why: str) -> None:
    """The last check found something: the letter is held, and the case and its CSR are told, in one transaction."""
    log.error("letter %d (%s) to %s is held: %s", item.id, item.letter, item.recipient, why)
    by = Actor(
        ActorKind.OURSELVES, Address("", service.address), "the last check before a letter is sent", door=Door.DESK
    )
    note = NoteUnsent(by, item.recipient, item.letter, item.id, why)
    held = partial(stopping.hold, item.id, office.owner, why)
    try:
        carry_out(office, (note,), item.case, f"outbox:{item.id}", along_with=held)
    except Refused as refused:
        log.warning("letter %d: the case cannot be told: %s", item.id, refused)
        with office.connected():
            held()


def _failed(office: Office, service: Service, item: OutboxItem, error: RelayError) -> None:
    """Refused or too old: given up. The account's or the line's fault: raised. Else it is tried again later."""
    now = office.clock()
    is_too_old = now - item.created_at > service.smtp.give_up_after and office.may_expire()
    is_over = isinstance(error, Rejected) or is_too_old
    if is_over:
        _given_up(office, service, item, error)
    if isinstance(error, AccountRefused) or (error.phase in _ON_THE_WAY_IN and not is_over):
        raise error
    if is_over:
        return
    again_at = next_attempt_at(item, error, now)
    with office.connected():
        outbox_ends.deferred(item.id, office.owner, str(error), again_at)
    log.warning("letter %d to %s: %s Next attempt %s.", item.id, item.recipient, error, f"{again_at:%H:%M:%S} UTC")


def _given_up(office: Office, service: Service, item: OutboxItem, error: MailticketError) -> None:
    """Ends in one transaction with what the case gets: an event, and a mail to its CSR if it was for a customer."""

    def ended() -> None:
        outbox_ends.failed(item.id, office.owner, str(error), office.clock())

    health.count_letter(service.name, item.kind, "failed")
    log.error("letter %d (%s) to %s failed for good: %s", item.id, item.letter, item.recipient, error)
    if item.case and item.letter != LetterKind.BOUNCE_NOTICE:
        by = Actor(
            ActorKind.OURSELVES, Address("", service.address), "the relay refused a letter of ours", door=Door.DESK
        )
        note = NoteBounce(by, item.recipient, True, str(error), item.letter, item.id)
        try:
            carry_out(office, (note,), item.case, f"outbox:{item.id}", along_with=ended)
            return
        except Refused as refused:
            log.warning("letter %d: the case cannot be told: %s", item.id, refused)
    with office.connected():
        ended()
