"""PURE: do two host names belong to one organisation?"""

from __future__ import annotations

#: Second-level names under which everybody may register (co.uk, com.au): no organisation's own.
_SHARED_SECOND = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "me", "net", "ne", "or", "org", "plc"})


def is_aligned(domain: str, from_domain: str) -> bool:
    """The same domain, or one above the other with at least two labels of an organisation's own ("mail.example.com"
    and "example.com"; never "co.uk"). Relaxed alignment proper (RFC 7489 section 3.1) needs the public suffix list;
    this is narrower, so that siblings such as a.example.com and b.example.com do not align."""
    one, other = domain.rpartition("@")[2].strip(".").lower(), from_domain.lower()
    shorter, longer = sorted((one, other), key=len)
    labels = shorter.split(".")
    is_shared = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SHARED_SECOND
    if len(labels) < 2 or "" in labels or is_shared:
        return False
    return longer == shorter or longer.endswith(f".{shorter}")
