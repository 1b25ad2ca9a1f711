"""What came in: a mail read into values, and what marks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailticket.domain.address import Address, writers


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. `content` is the decoded bytes; `sha256` their hex digest; `cid` without its brackets."""

    name: str
    type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool = False
    cid: str = ""

    @property
    def size(self) -> int:
        return len(self.content)


class Mark(StrEnum):
    """What makes a mail special. The values stand in `replay` and in the inbox."""

    AUTO_REPLY = "auto-reply"
    OUT_OF_OFFICE = "out-of-office"
    BOUNCE = "bounce"
    LIST = "list"
    LOOP = "loop"
    CALENDAR = "calendar"
    RECEIPT = "receipt"
    CHALLENGE = "challenge"
    FEEDBACK = "feedback"
    ENCRYPTED = "encrypted"


#: A mail with one of these speaks for no human: no acknowledgement, no reopening, no confirming.
AUTOMATIC: frozenset[Mark] = frozenset(Mark) - {Mark.ENCRYPTED}


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark, and the header or the words that show it."""

    mark: Mark
    reason: str


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One final recipient of a bounce. `status` is the code of RFC 3463 or empty; `reason` the server's words."""

    address: str
    permanent: bool
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says. `original_message_id` with its angle brackets, or empty."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One Received header: the server that wrote it (`by`), and from whom it took the mail.

    `source` is the client's host name as that server looked it up itself, "" if it did not: what a client calls itself
    proves nothing. `is_inside`: from the same machine, a private network, or handed on for delivery (LMTP).
    `is_submitted`: the client signed in, as people's mail programs do (RFC 3848).
    """

    by: str
    source: str = ""
    is_inside: bool = False
    is_submitted: bool = False


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One Authentication-Results header (RFC 8601), in the order of the header block: 0 is the topmost.

    `server` is the authserv-id in lower case, or "exchange" for Exchange Online's form without one.
    `received_above` counts the Received headers that stand above it.
    `dmarc`, `spf`, `dkim` hold (result, domain) pairs; the domain is header.from, smtp.mailfrom's or header.d's.
    """

    server: str
    position: int
    received_above: int = 0
    dmarc: tuple[tuple[str, str], ...] = ()
    spf: tuple[tuple[str, str], ...] = ()
    dkim: tuple[tuple[str, str], ...] = ()


class CutMethod(StrEnum):
    """How the new words of a reply were found (reply composition, in this order of trust)."""

    MARKER = "marker"
    ANCHOR = "anchor"
    TALON = "talon"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Reply:
    """The new words of a mail: the best cut. Where `sure` is False the desk keeps the whole text.

    `html_below` shows what a CSR wrote below their command lines; "" without any, or where it cannot be told apart.
    """

    text: str
    html: str
    method: CutMethod
    sure: bool
    html_below: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail that was passed on inside another one, in its text or as a file.

    `above` is what the one who passes it on wrote before it. `author` is None where no address is shown. `message_id`
    is the inner mail's own, "" if its client does not tell.
    """

    author: Address | None
    subject: str
    text: str
    html: str = ""
    above: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ParentLetter:
    """A letter of ours that a mail may answer: what the cut is measured by. `us`: our addresses and names in it.

    A mail program quotes its text or its HTML, and their words differ in places.
    """

    message_id: str
    text: str
    us: tuple[str, ...] = ()
    html: str = ""


@dataclass(frozen=True, slots=True)
class MailIds:
    """What the facts of a batch are looked up by, read from header and beginning of the body without parsing.

    Message-IDs keep their angle brackets. `mentioned` are the Message-IDs of any header block inside the
    first 64 KB of the body (the returned original of a bounce). `senders` are those that `writers` gives;
    `passed_on_from` wrote the mail that this one passes on, which is known once it is parsed.
    """

    message_id: str
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    subject: str = ""
    senders: tuple[Address, ...] = ()
    recipients: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    passed_on_from: tuple[Address, ...] = ()

    @property
    def askers(self) -> tuple[Address, ...]:
        """Whose matter it may be: its senders', that of the one address in Reply-To, of whose mail is passed on."""
        return (*self.senders, *(self.reply_to if len(self.reply_to) == 1 else ()), *self.passed_on_from)

    @property
    def related(self) -> tuple[str, ...]:
        """Every other mail that this one names, the nearest first, each once."""
        nearest_first = (*self.in_reply_to, *reversed(self.references), *self.mentioned)
        return tuple(dict.fromkeys(nearest_first))


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the header alone tells of a mail, before it is parsed. `names_others`: it answers, forwards or reports on
    another mail; `machine`: the best reason to think that nobody typed it, else ""."""

    senders: tuple[Address, ...] = ()
    subject: str = ""
    names_others: bool = False
    machine: str = ""

    @property
    def from_key(self) -> str:
        """The address key of its first sender; "" without any."""
        return self.senders[0].key if self.senders else ""


@dataclass(frozen=True, slots=True)
class InboundMail:
    """A mail, read. Never half: what could not be read is empty and named in `defects`.

    `text` is what a person would read; `html` is sanitised, its remote content blocked, its images by cid:.
    `forwarded` is looked for only in a CSR's mail. `date` is the sender's claim, aware UTC, or None. `from_` has one
    item in a proper mail. `trace` are its Received headers, the newest first, where `auth` has any.
    `content_hash` covers sender, recipients, date, subject, bodies and files, but not the transport's headers.
    `headers` holds a few single headers that the desk reads (lower-case names, decoded), e.g.
    "x-mailticket-loop", "x-mailticket-canary", "return-path", "auto-submitted", "x-ms-exchange-organization-authas".
    """

    size: int
    message_id: str
    content_hash: str
    subject: str
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    text: str = ""
    html: str = ""
    reply: Reply = Reply("", "", CutMethod.WHOLE, False)
    attachments: tuple[Attachment, ...] = ()
    markers: tuple[Marker, ...] = ()
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    auth: tuple[AuthResult, ...] = ()
    trace: tuple[Hop, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    defects: tuple[str, ...] = ()
    oversize: bool = False

    @property
    def marks(self) -> frozenset[Mark]:
        return frozenset(marker.mark for marker in self.markers)

    @property
    def is_automatic(self) -> bool:
        """Speaks for no human, so it gets no automatic answer and confirms nothing."""
        return bool(self.marks & AUTOMATIC)

    @property
    def author(self) -> Address | None:
        """The one address in From; None if there is none or several (then nobody is proven)."""
        return self.from_[0] if len(self.from_) == 1 else None

    @property
    def claimed(self) -> Address:
        """Whom it says it is from; believed of a customer, and proof of nobody."""
        return writers(self.from_, self.sender)[0]

    @property
    def words(self) -> str:
        """What the desk goes by: the cut where it is sure, else the whole text."""
        return self.reply.text if self.reply.sure else self.text

    @property
    def words_html(self) -> str:
        return self.reply.html if self.reply.sure else self.html
