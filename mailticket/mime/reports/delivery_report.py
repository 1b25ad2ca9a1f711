"""PURE: what a delivery status notification says in its machine-readable part (RFC 3464, RFC 6533)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from mailticket.domain.mail import FailedRecipient
from mailticket.mime.headers import HeaderView
from mailticket.mime.octets.header_block import split

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPT = "message/disposition-notification"
_PARTS = 200
_BLOCKS = 1_000
_BYTES = 256 * 1024
#: What an Action field (RFC 3464 section 2.3.3) means: True failed for good, False still being tried.
#: Deliveries that worked (delivered, relayed, expanded) are no bounce.
_PERMANENT = {"failed": True, "failure": True, "delayed": False}
_IN_TEXT = re.compile(r"^final-recipient\s?:", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"(?<![^\s<>\"(),;:])[^\s<>\"(),;:]{1,256}@[^\s<>\"(),;:]{1,255}")
_REASON_CAP = 500


def parts(message: Message, with_attached_mail: bool = True) -> Iterator[Message]:
    """The parts of a mail in document order, at most 200; also those of mails inside it, unless told otherwise."""
    stack = [message]
    for _ in range(_PARTS):
        if not stack:
            return
        part = stack.pop()
        yield part
        is_attached_mail = part is not message and part.get_content_type() == "message/rfc822"
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and (with_attached_mail or not is_attached_mail):
            stack.extend(one for one in reversed(inner) if isinstance(one, Message))


def _reports(message: Message) -> Iterator[Message]:
    """The mail's own reports: one inside an attached mail is what somebody passes on."""
    return (part for part in parts(message, with_attached_mail=False) if part.get_content_type() in _TYPES)


def recipients(message: Message) -> list[FailedRecipient]:
    """Whom the report says the mail did not reach; [] if the mail holds no such report or all deliveries worked."""
    found: dict[str, FailedRecipient] = {}
    for report in _reports(message):
        for block in _blocks(report):
            recipient = _recipient(block)
            if recipient is not None:
                found.setdefault(recipient.address.lower(), recipient)
    return list(found.values())


def recipients_in_text(text: str) -> list[FailedRecipient]:
    """The same from a report that stands in the text, as its boundaries are broken or it was never divided."""
    if not _IN_TEXT.search(text[:_BYTES]):
        return []
    found: dict[str, FailedRecipient] = {}
    for block in _blocks_of(text.encode()):
        recipient = _recipient(block)
        if recipient is not None:
            found.setdefault(recipient.address.lower(), recipient)
    return list(found.values())


def rejected_by_filter(view: HeaderView, message: Message) -> list[FailedRecipient]:
    """Whom a mail filter refused our mail for: it says so with a read receipt (RFC 5429 section 2.2, Sieve reject)."""
    if "rejected" not in view.get("auto-submitted").lower():
        return []
    receipts = (part for part in parts(message, with_attached_mail=False) if part.get_content_type() == _RECEIPT)
    blocks = [block for receipt in receipts for block in _blocks(receipt)]
    addresses = filter(None, (_address(block.get("final-recipient")) for block in blocks))
    return [FailedRecipient(address, True, "") for address in dict.fromkeys(addresses)]


def tells_success(message: Message) -> bool:
    """Whether the mail holds a report, and all it tells is that mail arrived."""
    blocks = [block for report in _reports(message) for block in _blocks(report)]
    actions = {_word(block.get("action")) for block in blocks} - {""}
    return bool(actions) and not actions & _PERMANENT.keys()


def _blocks(part: Message) -> list[HeaderView]:
    """The groups of fields in a report, each a header block; the parser has split them unless they were encoded."""
    payload = part.get_payload()
    if isinstance(payload, list):
        inner = [one for one in payload if isinstance(one, Message)][:_BLOCKS]
        views = [HeaderView(one) for one in inner]
        if any(view.names for view in views):
            return views
        raw = b"\n".join(_octets(one) for one in inner)
    else:
        raw = _octets(part)
    return _blocks_of(raw)


def _blocks_of(raw: bytes) -> list[HeaderView]:
    # Whole lines alone: half an address is somebody else's.
    read = raw if len(raw) <= _BYTES else raw[: raw.rfind(b"\n", 0, _BYTES) + 1]
    return [HeaderView(split(block).message()) for block in re.split(rb"\n\s*\n", read)[:_BLOCKS]]


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload.replace(b"\r\n", b"\n") if isinstance(payload, bytes) else b""


def _recipient(block: HeaderView) -> FailedRecipient | None:
    # The original recipient is whom we wrote to; the final one may be where their server forwards.
    address = _address(block.get("original-recipient")) or _address(block.get("final-recipient"))
    address = address or _address(block.get("x-actual-recipient"))
    if not address:
        return None
    diagnostic = block.get("diagnostic-code")
    reason = re.sub(r"^\s*[\w-]{1,20}\s*;\s*", "", diagnostic)[:_REASON_CAP]
    status = _status(block.get("status"), diagnostic)
    permanent = _is_permanent(block.get("action"), status)
    return None if permanent is None else FailedRecipient(address, permanent, status, reason)


def _status(written: str, diagnostic: str) -> str:
    """The code of the report; where that says nothing ("5.0.0"), the one that the other server gave, if any."""
    stated, given = _STATUS.search(written), _STATUS.search(diagnostic)
    if stated and given and stated[1].endswith(".0.0") and stated[1][0] == given[1][0]:
        return given[1]
    found = stated or given
    return found[1] if found else ""


def _address(value: str) -> str:
    match = _ADDRESS.search(value.rpartition(";")[2])
    return match[0].strip("'") if match else ""


def _is_permanent(action: str, status: str) -> bool | None:
    """The action decides: a server that gives up on a full mailbox says failed and 4.2.2. None: it arrived."""
    word = _word(action)
    if word in _PERMANENT:
        return _PERMANENT[word]
    return None if not status or status.startswith("2") else status.startswith("5")


def _word(action: str) -> str:
    return action.strip().lower().partition(" ")[0].rstrip(";,")
