"""I/O: `make bench`: the whole road against the floor, with the same mails in the same run; a table with ratios.

The floor sends as many letters, of the same sizes, as the product sent with SQLite. A machine is faster one moment than
another, so floor and product are measured in turns, one right after the other: the table shows the turn whose ratio
lies in the middle, and the line below it the ratios of all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import psycopg

from benchmarks.mailbox import make
from benchmarks.measured import Figures, measured, syncs
from benchmarks.servers import Site, machine, mailticket, postgres, site
from benchmarks.sink import Letter
from tests.servers.postgres import Postgres

#: Calls that wait for the disk are counted in a run of their own, with so many mails.
_TRACED = 200
#: The numbers of the mails of one pass lie so far from those of the next; the desk's first ones are its oldest.
_APART = 1_000_000


@dataclass(frozen=True)
class Run:
    """One measured program: how many mails, the letters that the sink took, waits for the disk a mail."""

    name: str
    mails: int
    figures: Figures
    letters: Sequence[int]
    syncs: float = 0.0

    @property
    def rate(self) -> float:
        return self.mails / self.figures.wall


@dataclass(frozen=True)
class Turn:
    """Floor, SQLite and perhaps PostgreSQL, one right after the other."""

    floor: Run
    products: Sequence[Run]

    @property
    def ratio(self) -> float:
        return self.products[0].rate / self.floor.rate


class Desk:
    """A desk of ours, and what passes through it. Its first mails bring the letters that later replies answer."""

    def __init__(self, place: Site, name: str, database: str, mails: int) -> None:
        self.name = name
        self._place = place
        self._user = f"{name.lower()}@example.com"
        self._program = mailticket(place.desk(name, [self._user], database), "run", "--once")
        self._log = place.folder / f"{name}.log"
        self._passes = 1
        self._letters: list[Letter] = []
        self._put_in(make(mails * 3 // 10 + 1, [], first=_APART))
        self._passed()

    def measured(self, count: int) -> tuple[Run, list[bytes]]:
        """What so many mails take, and these mails."""
        mails = self._next(count)
        self._put_in(mails)
        before = len(self._letters)
        figures = self._passed()
        letters = [len(one.data) for one in self._letters[before:]]
        return Run(f"mailticket, {self.name}", count, figures, letters), mails

    def syncs_of_a_mail(self, server: Postgres | None) -> float:
        """Its waits for the disk: of the product's own processes, and of PostgreSQL's log."""
        self._put_in(self._next(_TRACED))
        before = _wal_syncs(server) if server else 0
        found = syncs(self._program, self._place.folder / "traced.log")
        return (found + (_wal_syncs(server) - before if server else 0)) / _TRACED

    def _passed(self) -> Figures:
        before = len(self._place.sink.letters)
        figures = measured(self._program, self._log)
        self._letters += self._place.sink.letters[before:]
        return figures

    def _next(self, count: int) -> list[bytes]:
        """Other mails than before; replies answer what this desk sent last."""
        self._passes += 1
        return make(count, to_customers(self._letters), first=self._passes * _APART)

    def _put_in(self, mails: Sequence[bytes]) -> None:
        self._place.deliver(self._user, mails)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--turns", type=int, default=3)
    arguments.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")
    asked = arguments.parse_args()
    with ExitStack() as stack:
        place = stack.enter_context(site())
        print(machine(), flush=True)
        server = None if asked.only_sqlite else stack.enter_context(postgres())
        desks = [Desk(place, "SQLite", "sqlite", asked.mails)]
        if server:
            desks.append(Desk(place, "PostgreSQL", server.fresh("bench"), asked.mails))
        turns = sorted((_turn(place, desks, asked.mails, one) for one in range(asked.turns)), key=lambda one: one.ratio)
        servers = (None, server)
        traced = [desk.syncs_of_a_mail(one) for desk, one in zip(desks, servers, strict=False)]
        _show(turns, traced)


def road(place: Site, name: str, database: str, count: int) -> Run:
    """mailticket at a desk of its own, once."""
    return Desk(place, name, database, count).measured(count)[0]


def to_customers(letters: Sequence[Letter]) -> list[tuple[str, str, str]]:
    """(customer, subject, Message-ID) of those to customers, the newest first."""
    theirs = [one for one in letters[::-1] if not one.is_for_csr]
    return [(one.recipient, one.subject, str(one.message["Message-ID"])) for one in theirs]


def _wal_syncs(server: Postgres) -> int:
    with psycopg.connect(server.url("postgres"), autocommit=True) as line:
        row = line.execute("SELECT wal_sync FROM pg_stat_wal").fetchone()
    return int(row[0]) if row else 0


def _turn(place: Site, desks: Sequence[Desk], count: int, number: int) -> Turn:
    first, mails = desks[0].measured(count)
    if not number:
        print(f"{count} mails, {sum(map(len, mails)) // count // 1000} KB each", flush=True)
    floor = _floor(place, first, mails, f"floor{number}")
    return Turn(floor, [first, *(desk.measured(count)[0] for desk in desks[1:])])


def _floor(place: Site, road: Run, mails: Sequence[bytes], name: str) -> Run:
    folder, user = place.folder / name, f"{name}@example.com"
    folder.mkdir()
    place.deliver(user, mails)
    sizes = folder / "sizes"
    sizes.write_text(" ".join(map(str, road.letters)))
    account = (str(place.dovecot.port), user, place.dovecot.password)
    program = [sys.executable, "-m", "benchmarks.floor", str(folder), *account, str(place.sink.port), str(sizes)]
    return Run("floor", road.mails, measured(program, folder / "log"), road.letters, 1.0)


def _show(turns: Sequence[Turn], traced: Sequence[float]) -> None:
    middle = turns[len(turns) // 2]
    names = ("mails/s", "letters/s", "to floor", "to SQLite", "CPU ms/mail", "fsyncs/mail", "peak MB")
    print(f"{'':24}" + "".join(f"{one:>13}" for one in names))
    products = [replace(one, syncs=found) for one, found in zip(middle.products, traced, strict=True)]
    for one in (middle.floor, *products):
        _print(one, middle.floor, middle.products[0])
    for place, one in enumerate(middle.products):
        ratios = ", ".join(f"{turn.products[place].rate / turn.floor.rate:.2f}" for turn in turns)
        print(f"{one.name} to floor, all turns: {ratios}", flush=True)


def _print(one: Run, floor: Run, sqlite: Run) -> None:
    cells = (
        f"{one.rate:.1f}",
        f"{len(one.letters) / one.figures.wall:.1f}",
        f"{one.rate / floor.rate:.2f}",
        f"{one.rate / sqlite.rate:.2f}",
        f"{one.figures.cpu / one.mails * 1000:.1f}",
        f"{one.syncs:.2f}",
        f"{one.figures.peak / 1e6:.0f}",
    )
    print(f"{one.name:24}" + "".join(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
