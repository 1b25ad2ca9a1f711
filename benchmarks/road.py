"""I/O: `make bench`: the whole road against the floor, with the same mails in the same run; a table with ratios.

The floor sends as many letters, of the same sizes, as the product sent with SQLite.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from benchmarks.mailbox import make
from benchmarks.measured import Figures, measured, syncs
from benchmarks.servers import Site, machine, mailticket, postgres, site
from tests.servers.postgres import Postgres

#: Calls that wait for the disk are counted in a run of their own, with so many mails.
_TRACED = 100


@dataclass(frozen=True)
class Run:
    """One measured program: how many mails, the letters that the sink took, waits for the disk a mail."""

    name: str
    mails: int
    figures: Figures
    letters: Sequence[int]
    syncs: float

    @property
    def rate(self) -> float:
        return self.mails / self.figures.wall


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")
    asked = arguments.parse_args()
    with site() as place:
        print(machine(), flush=True)
        runs = [_traced(place, road(place, "SQLite", "sqlite", asked.mails))]
        runs.insert(0, _floor(place, runs[0]))
        _print_head()
        for one in runs:
            _print(one, runs[0], runs[1])
        if not asked.only_sqlite:
            with postgres() as server:
                run = road(place, "PostgreSQL", server.fresh("bench"), asked.mails)
                _print(_traced(place, run, server), runs[0], runs[1])


def road(place: Site, name: str, database: str, count: int) -> Run:
    """mailticket at a desk of its own: a first round brings the letters that replies answer, the second is measured."""
    user = f"{name.lower()}@example.com"
    config = place.desk(name, [user], database)
    program, log = mailticket(config, "run", "--once"), place.folder / f"{name}.log"
    place.deliver(user, make(count * 3 // 10 + 1, [], first=2_000_000))
    measured(program, log)
    mails = make(count, to_customers(place))
    place.deliver(user, mails)
    if database == "sqlite":
        print(f"{count} mails, {sum(map(len, mails)) // count // 1000} KB each", flush=True)
        place.deliver("floor@example.com", mails)
    before = len(place.sink.letters)
    figures = measured(program, log)
    letters = [len(one.data) for one in place.sink.letters[before:]]
    return Run(f"mailticket, {name}", count, figures, letters, 0.0)


def to_customers(place: Site) -> list[tuple[str, str, str]]:
    letters = [one for one in place.sink.letters if not one.is_for_csr]
    return [(one.recipient, one.subject, str(one.message["Message-ID"])) for one in letters[::-1]]


def _traced(place: Site, run: Run, server: Postgres | None = None) -> Run:
    """With its waits for the disk: of the product's own processes, and of PostgreSQL's log."""
    name = run.name.rpartition(" ")[2]
    place.deliver(f"{name.lower()}@example.com", make(_TRACED, [], first=1_000_000))
    program = mailticket(place.folder / name / "config.toml", "run", "--once")
    before = _wal_syncs(server) if server else 0
    found = syncs(program, place.folder / "traced.log")
    found += _wal_syncs(server) - before if server else 0
    return replace(run, syncs=found / _TRACED)


def _wal_syncs(server: Postgres) -> int:
    with psycopg.connect(server.url("postgres"), autocommit=True) as line:
        row = line.execute("SELECT wal_sync FROM pg_stat_wal").fetchone()
    return int(row[0]) if row else 0


def _floor(place: Site, road: Run) -> Run:
    sizes, folder = place.folder / "sizes", place.folder / "floor"
    folder.mkdir()
    sizes.write_text(" ".join(map(str, road.letters)))
    account = (str(place.dovecot.port), "floor@example.com", place.dovecot.password)
    program = [sys.executable, "-m", "benchmarks.floor", str(folder), *account, str(place.sink.port), str(sizes)]
    return Run("floor", road.mails, measured(program, Path(place.folder / "floor.log")), road.letters, 1.0)


def _print_head() -> None:
    names = ("mails/s", "letters/s", "to floor", "to SQLite", "CPU ms/mail", "fsyncs/mail", "peak MB")
    print(f"{'':24}" + "".join(f"{one:>13}" for one in names))


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
