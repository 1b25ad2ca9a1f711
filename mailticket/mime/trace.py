"""PURE: the Received headers (RFC 5321 section 4.4): which servers a mail passed, as each of them wrote it.

Everybody writes them differently, and who sends a mail can write some of their own below the genuine ones. Nothing is
believed here; `triage.border` says how far down they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from mailticket.domain.mail import Hop
from mailticket.mime.headers import HeaderView

#: More than any honest mail has on its way into one house.
MOST_HOPS = 50
_LONGEST = 2_000

# A comment (they hold one another, two deep at most), or a word.
_PIECE = re.compile(r"\((?:[^()]|\([^()]*\))*\)|[^\s()]+")
_CLAUSES = frozenset({"from", "by", "via", "with", "id", "for"})
#: "[192.0.2.1]", "[IPv6:2001:db8::1]:25" and, as Exchange and qmail write it, the whole comment "(192.0.2.1)".
_IP = re.compile(r"(?:^\(?|\s)\[(?:IPv6:)?([0-9a-f.:]{3,45})\]|^\(([0-9a-f.:]{3,45})\)$", re.IGNORECASE)
#: A name that the server looked up, before the client's IP address: "(mail.example.com [192.0.2.1])".
_LOOKED_UP = re.compile(r"^\((?:[^@\s()]{1,64}@)?([\w.-]{1,253})\s+\[")
#: What the client called itself, where the name before the comment is one that was looked up: Exim's, qmail's.
_GREETED = re.compile(r"\bhelo[= ]", re.IGNORECASE)
_GREETING = re.compile(r"^\(helo[= ]", re.IGNORECASE)
_FORGED = "may be forged"
#: ESMTPA, ESMTPSA, UTF8SMTPSA ... (RFC 3848, RFC 6531 section 4.3): the client signed in.
_SIGNED_IN = re.compile(r"^(?:E|UTF8)SMTPS?A$", re.IGNORECASE)
_AUTHENTICATED = re.compile(r"\bauthenticated\b", re.IGNORECASE)
#: Beside LMTP (RFC 2033), what leads no mail over the border: Exim's delivery on one machine, Exchange's own.
_WITHIN = frozenset({"local", "mapi"})
#: Not `is_private`: that also counts the networks of the examples in documentation.
_PRIVATE = tuple(
    ip_network(one)
    for one in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1", "fc00::/7", "fe80::/10"),
    )
)


def read(view: HeaderView) -> tuple[Hop, ...]:
    """The topmost Received headers in their order, the newest first."""
    return tuple(_hop(value[:_LONGEST]) for value in view.raw_all("received")[:MOST_HOPS])


def _hop(value: str) -> Hop:
    clauses = _clauses(value)
    taken, protocol = clauses.get("from", ()), next(iter(clauses.get("with", ())), "").lower()
    is_within = "from" not in clauses or "lmtp" in protocol or protocol in _WITHIN
    return Hop(
        by=_host(next(iter(clauses.get("by", ())), "")),
        source=_source(taken),
        is_inside=is_within or _is_private(taken),
        is_submitted=bool(_SIGNED_IN.match(protocol) or _AUTHENTICATED.search(value)),
    )


def _clauses(value: str) -> dict[str, tuple[str, ...]]:
    """The words and comments that follow each clause's name, by that name; the first of each name counts."""
    found: dict[str, list[str]] = {}
    pieces: list[str] = []
    for piece in _PIECE.findall(value):
        name = piece.lower()
        if name in _CLAUSES:
            pieces = []
            found.setdefault(name, pieces)
        else:
            pieces.append(piece)
    return {name: tuple(one) for name, one in found.items()}


def _source(taken: Sequence[str]) -> str:
    """The client's name, if the server looked it up."""
    comments = [one for one in taken if one.startswith("(")]
    if not comments or any(_FORGED in one for one in comments):
        return ""
    looked_up = _LOOKED_UP.match(comments[0])
    if looked_up:
        return _host(looked_up[1])
    return _host(taken[0]) if _GREETED.search(comments[0]) else ""


def _is_private(taken: Sequence[str]) -> bool:
    """Does the server say that the client's address is one of its own machine or network? What the client called
    itself may look like an address, so that counts only where the server wrote no other."""
    comments = [one for one in taken if one.startswith("(") and not _GREETING.match(one)]
    match = next((match for one in (*comments, *taken[:1]) if (match := _IP.search(one))), None)
    if match is None:
        return False
    try:
        address = ip_address(match[1] or match[2])
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)


def _host(word: str) -> str:
    name = word.strip("<>;,.").lower()
    return name if "." in name and not name.startswith(("(", "[")) else ""
