"""What sieges add up to: a line of the table that a soak prints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.road.siege import Siege

HEADER = (
    "| killed | kills | mails | copies | answers 1/2/other | CSR mails 1/2/other | automatic 1/0/more | broken |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|"
)


@dataclass
class Tally:
    """Counts of one or more sieges that have settled. `taken`: (kind of letter, how often the relay took it)."""

    kills: int = 0
    mails: int = 0
    copies: int = 0
    retried: int = 0
    taken: Counter[tuple[str, int]] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, siege: Siege) -> None:
        self.kills += siege.kills.total()
        mails = siege.oracle.injected.values()
        self.mails += len(mails)
        self.copies += sum(len(one.uids) - 1 for one in mails)
        self.retried += siege.retried
        self.violations += siege.violations
        took = Counter((str(one.message["Message-ID"]), one.recipient) for one in siege.desk.sink.mails)
        for row in siege.ledger.letters():
            self.taken[row["kind"], took[row["message_id"], row["recipient"]]] += 1

    def plus(self, other: Tally) -> Tally:
        return Tally(
            self.kills + other.kills,
            self.mails + other.mails,
            self.copies + other.copies,
            self.retried + other.retried,
            self.taken + other.taken,
            self.violations + other.violations,
        )

    def line(self, how: str) -> str:
        """A row under HEADER."""
        cells = (how, self.kills, self.mails, self.copies, *map(self._human, ("human", "notify")), self._automatic())
        return f"| {' | '.join(map(str, cells))} | {len(self.violations)} |"

    def _human(self, kind: str) -> str:
        once, twice = self.taken[kind, 1], self.taken[kind, 2]
        return f"{once}/{twice}/{self._all(kind) - once - twice}"

    def _automatic(self) -> str:
        once, never = self.taken["auto", 1], self.taken["auto", 0]
        return f"{once}/{never}/{self._all('auto') - once - never}"

    def _all(self, kind: str) -> int:
        return sum(count for (one, _), count in self.taken.items() if one == kind)
