"""PURE: where our own mail servers end. What stands above that was written by them; below it, anybody may have.

RFC 8601 section 5 asks the first server of a house to remove what bears its name; where it was not asked to check a
mail (its filter was down, or the mail too large), it often does not, and a forged result is the topmost one.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.config.models import Service
from mailticket.domain.mail import AuthResult, Hop
from mailticket.triage.writer.alignment import is_aligned

#: How a result of Exchange Online's is named, which bears no name.
EXCHANGE = "exchange"
#: Exchange Online's servers behind its front doors (*.mail.protection.outlook.com), which alone take mail from outside.
_EXCHANGE_INSIDE = ".prod.outlook.com"


def is_ours(result: AuthResult, trace: Sequence[Hop], service: Service) -> bool:
    """Can only our own servers have written this header?

    They write it above their Received header, as RFC 8601 section 4 wants (Exchange Online, OpenDMARC since 2026,
    Stalwart), or right below it (Gmail, rspamd, and every milter that inserts at index 1): then only if that server is
    the one the result names, and if the sender did not sign in there, as nobody checks and removes such a one's.
    """
    border = _border(trace, service)
    if border is None or result.received_above <= border:
        return True
    last = trace[border]
    is_right_below = result.received_above == border + 1
    is_named = result.server != EXCHANGE and ("." not in result.server or is_aligned(last.by, result.server))
    return is_right_below and is_named and not last.is_submitted


def _border(trace: Sequence[Hop], service: Service) -> int | None:
    """The place of the header by which our first server took the mail: the first one, from the top, that took it from
    outside; else the lowest. None if there is none at all."""
    if not trace:
        return None
    domain = service.address.rpartition("@")[2].lower()
    ours = (domain, *(one.strip().lower() for one in service.authserv_ids if "." in one))
    outside = (place for place, hop in enumerate(trace) if not _is_inside(hop, ours))
    return next(outside, len(trace) - 1)


def _is_inside(hop: Hop, ours: Sequence[str]) -> bool:
    if hop.is_inside or hop.by.endswith(_EXCHANGE_INSIDE):
        return True
    return bool(hop.source) and (hop.source == hop.by or any(_is_within(hop.source, one) for one in ours))


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
