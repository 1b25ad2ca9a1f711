"""Relay accounts: what a sending limit leaves room for, and who was refused rests, the mail unharmed. I/O."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.decision import SendKind
from mailticket.domain.rate import account_name, parse_rate
from mailticket.errors import AccountTrouble
from mailticket.store import outbox_claims
from mailticket.store.operation import accounts
from mailticket.store.outbox import OutboxItem

#: How long an account rests after the nth refusal in a row; the last repeats. Providers lock those who try too hard.
RESTS = tuple(timedelta(seconds=one) for one in (30, 60, 300, 900))
#: When it has rested and no letter is due to try it with, one looks again after this.
_LOOKS_AGAIN = timedelta(seconds=5)


class Account:
    """The relay account of one service, for one round of letters."""

    def __init__(self, office: Office, service: Service) -> None:
        self.office = office
        self.service = service
        self.name = account_name(service.smtp.username, service.smtp.host, service.smtp.port)
        self._rate = parse_rate(service.smtp.rate)
        self._was_refused = False

    def claim(self, limit: int) -> list[OutboxItem]:
        """Letters that are due and that the sending limit has room for; answers use up the last of it.

        Raises AccountTrouble while the account rests.
        """
        office, now = self.office, self.office.clock()
        with office.connected():
            rest = accounts.rest(self.name)
            self._was_refused = rest is not None
            # A rest that ends later than any can: the clock was set back.
            if rest and now < rest.until <= now + RESTS[-1]:
                raise _resting(rest.why, rest.until - now)
            answers_only = False
            if self._rate:
                room = accounts.room(self.name, self._rate, now)
                answers_only = not room.others
                limit = min(limit, room.others or room.answers)
            if limit:
                items = outbox_claims.claim(self.service.name, office.owner, now, limit, answers_only=answers_only)
                if items:
                    return items
            if rest and outbox_claims.any_waits(self.service.name):
                raise _resting(rest.why, _LOOKS_AGAIN)
            return []

    def may_send(self, item: OutboxItem) -> bool:
        """Counts the letter against the sending limit; False if another daemon or service was quicker."""
        if self._rate is None:
            return True
        with self.office.connected():
            return accounts.take(self.name, self._rate, item.kind is SendKind.HUMAN, self.office.clock())

    def refused(self, error: AccountTrouble) -> datetime:
        """It rests from now on, until the moment returned."""
        now = self.office.clock()
        with self.office.connected():
            until = accounts.pause(self.name, str(error), RESTS, now).until
        error.rests_for = until - now
        return until

    def took_a_letter(self) -> None:
        """If it rested, it is well again."""
        if self._was_refused:
            self._was_refused = False
            self.try_at_once()

    def try_at_once(self) -> None:
        """Whatever was, it need not rest: somebody has just started or mended something."""
        with self.office.connected():
            accounts.resume(self.name)


def _resting(why: str, left: timedelta) -> AccountTrouble:
    trouble = AccountTrouble(why)
    trouble.rests_for = left
    return trouble
