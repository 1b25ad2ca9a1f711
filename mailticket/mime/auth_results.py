"""PURE: Authentication-Results (RFC 8601): what each header says. Whom to believe is for others to decide.

A reader of our own: Exchange Online writes no authserv-id, which strict readers refuse. A header whose comments or
quotes do not close says nothing at all: "dmarc=pass(" is how a forger hides the rest.
"""

from __future__ import annotations

import re

from mailticket.domain.address import Address
from mailticket.domain.mail import AuthResult
from mailticket.mime.headers import HeaderView

EXCHANGE = "exchange"

# Letters that mean something outside quotes; inside, the sender may have written them (smtp.mailfrom="a; b"@c).
_MEANING = frozenset("; \t=")
_MOST_HEADERS = 50
_LONGEST = 16 * 1024
_RESULT = re.compile(r"\s*(dmarc|spf|dkim)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)(?=\s|\Z)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<!\S)([a-z]+)\s*\.\s*([a-z-]+)\s*=\s*\"?([^\s\"]+)", re.IGNORECASE)
# Whose domain each method speaks of, the best first.
_SPEAKS_OF: dict[str, tuple[str, ...]] = {
    "dmarc": ("header.from",),
    "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo"),
    "dkim": ("header.d", "header.i"),
}


def read(view: HeaderView) -> tuple[AuthResult, ...]:
    """Every Authentication-Results header in order, the topmost first. Nothing is believed here."""
    found: list[AuthResult] = []
    received = 0
    values = iter(view.raw_all("authentication-results"))  # decoded, an encoded word could hold a forged result
    for name in view.names:
        if name == "received":
            received += 1
        elif name == "authentication-results" and len(found) < _MOST_HEADERS:
            found.append(_result(next(values), len(found), received))
    return tuple(found)


def _result(value: str, position: int, received_above: int) -> AuthResult:
    plain = _without_comments(value[:_LONGEST]) if len(value) <= _LONGEST else None
    if plain is None:
        return AuthResult("", position, received_above)
    first, _, rest = plain.partition(";")
    words = first.split()
    is_exchange = "=" in first
    server = EXCHANGE if is_exchange else words[0].strip('"').lower() if words else ""
    pairs: dict[str, list[tuple[str, str]]] = {method: [] for method in _SPEAKS_OF}
    for statement in (plain if is_exchange else rest).split(";"):
        match = _RESULT.match(statement)
        if match:
            method = match[1].lower()
            pairs[method].append((match[2].lower(), _domain(method, statement[match.end() :])))
    return AuthResult(
        server, position, received_above, tuple(pairs["dmarc"]), tuple(pairs["spf"]), tuple(pairs["dkim"])
    )


def _domain(method: str, properties: str) -> str:
    """The domain that a statement speaks of, in its ASCII form; "" if it names none or contradicts itself."""
    named: dict[str, set[str]] = {}
    for kind, name, value in _PROPERTY.findall(properties):
        domain = Address("", "@" + value.rpartition("@")[2].rstrip(".")).domain
        named.setdefault(f"{kind}.{name}".lower(), set()).add(domain)
    for wanted in _SPEAKS_OF[method]:
        if wanted in named:
            return named[wanted].pop() if len(named[wanted]) == 1 else ""
    return ""


def _without_comments(value: str) -> str | None:
    """The value with each comment as a blank and quoted strings as one word; None if something never closes."""
    kept: list[str] = []
    depth = 0
    quoted = escaped = False
    for letter in value:
        if escaped:
            escaped = False
        elif letter == "\\" and (quoted or depth):
            escaped = True
            continue
        elif letter == '"' and not depth:
            quoted = not quoted
            continue
        elif letter == "(" and not quoted:
            depth += 1
        elif letter == ")" and not quoted:
            depth -= 1
            letter = " "
            if depth < 0:
                return None
        if not depth:
            kept.append("_" if quoted and letter in _MEANING else letter)
    return None if depth or quoted or escaped else "".join(kept)
