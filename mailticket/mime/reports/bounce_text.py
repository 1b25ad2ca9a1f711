"""PURE: what a bounce without a machine-readable report says in words: qmail, Exchange, Gmail, Postfix and others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailticket.domain.mail import FailedRecipient
from mailticket.mime.reports.bounce_words import DELAYS, OPENINGS, REASONS, RETURNED, RETURNED_HEADER

_CAP = 64 * 1024  # characters of a text that are read
_LINE_CAP = 1_000
_LINES_OF_REASON = 8
_RECIPIENTS = 50
_FIRST_WORDS = 600  # characters in which a report says that it is one
_REASON_CAP = 500

_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9!#$%&'*+/=?^_`{|}~.-])[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,256}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9]"
    r"|[^\s<>\"(),;:@]{1,64}@\[[\d.]{7,15}\]"
)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")

_ORIGINAL = re.compile(
    rf"^[\s>]{{0,8}}(?:{'|'.join(RETURNED)})$|^(?:> ?)?(?:{'|'.join(RETURNED_HEADER)})$", re.IGNORECASE
)
_OPENING = re.compile("|".join(OPENINGS), re.IGNORECASE)
_FAILED = re.compile("|".join(REASONS), re.IGNORECASE)
_STILL_TRIED = re.compile("|".join(DELAYS), re.IGNORECASE)
_RETURNED_TO = re.compile(r"^[\s>]{0,8}to\s?:\s{0,5}(.{1,500})$", re.IGNORECASE)
_NAMES_A_MAIL = re.compile(r"message-?id|\bid\b\s?[:=<]", re.IGNORECASE)
_NO_RECIPIENT = re.compile(
    r"^(?:mailer-daemon|postmaster|mail-?daemon|abuse|hostmaster|listmaster|root|[^@]{1,60}-ctl)@", re.IGNORECASE
)
_ALONE = re.compile(
    r"^[\s>*\-•]{0,10}(?:(?:to|recipient|address|an|smtp|user|e-?mail)\s?[:=;]\s?)?[<\"'(\[]{0,2}(?:mailto:)?[^\s<]{1,300}?[>\"')\]]{0,3}[\s:;,.]{0,6}$",
    re.IGNORECASE,
)


def recipients(text: str, ours: Sequence[str], strict: bool) -> list[FailedRecipient]:
    """Whom the words of a bounce say the mail did not reach; `ours` are the addresses that the bounce came to.

    `strict`: only addresses that stand alone on their line or beside the reason. Otherwise any address of the
    report, and at last whom the returned mail was to.
    """
    lines, returned = _own_words(text)
    never = {address.lower() for address in ours}
    permanent = not is_still_tried("\n".join(lines))
    named = [(at, a) for at, line in enumerate(lines) if not _NAMES_A_MAIL.search(line) for a in _ADDRESS.findall(line)]
    usable = [(at, a) for at, a in named if a.lower() not in never and not _NO_RECIPIENT.match(a)]
    chosen = [(at, a) for at, a in usable if _ALONE.match(lines[at]) or _FAILED.search(lines[at])]
    found: dict[str, FailedRecipient] = {}
    for at, address in (chosen or ([] if strict else usable))[:_RECIPIENTS]:
        clean = address.rstrip(".'").lstrip("'")
        found.setdefault(clean.lower(), _failed(clean, _reason(lines, at), permanent))
    if not found and not strict:
        to = next((match[1] for line in returned if (match := _RETURNED_TO.match(line))), "")
        found = {address.lower(): FailedRecipient(address, permanent, "") for address in _ADDRESS.findall(to)}
    return list(found.values())


def only_named(addresses: Sequence[str], text: str) -> list[str]:
    """Those of the addresses that the report itself names, not only the mail that it returns; all if it names none."""
    own = "\n".join(_own_words(text)[0]).lower()
    return [address for address in addresses if address.lower() in own] or list(addresses)


def says_failed(text: str) -> bool:
    """Whether the words say that something was not delivered."""
    return any(_FAILED.search(line) for line in _own_words(text)[0])


def opens_as_report(text: str) -> bool:
    """Whether the first words are a report's, which no person writes: "Your message could not be delivered to"."""
    return _OPENING.search(" ".join(text[:_FIRST_WORDS].split())) is not None


def returns_a_mail(text: str) -> bool:
    """Whether the mail that failed stands below the report."""
    return bool(_own_words(text)[1])


def is_still_tried(text: str) -> bool:
    """Whether the words speak of a delay, not of giving up."""
    return _STILL_TRIED.search(text[:_CAP]) is not None


def _reason(lines: Sequence[str], at: int) -> list[str]:
    """The line with the recipient and what is said below it, up to the next recipient."""
    below = lines[at + 1 : at + _LINES_OF_REASON]
    end = next((n for n, line in enumerate(below) if _ADDRESS.search(line) and _ALONE.match(line)), len(below))
    return [lines[at], *below[:end]]


def _failed(address: str, lines: Sequence[str], permanent: bool) -> FailedRecipient:
    near = " ".join(" ".join(lines).split())
    status = _STATUS.search(near)
    return FailedRecipient(address, permanent, status[1] if status else "", near[:_REASON_CAP])


def _whole_words(text: str, most: int) -> str:
    """At most so many characters, and no word cut in two: half an address is somebody else's."""
    if len(text) <= most:
        return text
    pieces = text[:most].rsplit(None, 1)
    return pieces[0] if len(pieces) > 1 else ""


def _own_words(text: str) -> tuple[list[str], list[str]]:
    """The lines of the report itself, and those of the mail that it returns."""
    lines = [_whole_words(line, _LINE_CAP) for line in _whole_words(text, _CAP).splitlines()]
    end = next((at for at, line in enumerate(lines) if at > 1 and _ORIGINAL.match(line)), len(lines))
    return lines[:end], lines[end:]
