"""PURE: Authentication-Results (RFC 8601): what each header says, which one may be believed, what it proves.

A reader of our own: Exchange Online writes no authserv-id, which strict readers refuse. A header whose comments or
quotes do not close says nothing at all: "dmarc=pass(" is how a forger hides the rest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mailticket.domain.mail import Address, AuthResult
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
# DMARC results of a domain that publishes no policy (RFC 7489 section 11.2; the second is Exchange Online's).
_NO_POLICY = frozenset({"none", "bestguesspass"})
# Second-level names under which everybody may register (co.uk, com.au): no organisation's own.
_SHARED_SECOND = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "me", "net", "ne", "or", "org", "plc"})


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


def believed(results: Sequence[AuthResult], authserv_ids: Collection[str]) -> AuthResult | None:
    """The header to go by: the topmost, if it carries a configured id ("exchange" for the form without one).

    Mail servers put their headers on top, so a header of another id above ours means that ours came in with the
    mail (RFC 8601 section 5) or that a server stands behind the one that was configured; either way nobody is
    believed. A server that neither writes nor removes this header cannot be protected: configure no id for it.
    """
    ours = {authserv_id.strip().lower() for authserv_id in authserv_ids}
    topmost = min(results, key=lambda result: result.position, default=None)
    return topmost if topmost is not None and topmost.server and topmost.server in ours else None


def passes(result: AuthResult, author: Address) -> str:
    """Why the author is who they say, such as "dmarc=pass for example.com"; "" if nothing shows it.

    DMARC must have passed for exactly the author's domain. Where the domain has no DMARC, SPF or DKIM must have passed
    for a domain aligned with it: the same, or one above the other with at least two labels of an organisation's own
    ("mail.example.com" and "example.com"; never "co.uk"). Relaxed alignment proper (RFC 7489 section 3.1) needs the
    public suffix list; this is narrower, so siblings such as a.example.com and b.example.com do not align.
    """
    domain = author.domain
    if not domain:
        return ""
    decided = [(verdict, of) for verdict, of in result.dmarc if verdict not in _NO_POLICY]
    if decided:
        is_proven = all(verdict == "pass" and of == domain for verdict, of in decided)
        return f"dmarc=pass for {domain}" if is_proven else ""
    for method, pairs in (("dkim", result.dkim), ("spf", result.spf)):
        for verdict, of in pairs:
            if verdict == "pass" and _are_aligned(of, domain):
                return f"{method}=pass for {of}, aligned with {domain}"
    return ""


def _are_aligned(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    labels = shorter.split(".")
    if len(labels) < 2 or "" in labels or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SHARED_SECOND):
        return False
    return longer == shorter or longer.endswith(f".{shorter}")


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
