"""What can go wrong, by who should do what about it: wait, give up, mend the config, try the change again."""

from __future__ import annotations

from datetime import timedelta


class MailticketError(Exception):
    """Anything that we raise on purpose. `fix` is one sentence that tells the operator what to do."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


class Temporary(MailticketError):
    """It may work later by itself: network, locks, a full disk, a 4xx."""


class Contention(Temporary):
    """Two transactions were in each other's way and this one gave in; the whole of it again may work at once."""


class StoreTrouble(Temporary):
    """The database or its disk failed, not the mail and not the line."""


class Permanent(MailticketError):
    """It will fail again in the same way: a 5xx, a mail that nobody can read."""


class AccountTrouble(Temporary):
    """The account is refused, not the mail: wrong password, sending limit. Everything of the account waits.

    `rests_for` is how long, where somebody has decided it; else whoever catches it decides.
    """

    rests_for: timedelta | None = None


class LeftOver(MailticketError):
    """All was done but what breaks our code (the cause): that is tried again in measure, and keeps nothing waiting."""


class ConfigError(MailticketError):
    """The config is wrong. `mistakes` holds one line for each, with the key's path."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Conflict(MailticketError):
    """Somebody else changed the row in the meantime; load it again and decide anew."""


class Outdated(Conflict):
    """What was decided on an older state of a case: the same unit of work, done again, decides on the new one."""


class Refused(MailticketError):
    """A human asked for what the rules do not allow; `what` and `fix` are told to them."""


def fault_of_ours(error: Exception) -> BaseException | None:
    """What a log tells with its traceback; None for a trouble of the world."""
    if isinstance(error, LeftOver):
        return error.__cause__
    return None if isinstance(error, MailticketError) else error
