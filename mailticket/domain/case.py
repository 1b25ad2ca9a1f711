"""The case and its entries: one customer matter, and the dated items in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mailticket.domain.address import Address
from mailticket.domain.people import Customer, Participant


class Status(StrEnum):
    NEW = "new"
    OPENED = "opened"
    PENDING = "pending"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    CLOSED = "closed"
    SPAM = "spam"


#: What counts for the limit rule.
ACTIVE = frozenset({Status.NEW, Status.OPENED, Status.ESCALATED, Status.REOPENED})
#: What counts for least load.
OPEN = ACTIVE | {Status.PENDING}
#: A customer's word opens these again.
ENDED = frozenset({Status.RESOLVED, Status.CLOSED})


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Channel(StrEnum):
    MAIL = "mail"
    FORM = "form"
    API = "api"
    FILE = "file"
    CONSOLE = "console"
    CHAT = "chat"
    IMPORT = "import"


class EntryKind(StrEnum):
    CUSTOMER_MAIL = "customer_mail"
    REPLY = "reply"
    NOTE = "note"
    EVENT = "event"


class Watching(StrEnum):
    """What a watcher gets copies of."""

    ALL = "all"
    CUSTOMER = "customer"  # what customers write
    ANSWERS = "answers"  # what goes to customers
    NOTES = "notes"  # private words, for CSRs and roles alone


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an entry whose bytes are in the store under `sha256` (hex). `cid` without brackets, "" if none."""

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote. `text` is what the desk goes by, `whole` everything they sent (where it was cut).

    `greeting`: False where the CSR wants no greeting line above their answer.
    """

    text: str
    html: str = ""
    whole: str = ""
    method: str = "whole"
    files: tuple[StoredFile, ...] = ()
    greeting: bool = True

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not self.files


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated item in a case, as staff see it. Never give one to a customer's letter: see PublicEntry.

    `id` is 0 until stored; `number` counts from 1 within its case. `author` wrote it (for an event: who caused it).
    `held` is why a reply was not sent, "" if it was or nothing is to be sent. `parties` are the keys of all outside
    addresses that the mail came from or went to. `message_id` is the mail's own, "" for events.
    `from_case` is the case ID that it had before that case was merged into this one, "" if it was always here.
    `door` is where its writer came in (`people.Door`).
    """

    id: int
    number: int
    kind: EntryKind
    at: datetime
    author: Address
    words: Words
    subject: str = ""
    csr: str = ""
    held: str = ""
    parties: tuple[str, ...] = ()
    message_id: str = ""
    from_case: str = ""
    door: str = ""

    @property
    def is_private(self) -> bool:
        return self.kind in (EntryKind.NOTE, EntryKind.EVENT) or bool(self.held)


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """One item of a case as one outside person may see it. Made by `public` and by nothing else."""

    number: int
    at: datetime
    author: str
    is_ours: bool
    text: str
    html: str
    files: tuple[StoredFile, ...]


def public(entry: Entry, viewer: Participant, our_name: str) -> PublicEntry | None:
    """The entry for this viewer's eyes, or None: notes, events, held replies and what was before their time.

    What came with a merged case is seen only by those who wrote or got it, whoever the customer of the whole is.
    A CSR is shown by name only, as the writer of a reply; their address never leaves the house.
    """
    if entry.is_private or entry.kind not in (EntryKind.CUSTOMER_MAIL, EntryKind.REPLY):
        return None
    is_party = viewer.address.key in entry.parties
    if not is_party and (entry.from_case or not viewer.is_customer or entry.number < viewer.since):
        return None
    is_ours = entry.kind is EntryKind.REPLY
    author = (entry.author.name or our_name) if is_ours else entry.author.shown
    return PublicEntry(entry.number, entry.at, author, is_ours, entry.words.text, entry.words.html, entry.words.files)


@dataclass(frozen=True, slots=True)
class Case:
    """One customer matter. `key` is its row, 0 until stored; `id` is the case ID that people see.

    `csr` and `role` are "" while nobody has it; `waiting_since` is set while it waits for assignment.
    `thread_root` is a Message-ID that stands first in References of every letter to a CSR about it.
    `entries` is the number of the newest entry; `version` counts changes (a change made on an older one is refused).
    `type` is the submission type, `fields` the values of its custom fields by name. `watchers` are addresses and names
    of roles; `watching` has what those want to see who do not want everything (`Watching`). `merged_into` is the case
    ID of the one that this became part of.

    `skills` are what its CSR should know about; `wanted` is the CSR (their key) whom a rule wants to have it.
    `respond_by` and `resolve_by` are its targets, counted from `counts_from` (it was opened, or opened again);
    `answered_at` is its first answer, `acted_at` when a person last did something, `paused_at` since when it is
    pending. `timers` are the moments to come at which time does something with it, by their names (`law.deadline`);
    `fired` tells when a rule fired that fires once, by its name.
    """

    key: int
    id: str
    service: str
    subject: str
    status: Status
    customer: Customer
    created_at: datetime
    updated_at: datetime
    priority: Priority = Priority.NORMAL
    channel: Channel = Channel.MAIL
    csr: str = ""
    role: str = ""
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    pending_until: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    resolution: str = ""
    before_spam: str = ""
    language: str = ""
    thread_root: str = ""
    tags: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    linked: tuple[str, ...] = ()
    entries: int = 0
    version: int = 0
    type: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    watchers: tuple[str, ...] = ()
    watching: Mapping[str, str] = field(default_factory=dict)
    time_worked: timedelta = timedelta(0)
    merged_into: str = ""
    skills: tuple[str, ...] = ()
    wanted: str = ""
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    counts_from: datetime | None = None
    answered_at: datetime | None = None
    acted_at: datetime | None = None
    paused_at: datetime | None = None
    timers: Mapping[str, datetime] = field(default_factory=dict)
    fired: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def participant(self, address: Address) -> Participant | None:
        """The participant with this address, if there is one."""
        return next((one for one in self.participants if one.address.key == address.key), None)
