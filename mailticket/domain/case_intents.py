"""PURE: what is to become of a case: who has it, its status, its facts. More verbs, after `domain.intents`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.domain import resolution
from mailticket.domain.address import Address
from mailticket.domain.case import Priority, Status, Watching, Words
from mailticket.domain.intents import NO_WORDS, Intent


@dataclass(frozen=True, slots=True)
class Assign(Intent):
    """Give the case to a CSR (their key) or to a role, with a private text for them."""

    csr: str = ""
    role: str = ""
    words: Words = NO_WORDS
    why: str = ""


@dataclass(frozen=True, slots=True)
class Escalate(Intent):
    """Hand the case to the 2nd-level role (no `to`), a role or a CSR by name, with a private text."""

    csr: str = ""
    role: str = ""
    words: Words = NO_WORDS


@dataclass(frozen=True, slots=True)
class Take(Intent):
    """The CSR takes the case themselves, in a role if one is named."""

    role: str = ""


@dataclass(frozen=True, slots=True)
class SetStatus(Intent):
    """Resolve, close, reopen, pending until a moment. `resolution` is the reason of a resolve."""

    status: Status
    until: datetime | None = None
    resolution: str = ""
    why: str = ""

    @property
    def duplicates(self) -> str:
        """The ID of the case that this one repeats, "" if none is named."""
        return resolution.repeated(self.resolution)


@dataclass(frozen=True, slots=True)
class SetPriority(Intent):
    priority: Priority


@dataclass(frozen=True, slots=True)
class SetDue(Intent):
    """When the case must be done; None: at no certain time."""

    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class SetTags(Intent):
    """Tags that the case gets or loses."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch(Intent):
    """`watcher`, an address or a role's name, gets copies of new entries from now on, or (`is_off`) no more."""

    watcher: str
    is_off: bool = False
    what: Watching = Watching.ALL


@dataclass(frozen=True, slots=True)
class AddTime(Intent):
    """Time that was worked on the case; a negative span takes some back."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class SetField(Intent):
    """A custom field of the case gets a value, in the form that the store keeps ("" empties it)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Merge(Intent):
    """This case becomes part of another one (a case ID). `is_confirmed`: even if that is another customer's."""

    into: str
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class SetType(Intent):
    """The submission type of the case ("" for none), on which its custom fields depend."""

    type: str


@dataclass(frozen=True, slots=True)
class SetLanguage(Intent):
    """The language that the customer of this case is written to, as "de" or "pt-BR"; "" for the desk's own."""

    language: str


@dataclass(frozen=True, slots=True)
class AddPeople(Intent):
    """These people outside take part in the case from now on: they get answers, and see nothing that was before."""

    people: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class LinkCases(Intent):
    """This case and another one (a case ID) have to do with each other, or (`is_off`) no longer."""

    to: str
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Split(Intent):
    """These entries, by number, become a case of their own that is linked to this one; without a number, the customer's
    newest mail. `subject` "" for theirs."""

    entries: tuple[int, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Delete(Intent):
    """A case of the spam box goes for good, with everything that was kept of it."""


@dataclass(frozen=True, slots=True)
class Restore(Intent):
    """A case is no spam after all: it becomes what it was before."""


@dataclass(frozen=True, slots=True)
class Undo(Intent):
    """What this CSR did a moment ago is taken back: `fields` of the case, by name, get their old values again."""

    what: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddSkills(Intent):
    """What the CSR of this case should know about, besides what was named before."""

    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Want(Intent):
    """The case waits for this CSR (their key), in this role of theirs, and goes to them once they can take it."""

    csr: str
    role: str


@dataclass(frozen=True, slots=True)
class Ring(Intent):
    """The moment of some of the case's timers has come: whoever should know is told."""


@dataclass(frozen=True, slots=True)
class LookIdle(Intent):
    """Nobody did anything on the case for a while: the rules for that are looked at, and nothing else happens."""
