"""What somebody asks for, by whatever door: the verbs. `law.decide` turns them into rows.

Those that change a case (who has it, its status, its facts) are in `domain.case_intents`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailticket.domain.address import Address
from mailticket.domain.case import Channel, Words
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
    to this CSR (their key), but comes from an address that is not theirs. `language` is what it is written in, as far
    as anybody knows.
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
    language: str = ""


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

    `is_preview`: held on purpose, so that the CSR sees the finished letter first. `subject`: the letter's own, "" for
    the case's.
    """

    words: Words
    message_id: str = ""
    answers: str = ""
    is_preview: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class HoldAnswer(Intent):
    """A reply that may not go out yet: kept on the case, the CSR is told why and how to release it."""

    words: Words
    why: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseHeld(Intent):
    """`#send`: the answer that is held goes out, with `words` instead of its text if there are any.

    `entry` is the number of the held reply (0: the newest one of this CSR); `answers` and `subject` as in Answer.
    """

    words: Words
    message_id: str = ""
    answers: str = ""
    entry: int = 0
    subject: str = ""


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
