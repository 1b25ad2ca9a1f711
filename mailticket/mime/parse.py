"""PURE: a mail's octets to one InboundMail. Never raises on any octets: what cannot be read is empty and named."""

from __future__ import annotations

import dataclasses
import email.utils
import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from mailparser.dates import parse_mail_date

from mailticket.domain.mail import AuthResult, Bounce, CutMethod, InboundMail, Mark, Marker, ParentLetter, Reply
from mailticket.mime import auth_results, body, bounce, content_hash, markers, passed_on, quote, trace
from mailticket.mime.body import Body
from mailticket.mime.headers import HeaderView
from mailticket.mime.html import html_depth, sanitise
from mailticket.mime.octets import charset, limits, structure
from mailticket.mime.octets.structure import Part

#: The single headers that the desk reads besides those with a field of their own.
KEPT_HEADERS = (
    "accept-language",
    "auto-submitted",
    "content-language",
    "delivered-to",
    "importance",
    "list-id",
    "precedence",
    "priority",
    "return-path",
    "thread-topic",
    "user-agent",
    "x-auto-response-suppress",
    "x-mailer",
    "x-mailticket-loop",
    "x-mailticket-canary",
    "x-ms-exchange-organization-authas",
    "x-original-to",
    "x-priority",
)
_ADDRESS_FIELDS = ("from", "to", "cc", "reply-to", "sender")
_LONGEST_HEADER = 2_000
_LONGEST_DATE = 200
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2999

_T = TypeVar("_T")


def parse(raw: bytes, parents: Sequence[ParentLetter] = (), *, from_csr: bool = False) -> InboundMail:
    """Read a mail. `parents` are letters of ours that it may answer; `from_csr` allows signatures to be cut.

    MemoryError alone passes through: it says nothing about the mail, but that this process is at its limit.
    """
    return _safely(raw, _Reading(parents, from_csr))


def parse_headers_only(raw_head: bytes, size: int) -> InboundMail:
    """A mail above max_size, of which only the beginning is at hand: its headers, and the text that is there.

    `size` is the size of the whole mail in octets. Files may be cut short, so none are given.
    """
    mail = _safely(raw_head, _Reading((), False, is_whole=False))
    reason = f"the mail is too large ({size} octets); only its beginning was read"
    return dataclasses.replace(mail, size=size, oversize=True, defects=(*mail.defects, reason))


@dataclasses.dataclass(frozen=True, slots=True)
class _Reading:
    """What reading one mail needs besides its octets, and what went wrong so far."""

    parents: Sequence[ParentLetter]
    from_csr: bool
    is_whole: bool = True
    defects: list[str] = dataclasses.field(default_factory=list)


def _safely(raw: bytes, reading: _Reading) -> InboundMail:
    try:
        return _read(raw, reading)
    except MemoryError:
        raise
    except Exception as error:  # the promise: a mail that breaks our code is set aside whole, never lost
        return _unreadable(raw, error)


def _read(raw: bytes, reading: _Reading) -> InboundMail:
    root, left_out = structure.tree(raw)
    defects = reading.defects
    defects += left_out
    view = HeaderView(root, _charset_of_text(root))
    defects += [
        f"more than {limits.ADDRESSES} addresses in {name.title()}; the rest was left out"
        for name in _ADDRESS_FIELDS
        if view.has_too_many_addresses(name)
    ]
    if len(view.get("subject")) > _LONGEST_HEADER:
        defects.append(f"a subject of more than {_LONGEST_HEADER} characters; the rest was left out")
    auth = _guarded("Authentication-Results", lambda: auth_results.read(view), tuple[AuthResult, ...](), defects)
    shown = _guarded("the body", lambda: body.read(root), Body("", "", (), (), ()), defects)
    defects += shown.defects
    mail = InboundMail(
        size=len(raw),
        message_id=next(iter(view.message_ids("message-id")), ""),
        content_hash="",
        subject=view.get("subject")[:_LONGEST_HEADER],
        from_=view.addresses("from"),
        to=view.addresses("to"),
        cc=view.addresses("cc"),
        reply_to=view.addresses("reply-to"),
        sender=view.addresses("sender"),
        in_reply_to=view.message_ids("in-reply-to"),
        references=view.message_ids("references"),
        date=sent_at(view),
        text=shown.text,
        html=_guarded("the HTML", lambda: _harmless(shown.html, defects), "", defects),
        attachments=shown.attachments if reading.is_whole else (),
        auth=auth,
        # It tells how far such results may be believed, and nothing else.
        trace=_guarded("Received", lambda: trace.read(view), (), defects) if auth else (),
        headers={name: view.get(name)[:_LONGEST_HEADER] for name in KEPT_HEADERS if name in view},
    )
    mail = dataclasses.replace(mail, content_hash=content_hash.of(mail, shown.written))
    return _understood(mail, root, view, shown, reading)


