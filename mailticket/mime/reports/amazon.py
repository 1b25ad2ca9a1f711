"""PURE: what Amazon SES tells about our mails by SNS: bounces and complaints as JSON in the text of a mail.

The forms are documented at docs.aws.amazon.com/ses/latest/dg/notification-contents.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailticket.domain.mail import FailedRecipient
from mailticket.mime.octets import charset

_CAP = 256 * 1024  # an SNS message has at most 256 KB
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_REASON_CAP = 500
#: What mail servers put where they cut a line that is too long for them.
_CUT_LINE = "!\n "


@dataclass(frozen=True, slots=True)
class Notice:
    """What one notification says. `message_id` is the Message-ID of our mail, "" if it is not told."""

    recipients: tuple[FailedRecipient, ...]
    message_id: str
    is_complaint: bool = False


def read(text: str) -> Notice | None:
    """The notification of a bounce or a complaint that a text holds; None if it holds none."""
    event = _event(text)
    kind = event.get("notificationType") or event.get("eventType")
    bounce, mail = _object(event, "bounce"), _object(event, "mail")
    if kind == "Complaint":
        return Notice((), _original(mail), is_complaint=True)
    if kind != "Bounce":
        return None
    permanent = bounce.get("bounceType") == "Permanent"
    found = (_recipient(one, permanent) for one in _objects(bounce, "bouncedRecipients"))
    return Notice(tuple(one for one in found if one), _original(mail))


def _event(text: str) -> dict[str, Any]:
    """The event itself, which stands alone (raw delivery) or as text inside SNS's own envelope."""
    if not text[:64].lstrip().startswith("{") or len(text) > _CAP:
        return {}
    envelope = _parsed(text)
    message = envelope.get("Message")
    inner = _parsed(message) if isinstance(message, str) else {}
    return inner or envelope


def _parsed(text: str) -> dict[str, Any]:
    """The object that a text begins with; what follows (a link to unsubscribe) is none of it."""
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text.replace(_CUT_LINE, "").lstrip())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _object(of: dict[str, Any], key: str) -> dict[str, Any]:
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _objects(of: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    found = of.get(key)
    return (one for one in found if isinstance(one, dict)) if isinstance(found, list) else iter(())


def _text(of: dict[str, Any], key: str) -> str:
    found = of.get(key)
    return charset.clean(found) if isinstance(found, str) else ""  # JSON may name NUL and half letters


def _recipient(one: dict[str, Any], permanent: bool) -> FailedRecipient | None:
    address = _text(one, "emailAddress").rpartition("<")[2].rstrip("> ")
    if "@" not in address:
        return None
    reason = _text(one, "diagnosticCode").removeprefix("smtp; ")[:_REASON_CAP]
    return FailedRecipient(address, permanent, _text(one, "status"), reason)


def _original(mail: dict[str, Any]) -> str:
    """The Message-ID that we gave our mail; SES puts its own in its place and keeps ours among the headers."""
    written = [_text(one, "value") for one in _objects(mail, "headers") if _text(one, "name").lower() == "message-id"]
    written.append(_text(_object(mail, "commonHeaders"), "messageId"))
    return next((match[0] for one in written if (match := _MESSAGE_ID.search(one))), "")
