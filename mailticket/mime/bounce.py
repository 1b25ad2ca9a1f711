"""PURE: is this mail a delivery report, whom did our mail not reach, and which mail was it?

First the machine-readable report (RFC 3464), which is certain; then, only for mails that come from a mail system,
Exim's header, flufl.bounce, and the words of the text. This is the only user of flufl.bounce.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message

from flufl.bounce._scan import _DETECTORS as DETECTORS

from mailticket.domain.mail import Bounce, FailedRecipient
from mailticket.mime import markers
from mailticket.mime.headers import HeaderView
from mailticket.mime.octets import charset
from mailticket.mime.reports import amazon, bounce_text, delivery_report
from mailticket.mime.reports.bounce_words import DAEMONS, MAIL_SYSTEMS, PROGRAMS, SUBJECTS

_FLUFL_LINES = 5_000  # its detectors read every line of every part: 25 microseconds each
_MENTIONED_CAP = 64 * 1024  # characters of a text in which the returned mail's Message-ID is looked for
_SUBJECT_CAP = 500

_OTHER_REPORT = re.compile(r"report-type\s{0,5}=\s{0,5}\"?(?:disposition-notification|feedback-report)", re.IGNORECASE)
_DAEMON = re.compile("|".join(DAEMONS), re.IGNORECASE)
_MAIL_SYSTEM = re.compile("|".join(MAIL_SYSTEMS), re.IGNORECASE)
_PROGRAM = re.compile("|".join(PROGRAMS), re.IGNORECASE)
_SUBJECT = re.compile("|".join(SUBJECTS), re.IGNORECASE)
_NULL = re.compile(r"\s*<\s*>")
_AUTOMATIC = re.compile(r"\s*auto-(?:replied|generated|notified)", re.IGNORECASE)
#: Headers of mail that a person wrote in a mail program: perhaps about a bounce, never one.
_OF_A_PERSON = ("user-agent", "in-reply-to", "references")
_MESSAGE_ID = re.compile(r"^[\s>|*]{0,8}message-id\s?:\s{0,3}(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)


def read(message: Message, view: HeaderView, text: str) -> Bounce | None:
    """What a delivery report says, or None if the mail is none.

    `message` is the mail as a compat32 parser gave it, `view` its header, `text` what a person would read.
    Recipients are those we wrote to, where the report names them, else those it calls final. A report of a
    delay has recipients that are not `permanent`; a report of success is no bounce, nor is an absence note.
    """
    if _OTHER_REPORT.search(view.get("content-type")):
        rejected = delivery_report.rejected_by_filter(view, message)
        return Bounce(tuple(rejected), _original_id(message, view, text)) if rejected else None
    notice = amazon.read(text)
    if notice is not None:
        return None if notice.is_complaint else Bounce(notice.recipients, notice.message_id)
    failed = delivery_report.recipients(message)
    if not failed:
        body = text or _undivided(message)
        by_subject = _SUBJECT.search(view.get("subject")[:_SUBJECT_CAP]) is not None
        if delivery_report.tells_success(message) or not _may_be_bounce(message, view, body, by_subject):
            return None
        failed = _guess(message, view, body, by_subject)
        if not failed and not by_subject:
            return None
    original = _original_id(message, view, text)
    return Bounce(tuple(failed), original) if failed or original else None


def _may_be_bounce(message: Message, view: HeaderView, body: str, by_subject: bool) -> bool:
    """Whether a mail system sent the mail, and it speaks of a failure: what a customer who quotes a bounce lacks."""
    if "x-failed-recipients" in view:
        return True
    if not _comes_from_mail_system(message, view, body, by_subject):
        return False
    return not any(marker.mark in markers.NOTES for marker in markers.read(view, body))


def _comes_from_mail_system(message: Message, view: HeaderView, body: str, by_subject: bool) -> bool:
    by_person = _is_from_mail_program(view)
    if _is_called(_DAEMON, view):
        return True
    if _is_called(_MAIL_SYSTEM, view):  # a postmaster may also be a person who writes to us
        return by_subject or not by_person
    if _NULL.match(view.get("return-path")) or view.get("content-type").lower().startswith("multipart/report"):
        return by_subject or bounce_text.says_failed(body)
    if not by_subject:
        return False
    if not view.addresses("from") or _AUTOMATIC.match(view.get("auto-submitted")):
        return True
    return (bounce_text.opens_as_report(body) or _returns_a_mail(message, body)) and not by_person


def _is_from_mail_program(view: HeaderView) -> bool:
    """Whether somebody typed the mail, by headers that mail programs add and mail systems do not."""
    if "x-mlserver" in view:  # fml, a mailing list's program, which answers by In-Reply-To
        return False
    mailer = view.get("x-mailer").strip()
    return any(header in view for header in _OF_A_PERSON) or (bool(mailer) and not _PROGRAM.match(mailer))


def _is_called(pattern: re.Pattern[str], view: HeaderView) -> bool:
    names = (
        name
        for sender in view.addresses("from")
        for name in (sender.key.partition("@")[0], sender.name.replace(" ", ""))
    )
    return any(pattern.fullmatch(name) for name in names)


def _returns_a_mail(message: Message, body: str) -> bool:
    attached = any(part.get_content_type() == "message/rfc822" for part in delivery_report.parts(message))
    return attached or bounce_text.returns_a_mail(body)


def _undivided(message: Message) -> str:
    """The body of a report whose boundary is broken, as it stands."""
    payload = message.get_payload()
    return charset.clean(payload) if isinstance(payload, str) else ""


def _guess(message: Message, view: HeaderView, text: str, by_subject: bool) -> list[FailedRecipient]:
    named = [address.address for address in view.addresses("x-failed-recipients")]
    permanent = not bounce_text.is_still_tried(f"{view.get('subject')}\n{text}")
    if named:
        return [FailedRecipient(address, permanent, "") for address in named]
    stated = delivery_report.recipients_in_text(text)
    if stated:
        return stated
    ours = [address.address for header in ("to", "cc", "from", "delivered-to") for address in view.addresses(header)]
    by_words: dict[str, FailedRecipient] = {}
    if by_subject or bounce_text.says_failed(text):
        found = bounce_text.recipients(text, ours, strict=not by_subject)
        by_words = {one.address.lower(): one for one in found}
    by_flufl = {one.address: one for one in _flufl(message, view)}
    if not by_flufl:
        return list(by_words.values()) or _returned_to(message, permanent)
    return [by_words.get(one.lower(), by_flufl[one]) for one in bounce_text.only_named([*by_flufl], text)]


def _returned_to(message: Message, permanent: bool) -> list[FailedRecipient]:
    """Whom the mail in a report was to, if to one address: all that is left where the server lost the report itself."""
    if message.get_content_type() != "multipart/report":
        return []
    inside = (part for part in delivery_report.parts(message) if part is not message and "to" in part)
    to = next((HeaderView(part).addresses("to") for part in inside), ())
    return [FailedRecipient(to[0].address, permanent, "")] if len(to) == 1 else []


def _flufl(message: Message, view: HeaderView) -> list[FailedRecipient]:
    """What the first of flufl.bounce's detectors finds that finds anything.

    They are asked one by one, as `all_failures` does: that one logs, which is none of a pure package's business,
    and ends at the first detector that fails (without a From header, or on a mail that it does not expect).
    """
    payloads = (part.get_payload() for part in delivery_report.parts(message))
    if "from" not in view or sum(one.count("\n") for one in payloads if isinstance(one, str)) > _FLUFL_LINES:
        return []
    for detector in DETECTORS:
        try:
            temporary, permanent = detector().process(message)
        except Exception:  # a detector's own fault on a hostile mail; the others and the text's words are left
            continue
        if temporary or permanent:
            return [*_addresses(permanent, True), *_addresses(temporary - permanent, False)]
    return []


def _addresses(found: frozenset[bytes], permanent: bool) -> list[FailedRecipient]:
    decoded = sorted(address.decode("utf-8", "replace") for address in found)
    # A control in it is the hostile mail's: no database would take it, and nobody can be mailed there.
    return [FailedRecipient(one, permanent, "") for one in decoded if "@" in one and one.isprintable()]


def _original_id(message: Message, view: HeaderView, text: str) -> str:
    """The Message-ID of the mail that is returned: from the mail itself, its headers, or a quoted header line."""
    for part in delivery_report.parts(message):
        if part is not message and part.get_content_type() != "text/rfc822-headers":
            names = [name for name in ("message-id", "original-message-id") if name in part]
            own = HeaderView(part).message_ids(names[0]) if names else ()
            if own:
                return own[0]
        elif part is not message:
            payload = part.get_payload(decode=True)
            found = (
                _MESSAGE_ID.search(charset.clean(payload[:_MENTIONED_CAP].decode("latin-1")))
                if isinstance(payload, bytes)
                else None
            )
            if found:
                return found[1]
    quoted = _MESSAGE_ID.search(text[:_MENTIONED_CAP])
    if quoted:
        return quoted[1]
    answered: Sequence[str] = view.message_ids("in-reply-to") or view.message_ids("references")[-1:]
    return answered[0] if answered else ""
