"""PURE: what an onlooker wrote down of a month: every change with what was told of it, letters, mails, who got what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailticket.config.models import Config
from mailticket.domain.case import Case, Entry


@dataclass(frozen=True, slots=True)
class Change:
    """A case between two looks. `before` is None for a new one; `told` are the entries that came with the change."""

    at: datetime
    before: Case | None
    after: Case
    told: tuple[Entry, ...]

    @property
    def was(self) -> Case:
        """As it was; a new case came from nothing."""
        return self.before or Case(
            0, self.after.id, self.after.service, "", self.after.status, self.after.customer, self.at, self.at
        )


@dataclass(frozen=True, slots=True)
class Gift:
    """A case that went to a CSR by rule, who has so many active ones by now."""

    at: datetime
    case: str
    csr: str
    active: int
    was_away: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """A case that waits although these CSRs of its role are there and have room."""

    at: datetime
    case: str
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """What should have happened to a case by now, and has not."""

    at: datetime
    case: str
    what: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in the order of writing. `secrets` are the marks of private texts that stand in it."""

    number: int
    at: datetime
    letter: str
    case: str
    recipient: str
    csr: str
    reason: str
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that came in and what became of it; `entry` is the number of the entry that it became."""

    at: datetime
    sender: str
    state: str
    outcome: str
    reason: str
    case: str
    entry: int


@dataclass(slots=True)
class Log:
    """The month. `limit`: so many active cases a CSR may have by rule."""

    config: Config
    limit: int
    changes: list[Change] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    overdue: list[Overdue] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def by_case(self) -> dict[str, list[Change]]:
        """Each case's changes in the order of time."""
        found: dict[str, list[Change]] = {}
        for one in self.changes:
            found.setdefault(one.after.id, []).append(one)
        return found

    def letters_of(self) -> dict[str, list[Letter]]:
        """By case."""
        found: dict[str, list[Letter]] = {}
        for one in self.letters:
            found.setdefault(one.case, []).append(one)
        return found


def told(changes: Sequence[Change]) -> list[Entry]:
    """Everything that was said in these changes."""
    return [entry for one in changes for entry in one.told]
