"""What somebody asks for, by whatever door: the verbs. `law.decide` turns them into rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailticket.domain.case import Channel, Status, Words
from mailticket.domain.mail import Address
from mailticket.domain.people import Actor

NO_WORDS = Words("")


@dataclass(frozen=True, slots=True)
class Intent:
    """One wish of one actor."""

    by: Actor


@dataclass(frozen=True, slots=True)
class Inquire(Intent):
    """A new matter. `also` are the other people of the mail; `hint` names a case that it may belong to ("" if none).

    `is_silent`: imported history, nobody is told. `is_automatic`: a machine wrote, so no acknowledgement;
    `is_idle`: a machine's note that needs nobody (out of office): kept, nobody is assigned. `may_echo`: the sender is
    known or proven, so the acknowledgement may repeat their subject. `linked` is an older case of theirs.
    """

    customer: Address
    subject: str
    words: Words
    message_id: str = ""
    channel: Channel = Channel.MAIL
    also: tuple[Address, ...] = ()
    hint: str = ""
    is_silent: bool = False
    is_automatic: bool = False
    is_idle: bool = False
    may_echo: bool = False
    linked: str = ""


@dataclass(frozen=True, slots=True)
class Append(Intent):
    """A participant writes on their case."""

    words: Words
    message_id: str = ""
    subject: str = ""
    also: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class AppendAutomatic(Intent):
    """A machine writes on a case (out of office, receipt): kept as an entry, and nothing else happens."""

    words: Words
    message_id: str = ""
    subject: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Intent):
    """A CSR answers the customer. `answers` is the Message-ID of our letter that was answered ("" if unknown)."""

    words: Words
    message_id: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class HoldAnswer(Intent):
    """A reply that may not go out yet: kept on the case, the CSR is told why and how to release it."""

    words: Words
    why: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseHeld(Intent):
    """`#send`: the answer that is held goes out, with `words` instead of its text if there are any."""

    words: Words


@dataclass(frozen=True, slots=True)
class DropHeld(Intent):
    """`#drop`: the answer that is held is discarded; the entry stays, marked."""


@dataclass(frozen=True, slots=True)
class AddNote(Intent):
    """A private text, kept on the case."""

    words: Words
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Assign(Intent):
    """Give the case to a CSR (their key) or to a role, with a private text for them."""

    csr: str = ""
    role: str = ""
    words: Words = NO_WORDS
    why: str = ""


@dataclass(frozen=True, slots=True)
class Escalate(Intent):
    """Hand the case to the 2nd-level role (no `to`), a role or a CSR by name, with a private text."""

    csr: str = ""
    role: str = ""
    words: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class Take(Intent):
    """The CSR takes the case themselves, in a role if one is named."""

    role: str = ""


@dataclass(frozen=True, slots=True)
class SetStatus(Intent):
    """Resolve, close, reopen, pending until a moment. `resolution` is the reason of a resolve."""

    status: Status
    until: datetime | None = None
    resolution: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class NoteBounce(Intent):
    """A letter of this case did not arrive. `recipient` as the report names it."""

    recipient: str
    is_permanent: bool
    server_said: str
    letter: str = ""
    outbox: int = 0
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class AskHelp(Intent):
    """`#help`: the list of commands, by receipt, as (usage, what it does) pairs."""

    commands: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse(Intent):
    """What was asked cannot be done: the sender gets a receipt with the reason and the way to mend it."""

    what: str
    fix: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class SetAway(Intent):
    """A CSR goes away or comes back, in one role or in all."""

    csr: str
    is_away: bool
    role: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Discard(Intent):
    """The mail needs nothing more: a duplicate, our own mail, a blacklisted sender, a bounce of nothing we sent."""

    outcome: str
    why: str
    delete_from_server: bool = False
