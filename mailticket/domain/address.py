"""PURE: a mail address, what two spellings of one have in common, and whom a mail says it is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailticket.domain.hosts import ascii_host

#: Ends the names of hosts that are none (RFC 2606 section 2).
_NOWHERE = ".invalid"


@dataclass(frozen=True, slots=True)
class Address:
    """One mail address. `name` is the display name, decoded; `address` as written but trimmed."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """What two spellings of one mailbox have in common: lower case, host name in its ASCII form (IDNA)."""
        local, at, host = self.address.strip().rpartition("@")
        return f"{local}{at}{ascii_host(host) or host}".lower()

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def budget_key(self) -> str:
        """What spellings of one mailbox have in common at the large providers too: no dots, nothing after a plus.

        Budgets alone go by it: they may be too strict, and never tell who somebody is.
        """
        local, at, host = self.key.rpartition("@")
        plain = local.partition("+")[0].replace(".", "")
        return f"{plain or local}{at}{host}"

    @property
    def can_get_mail(self) -> bool:
        """Has it all the parts of an address, and is it none of those that stand for nobody?"""
        local, at, host = self.key.rpartition("@")
        return bool(local and at and host) and not f".{host}".endswith(_NOWHERE)

    @property
    def shown(self) -> str:
        """The name if there is one, else the address."""
        return self.name or self.address

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name and self.address else self.shown


#: Stands for a sender whom nobody can answer.
NOBODY = Address("", "unknown@invalid")


def writers(from_: Sequence[Address], sender: Sequence[Address]) -> tuple[Address, ...]:
    """Whom a mail says it is from: the addresses in From, else in Sender, else nobody. The first of them counts, but
    several prove nobody."""
    named = tuple(one for one in from_ if one.address) or tuple(one for one in sender if one.address)
    return named or (NOBODY,)
