"""PURE: in which language a mail is written, as far as its header says so; else what its writer's was before."""

from __future__ import annotations

import re

from mailticket.domain.address import Address
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail

_TAG = re.compile(r"\A\s*([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?\b")
#: "Several", "none that is known", "no language" (ISO 639-2).
_NONE = frozenset({"mul", "und", "zxx", "mis"})


def tag(written: str) -> str:
    """The first language of a header such as "de-AT, en" (RFC 3282) as "de-AT"; "" where there is none."""
    found = _TAG.match(written[:200])
    if found is None or found[1].lower() in _NONE:
        return ""
    region = f"-{found[2].upper()}" if found[2] else ""
    return found[1].lower() + region


def of(mail: InboundMail, writer: Address, known: Known) -> str:
    """What the mail says of itself counts before what its writer's language was; "" where neither is known."""
    past = known.customers.get(writer.key)
    return tag(mail.headers.get("content-language", "")) or (past.language if past else "")
