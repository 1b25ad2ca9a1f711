"""PURE: seals on what we send out. Keys, recipient and randomness are arguments; so is `now` where something expires.

Every letter carries a Message-ID that proves three things when it comes back: that we made it, for which case, and for
which one recipient. It is a proof only together with that recipient's address.

    <mt.s.7f3k9qxm.NONCE.SEAL@example.com>
         |    |              `- 128 bit of HMAC-SHA256 over purpose, case, nonce and recipient, base32
         |    `- the case ID without its dash, "none" for a letter without a case
         `- purpose: s a letter to a CSR, c a letter to a customer, r the root of a CSR's conversation
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_SHAPE = re.compile(
    r"<mt\.([scr])\.([0-9a-z]{8}|none)\.([a-z2-7]{4,16})\.([a-z2-7]{26})@[^<>@\s]{1,255}>",
    re.IGNORECASE | re.ASCII,  # without ASCII, [s] also means the long s of Unicode
)
_ROOT_NONCE = "root"
_FIELD_END = "\n"
_RELAYED = "relayed"
CANARY_HEADER = "X-MailTicket-Canary"
KEY_BYTES = 32


class Purpose(StrEnum):
    TO_CSR = "s"
    TO_CUSTOMER = "c"
    ROOT = "r"


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of this desk: the first one seals, all of them open (so keys can be rotated)."""

    secrets: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.secrets or any(len(one) < KEY_BYTES for one in self.secrets):
            raise ValueError(f"a key of at least {KEY_BYTES} bytes is needed")


@dataclass(frozen=True, slots=True)
class OurId:
    """What the Message-ID of a letter of ours claims. Believe it only if `is_genuine`."""

    purpose: Purpose
    case: str


def message_id(keys: Keys, purpose: Purpose, case: str, recipient: str, nonce: bytes, domain: str) -> str:
    """The Message-ID of one letter. `case` is the case ID or ""; `recipient` an address key; `nonce` 8 random bytes."""
    return _sealed(keys, purpose, case, recipient, _base32(nonce), domain)


def conversation_root(keys: Keys, case: str, csr: str, domain: str) -> str:
    """The Message-ID that stands first in References of every letter to this CSR about this case; never sent itself."""
    return _sealed(keys, Purpose.ROOT, case, csr, _ROOT_NONCE, domain)


def read_message_id(written: str) -> OurId | None:
    """What an ID of our shape claims, or None for anybody else's."""
    match = _SHAPE.fullmatch(written.strip())
    if not match:
        return None
    packed = match[2].upper()
    return OurId(Purpose(match[1].lower()), "" if packed == "NONE" else f"{packed[:4]}-{packed[4:]}")


def letter_name(nonce: bytes) -> str:
    """What the links of a letter call it: the nonce as its Message-ID shows it."""
    return _base32(nonce)


def letter_named(written: str) -> str:
    """The same from a letter's Message-ID, so that its links can be revoked; "" for anybody else's."""
    match = _SHAPE.fullmatch(written.strip())
    return match[3].lower() if match else ""


def steady_bytes(keys: Keys, mail: str, count: int) -> bytes:
    """32 bytes for the `count`th case ID that follows from a mail: as good as random for everybody without the key,
    and the same when the mail is found again after a restore."""
    return hmac.digest(keys.secrets[0], f"case-id\0{mail}\0{count}".encode("utf-8", "surrogatepass"), "sha256")


def standing_name(case: str, sender: str) -> str:
    """What proves a CSR on a case without belonging to one letter (the root of their conversation, mail links), as a
    name that can be revoked. `sender` is the address key that they write from."""
    return f"{case}:{sender}"


def is_genuine(keys: Keys, written: str, recipients: Iterable[str]) -> bool:
    """Did we make this Message-ID for one of these address keys? Constant time; old keys count."""
    match = _SHAPE.fullmatch(written.strip())
    if not match:
        return False
    purpose, packed, nonce, seal = (match[part].lower() for part in (1, 2, 3, 4))
    wanted = [_seal(key, purpose, packed, nonce, one) for one in recipients for key in keys.secrets]
    return any([_is_same(seal, one) for one in wanted])


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """What one link may do: one act, on one case, by one CSR, until it expires.

    `act` is what is asked ("status", "assign", "file"), `argument` with what ("closed", "bo@example.com"); `letter` is
    the nonce of the letter that carried it, so that all links of one letter can be revoked; `csr` is "" for a customer.
    """

    act: str
    case: str
    csr: str
    argument: str
    letter: str
    expires_at: datetime