def _understood(mail: InboundMail, root: Part, view: HeaderView, shown: Body, reading: _Reading) -> InboundMail:
    """The mail with what it means: its new words, its marks, its bounce."""
    defects = reading.defects
    types = [part.content_type for part in _own_parts(root)]
    marks = _guarded("the markers", lambda: markers.read(view, mail.text, types), tuple[Marker, ...](), defects)
    report = _guarded("the delivery report", lambda: bounce.read(root, view, mail.text), None, defects)
    if report is not None:
        marks = (*marks, Marker(Mark.BOUNCE, _bounce_reason(report)))
    reply = Reply(mail.text, mail.html, CutMethod.WHOLE, False)
    if report is None:  # a delivery report answers nothing
        uncut = reply
        reply = _guarded("the reply", lambda: _new_words(mail, shown, reading), uncut, defects)
    mail = dataclasses.replace(mail, reply=reply, markers=marks, bounce=report, defects=tuple(dict.fromkeys(defects)))
    if reading.from_csr and reading.is_whole and not mail.is_automatic:
        as_it_is = mail
        mail = _guarded("the forwarded mail", lambda: _with_forwarded(as_it_is, root, view, defects), mail, defects)
        mail = dataclasses.replace(mail, defects=tuple(dict.fromkeys(defects)))
    return mail


def _with_forwarded(mail: InboundMail, root: Part, view: HeaderView, defects: list[str]) -> InboundMail:
    """The mail with the one that it passes on; the files of an attached one take that one's place."""
    mails = [part for part in _own_parts(root) if part.kind == "message/rfc822"]
    if len(mails) != 1:
        return dataclasses.replace(mail, forwarded=passed_on.in_text(mail, view.get("x-forwarded-message-id")))
    inner = parse(mails[0].decoded)
    found = passed_on.attached(mail, inner)
    if found is None:
        return mail
    defects += inner.defects
    files = [one for one in mail.attachments if one.type != "message/rfc822"]
    return dataclasses.replace(mail, forwarded=found, attachments=(*files, *inner.attachments))


def _new_words(mail: InboundMail, shown: Body, reading: _Reading) -> Reply:
    """The cut is made in the HTML as it came, for its classes and ids tell quotes; only then is it cleaned."""
    reply = quote.cut(mail.text, shown.html, mail.subject, reading.parents, reading.from_csr)
    html = mail.html if reply.html == shown.html else _harmless(reply.html, reading.defects)
    return dataclasses.replace(reply, html=html, html_below=_harmless(reply.html_below, reading.defects))


def sent_at(view: HeaderView) -> datetime | None:
    """The sender's claim in Date, as aware UTC; None if it is absent, unreadable or from no sane year."""
    written = view.get("date")[:_LONGEST_DATE]
    moment = parse_mail_date(written).value or _loosely_dated(written)
    return moment if moment and _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR else None


def _loosely_dated(written: str) -> datetime | None:
    """A date in one of the many forms that the standard library makes sense of; UTC if it names no zone."""
    try:
        fields = email.utils.parsedate_tz(written)
        if fields is None:
            return None
        return datetime(*fields[:6], tzinfo=UTC) - timedelta(seconds=fields[9] or 0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _harmless(html: str, defects: list[str]) -> str:
    if html_depth.is_too_deep(html):
        defects.append(f"HTML nested deeper than {limits.HTML_DEPTH} elements; only its text is shown")
        return ""
    return sanitise.sanitise(html)


def _charset_of_text(root: Part) -> str:
    """The charset of the first part that names one: raw 8-bit headers are mostly in that, too."""
    return next((part.charset for part in _own_parts(root) if part.charset), "")


def _own_parts(root: Part) -> Iterator[Part]:
    """Every part of this mail in order, but none of a mail that is attached to it."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        if part.is_multipart_kind:
            waiting += reversed(part.children)


def _bounce_reason(report: Bounce) -> str:
    failed = ", ".join(recipient.address for recipient in report.recipients[:3])
    return f"a delivery report about {failed}" if failed else "a delivery report about one of our mails"


def _guarded(what: str, read: Callable[[], _T], otherwise: _T, defects: list[str]) -> _T:
    """One reader's result; if it fails, the others still count and the failure is named."""
    try:
        return read()
    except MemoryError:
        raise
    except Exception as error:  # whatever it is, the mail's other contents are worth more than this one
        defects.append(f"{what} could not be read: {type(error).__name__}: {str(error)[:200]}")
        return otherwise


def _unreadable(raw: bytes, error: Exception) -> InboundMail:
    """The last resort: the octets as text, so that a human can see what came."""
    return InboundMail(
        size=len(raw),
        message_id="",
        content_hash=hashlib.sha256(raw).hexdigest(),
        subject="",
        text=charset.decode(raw[: limits.IDS_BYTES]),
        defects=(f"the mail could not be read: {type(error).__name__}: {str(error)[:200]}",),
    )
