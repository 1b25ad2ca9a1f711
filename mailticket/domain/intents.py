"""What somebody asks for, by whatever door: the verbs. `law.decide` turns them into rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.domain.case import Channel, Priority, Status, Words
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
    `is_from_desk`: another mailticket sent it, so no acknowledgement. `answers_csr`: it answers a letter that we mailed
    to this CSR (their key), but comes from an address that is not theirs.
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
    is_from_desk: bool = False
    answers_csr: str = ""


@dataclass(frozen=True, slots=True)
class Join(Intent):
    """One more new inquiry of somebody who writes too many: it joins their last case, and nobody is told.

    `is_first`: the first one that is treated so; the CSR and an admin hear of it. `is_automatic` as in Inquire.
    """

    words: Words
    message_id: str = ""
    subject: str = ""
    is_first: bool = False
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Append(Intent):
    """A participant writes on their case. `is_thanks`: nothing but a thank-you, which opens no ended case again.

    `author` wrote it where `by`, a CSR, only passes it on.
    """

    words: Words
    message_id: str = ""
    subject: str = ""
    also: tuple[Address, ...] = ()
    is_thanks: bool = False
    author: Address | None = None


@dataclass(frozen=True, slots=True)
class AppendAutomatic(Intent):
    """A machine writes on a case (out of office, receipt): kept as an entry, and nothing else happens."""

    words: Words
    message_id: str = ""
    subject: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Intent):
    """A CSR answers the customer. `answers` is the Message-ID of our letter that was answered ("" if unknown).

    `is_preview`: held on purpose, so that the CSR sees the finished letter first.
    """

    words: Words
    message_id: str = ""
    answers: str = ""
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class HoldAnswer(Intent):
    """A reply that may not go out yet: kept on the case, the CSR is told why and how to release it."""

    words: Words
    why: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseHeld(Intent):
    """`#send`: the answer that is held goes out, with `words` instead of its text if there are any.

    `entry` is the number of the held reply (0: the newest one of this CSR); `answers` as in Answer.
    """

    words: Words
    message_id: str = ""
    answers: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class DropHeld(Intent):
    """`#drop`: the answer that is held, or that still waits in the outbox (`undo_send`), is discarded; the entry
    stays, marked. `entry` is its number (0: the newest one of this CSR)."""

    entry: int = 0


@dataclass(frozen=True, slots=True)
class AddNote(Intent):
    """A private text, kept on the case. `why` tells what made it private where the CSR might not expect it."""

    words: Words
    message_id: str = ""
    why: str = ""


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
class WarnOutsiders(Intent):
    """A CSR's mail that answers our letter also went to others: they have its links and tokens now.

    `letter` is the Message-ID of that letter of ours.
    """

    outsiders: tuple[Address, ...]
    letter: str


@dataclass(frozen=True, slots=True)
class NoteUnsent(Intent):
    """A letter of this case was stopped at the last check before it was sent. `outbox` is its row."""

    recipient: str
    letter: str
    outbox: int
    why: str


@dataclass(frozen=True, slots=True)
class SetPriority(Intent):
    priority: Priority


@dataclass(frozen=True, slots=True)
class SetDue(Intent):
    """When the case must be done; None: at no certain time."""

    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class SetTags(Intent):
    """Tags that the case gets or loses."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch(Intent):
    """`watcher`, an address or a role's name, gets copies of new entries from now on, or (`is_off`) no more."""

    watcher: str
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class AddTime(Intent):
    """Time that was worked on the case; a negative span takes some back."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class SetField(Intent):
    """A custom field of the case gets a value, in the form that the store keeps ("" empties it)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Merge(Intent):
    """This case becomes part of another one (a case ID). `is_confirmed`: even if that is another customer's."""

    into: str
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class AskWhy(Intent):
    """`#why`: what happened on the case and why, by receipt."""


@dataclass(frozen=True, slots=True)
class AskDeskCard(Intent):
    """The CSR's open cases, what is due and the free queue, by mail."""


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
    """A CSR goes away or comes back, in one role or in all. `is_said`: they said so, it was not found out."""

    csr: str
    is_away: bool
    role: str = ""
    why: str = ""
    is_said: bool = False


@dataclass(frozen=True, slots=True)
class Restore(Intent):
    """A case is no spam after all: it becomes what it was before."""


@dataclass(frozen=True, slots=True)
class Undo(Intent):
    """What this CSR did a moment ago is taken back: `fields` of the case, by name, get their old values again."""

    what: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddToBlacklist(Intent):
    """Mail from this address, with this subject or any (""), is rejected from now on; the case is spam."""

    address: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class RemoveFromBlacklist(Intent):
    """Mail from this address, with exactly this subject or any (""), is taken in again."""

    address: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Discard(Intent):
    """The mail needs nothing more: a duplicate, our own mail, a blacklisted sender, a bounce of nothing we sent."""

    outcome: str
    why: str
    delete_from_server: bool = False
