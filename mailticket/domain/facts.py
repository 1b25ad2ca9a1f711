"""What the store knows about a batch of mails, read at once; no read happens after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry
from mailticket.domain.mail import ParentLetter
from mailticket.domain.people import BlacklistEntry, Customer, Person


@dataclass(frozen=True, slots=True)
class KnownMail:
    """A mail that we received or sent. For one that we sent: to whom, as which letter, by which outbox row.

    `case` is its case ID ("" if it belongs to none); `text` and `html` are the letter's, for cutting replies to it.
    `entry` is the number of the entry that it brought or is, 0 if none; `seen` that of the newest entry of its case
    when it was written, which was at `made_at`.
    """

    message_id: str
    case: str
    is_ours: bool
    recipient: str = ""
    letter: str = ""
    outbox: int = 0
    entry: int = 0
    text: str = ""
    html: str = ""
    seen: int = 0
    made_at: datetime | None = None


#: So many new inquiries of one address within five minutes, and further ones are a flood.
FLOOD_AFTER = 10


@dataclass(frozen=True, slots=True)
class Flood:
    """Many new inquiries of one address: how many in the last five minutes, and the case that the last one made."""

    inquiries: int
    case: str


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about the mails of one batch.

    `mails` by Message-ID; `cases` by case ID, whole, with participants (the ID of a merged one gives the case that it
    became part of); `customers` by address key;
    `held` the newest held reply by case ID, `held_before` those before it; `unsent` the replies by case ID that still
    wait in the outbox for their moment (`undo_send`); `news` what customers and CSRs added to a case since the oldest
    of our letters among `mails` was written, by case ID, the oldest first.
    `acks_today` acknowledgements by budget key in the last 24 hours; `auto_this_hour` automatic customer mails of each
    service, `notices_this_hour` receipts and hold notices of each CSR in the last hour, `told_this_hour` the same by
    (CSR, reason); `in_vain` the plain subjects of each sender's mails of the last hour that were refused, held or
    opened a case, by address key; `acted` the address keys of those whose last mail of this hour was a command that was
    done; `floods` by address key;
    `entries` those of a case by case ID, where a wish names some of them by number; `people` customers by their ids,
    where a wish is about them; `away` (role, CSR key) pairs; `revoked` names (`tokens.letter_named`,
    `tokens.standing_name`) of what proves nobody any more, and `vetted` all names that were looked up for that, None
    where nothing had to be; `restored_at` when a service's mail was last brought back from an older backup.
    """

    mails: Mapping[str, KnownMail] = field(default_factory=dict)
    cases: Mapping[str, Case] = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    held: Mapping[str, Entry] = field(default_factory=dict)
    held_before: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    unsent: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    news: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    blacklist: tuple[BlacklistEntry, ...] = ()
    acks_today: Mapping[str, int] = field(default_factory=dict)
    auto_this_hour: Mapping[str, int] = field(default_factory=dict)
    notices_this_hour: Mapping[str, int] = field(default_factory=dict)
    told_this_hour: Mapping[tuple[str, str], int] = field(default_factory=dict)
    in_vain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acted: frozenset[str] = frozenset()
    floods: Mapping[str, Flood] = field(default_factory=dict)
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    away: frozenset[tuple[str, str]] = frozenset()
    revoked: frozenset[str] = frozenset()
    vetted: frozenset[str] | None = None
    restored_at: Mapping[str, datetime] = field(default_factory=dict)

    def may_prove(self, *names: str) -> bool:
        """Is what goes by these names not revoked? Whoever hides a name among so many that it was not looked up gains
        nothing by it."""
        seen = [one for one in names if self.vetted is None or one in self.vetted]
        return bool(seen) and self.revoked.isdisjoint(seen)

    def is_customer_of(self, case: Case, address: Address) -> bool:
        """Is this an address of the case's customer, be it another than the one that they wrote from?"""
        person = self.customers[address.key].person if address.key in self.customers else 0
        return person != 0 and person == case.customer.person

    def held_replies(self, case: str) -> tuple[Entry, ...]:
        """All that are held on a case, the oldest first."""
        newest = self.held.get(case)
        return (*self.held_before.get(case, ()), *((newest,) if newest else ()))

    def parents(self, related: tuple[str, ...], us: tuple[str, ...] = ()) -> tuple[ParentLetter, ...]:
        """The letters of ours among the mails that a reply names, nearest first. `us`: our address and name in them."""
        ours = (self.mails[one] for one in related if one in self.mails and self.mails[one].is_ours)
        return tuple(ParentLetter(one.message_id, one.text, (*us, one.case), one.html) for one in ours if one.text)