class BadLink(ValueError):
    """Not ours, or tampered with."""


def seal_link(keys: Keys, claim: LinkClaim) -> str:
    """The claim as letters that are safe in a URL, sealed. Anybody can read it, nobody can change it."""
    fields = (claim.act, claim.case, claim.csr, claim.argument, claim.letter, str(int(claim.expires_at.timestamp())))
    payload = base64.urlsafe_b64encode(_FIELD_END.join(fields).encode()).decode("ascii").rstrip("=")
    return f"{payload}.{_mac(keys.secrets[0], 'link', payload)}"


def open_link(keys: Keys, token: str) -> LinkClaim:
    """The claim that we sealed. Raises BadLink for anything else; whether it expired is for the caller to say."""
    payload, _, seal = token.partition(".")
    sealed = [_mac(key, "link", payload) for key in keys.secrets]
    if not any([hmac.compare_digest(seal.encode("utf-8", "surrogatepass"), one.encode()) for one in sealed]):
        raise BadLink("the link is not one of ours, or it was changed")
    fields = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().split(_FIELD_END)
    act, case, csr, argument, letter, expires = fields
    return LinkClaim(act, case, csr, argument, letter, datetime.fromtimestamp(int(expires), UTC))


def mail_link_seal(keys: Keys, case: str, csr: str, action: str) -> str:
    """The token in the subject of a mail link, 26 letters: that we offered this CSR this action on this case."""
    return _mac(keys.secrets[0], "mail-link", case, csr, action.lower())


def is_mail_link(keys: Keys, token: str, case: str, csrs: Iterable[str], action: str) -> bool:
    """Did we offer this action on this case to one of these address keys?"""
    sealed = [_mac(key, "mail-link", case, csr, action.lower()) for csr in csrs for key in keys.secrets]
    return any(
        [hmac.compare_digest(token.strip().lower().encode("utf-8", "surrogatepass"), one.encode()) for one in sealed]
    )


def loop_seal(keys: Keys, written_message_id: str) -> str:
    """The value of X-MailTicket-Loop: it says "this mail left this very desk" and nobody else can say so."""
    return _mac(keys.secrets[0], "loop", written_message_id)


def canary_seal(keys: Keys, nonce: str) -> str:
    """The value of CANARY_HEADER: a service's mail to itself, told by this even where a relay gives it a new ID."""
    return f"{nonce}.{_mac(keys.secrets[0], 'canary', nonce)}"


def canary_nonce(keys: Keys, header: str) -> str:
    """The nonce of a canary of ours; "" for anybody else's header."""
    nonce, _, seal = header.strip().partition(".")
    sealed = [_mac(key, "canary", nonce) for key in keys.secrets]
    return nonce if any([_is_same(seal, one) for one in sealed]) else ""


def relayed(seal: str) -> str:
    """The same value for a letter about a case that another desk opened; anybody's desk reads that from it."""
    return f"{seal}; {_RELAYED}"


def is_relayed(header: str) -> bool:
    """Does this header, of whichever desk, say so?"""
    return header.partition(";")[2].strip().lower() == _RELAYED


def is_own_loop(keys: Keys, written_message_id: str, header: str) -> bool:
    """Is this header ours, on that mail?"""
    sealed = [_mac(key, "loop", written_message_id) for key in keys.secrets]
    seal = header.partition(";")[0].strip().lower()
    return any([_is_same(seal, one) for one in sealed])


def _sealed(keys: Keys, purpose: Purpose, case: str, recipient: str, nonce: str, domain: str) -> str:
    packed = case.replace("-", "").lower() or "none"
    return f"<mt.{purpose}.{packed}.{nonce}.{_seal(keys.secrets[0], purpose, packed, nonce, recipient)}@{domain}>"


def _seal(key: bytes, purpose: str, packed: str, nonce: str, recipient: str) -> str:
    return _mac(key, "message-id", purpose, packed, nonce, recipient)


def _mac(key: bytes, *parts: str) -> str:
    return _base32(hmac.digest(key, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256")[:16])


def _is_same(written: str, sealed: str) -> bool:
    """In constant time; over bytes, because compare_digest refuses text outside ASCII, which strangers may send."""
    return hmac.compare_digest(written.encode("utf-8", "surrogatepass"), sealed.encode("ascii"))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
