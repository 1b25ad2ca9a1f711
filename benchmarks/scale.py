"""I/O: `make bench-scale`: what a store of very many cases costs: ingest beside an empty one, lists, search, reports.

The store is made first (`benchmarks.large`): a million cases take some 22 GB and a quarter of an hour.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks import large
from benchmarks.mailbox import make
from benchmarks.measured import Figures, measured
from benchmarks.seed import VOCABULARY, word
from benchmarks.servers import Site, filling, machine, mailticket, postgres, site
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.texts.common_requests import grouped
from mailticket.domain.texts.search_words import parse_query
from mailticket.store import cases, entries, search
from mailticket.store.casework import queues
from mailticket.store.database import Store
from mailticket.store.index import similar
from mailticket.store.operation import figures

_ANN = "ann@example.com"
_TIMES = 40
_ROUNDS = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=20_000)
    arguments.add_argument("--mails", type=int, default=150, help="taken in by each desk, three times")
    arguments.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    arguments.add_argument("--keep", type=Path, help="a folder: the store (of SQLite) stays in it for the next time")
    asked = arguments.parse_args()
    print(machine(), flush=True)
    with site() as place:
        if not asked.postgres:
            config = place.desk("large", ["large@example.com"])
            _fill(place, config, "sqlite", asked.cases, asked.keep, nullcontext())
            _compare(place, config, ["sqlite", "sqlite"], asked.mails, asked.keep)
            return
        with postgres() as server:
            databases = [server.fresh("empty"), server.fresh("large")]
            config = place.desk("large", ["large@example.com"], databases[1])
            _fill(place, config, databases[1], asked.cases, None, filling(server))
            _compare(place, config, databases, asked.mails, None)


def _compare(place: Site, config: Path, databases: list[str], mails: int, keep: Path | None) -> None:
    try:
        _time_questions(databases[1], config.parent / "data")
        empty = place.desk("empty", ["empty@example.com"], databases[0])
        _compare_ingest(place, {"empty": empty, "large": config}, mails)
    finally:
        if keep:
            shutil.rmtree(keep, ignore_errors=True)
            shutil.move(config.parent / "data", keep)


def _fill(
    place: Site,
    config: Path,
    database: str,
    count: int,
    keep: Path | None,
    quickly: AbstractContextManager[None],
) -> None:
    if keep and keep.exists():
        shutil.move(keep, config.parent / "data")
        return
    began = time.monotonic()
    growth = large.large(place, config, "large@example.com", database, count, quickly)
    print(f"{count} cases made in {time.monotonic() - began:.0f} s; {growth:.0f} bytes a case, raw mails apart")


def _compare_ingest(place: Site, desks: dict[str, Path], count: int) -> None:
    """In turns, so that what else the machine does meets both. A store that was kept knows the mails of other runs."""
    found: dict[str, list[Figures]] = {name: [] for name in desks}
    unheard_of = int(time.time()) * 1000
    for lap in range(_ROUNDS):
        for name, config in desks.items():
            place.deliver(f"{name}@example.com", make(count, [], first=unheard_of + lap * count))
            found[name].append(measured(mailticket(config, "run", "--once"), config.with_name("log")))
    best = {name: (min(one.wall for one in all_), min(one.cpu for one in all_)) for name, all_ in found.items()}
    for name, (wall, cpu) in best.items():
        print(f"ingest, {name:24} {count / wall:7.1f} mails/s {cpu / count * 1000:7.1f} CPU ms/mail")
    (empty, empty_cpu), (full, full_cpu) = best["empty"], best["large"]
    print(f"ingest, large to empty: {empty / full:.2f} by the clock, {empty_cpu / full_cpu:.2f} by processor time")


def _time_questions(database: str, data: Path) -> None:
    store, chance = Store(database, data), random.Random(7)
    store.open()
    try:
        with store.connection():
            known = [one.id for one in cases.list_cases(limit=400)]
            print(f"{'milliseconds':44}{'median':>9}{'95th':>9}{'most':>9}")
            for name, ask in _questions(chance, known).items():
                _time(name, ask)
    finally:
        store.close()


def _questions(chance: random.Random, known: list[str]) -> dict[str, Callable[[], object]]:
    now = datetime.now(UTC)
    services = ["support"]

    def listed(**narrowed: object) -> object:
        return list(cases.list_cases(limit=50, **narrowed))  # type: ignore[arg-type]

    def found(text: str) -> object:
        return list(search.of_staff(parse_query(text), limit=50))

    def customer() -> str:
        return f"c{chance.randrange(1, 30)}.customer{chance.randrange(400)}@customers.example"

    def case() -> str:
        return chance.choice(known)

    def requests(days: int) -> object:
        return grouped(similar.inquiries(now - timedelta(days=days), None, 700).inquiries, 20)

    return {
        "list: the newest 50": listed,
        "list: open, closed": lambda: listed(status=chance.choice([Status.OPENED, Status.CLOSED])),
        "list: a CSR's": lambda: listed(csr=_ANN),
        "list: a CSR's that wait for nobody": lambda: listed(csr=_ANN, status=Status.NEW),
        "list: a service's": lambda: listed(service="support"),
        "list: a customer's": lambda: listed(that=search.by_customer(customer())),
        "list: of a week a year ago": lambda: listed(
            by_moment=True, that=search.created(now - timedelta(days=372), now - timedelta(days=365))
        ),
        "a CSR's desk card": lambda: (queues.of_csr(_ANN, 20), queues.free(services, services, 20)),
        "a case with its history": lambda: [entries.entries(one.key) for one in cases.load([case()]).values()],
        "search: the commonest word": lambda: found(word(0)),
        "search: one of the 100 commonest": lambda: found(word(chance.randrange(100))),
        "search: a rare word": lambda: found(word(chance.randrange(5000, VOCABULARY))),
        "search: what only one entry has": lambda: found(f"copy{chance.randrange(1, 40)}x{chance.randrange(1, 300)}"),
        "search: the beginning of words": lambda: found(word(chance.randrange(100))[:3]),
        "search: three words": lambda: found(" ".join(word(chance.randrange(300)) for _ in range(3))),
        "search: a customer's own": lambda: search.of_customer(
            Address("", customer()), parse_query(word(chance.randrange(50))), "Support"
        ),
        "similar solved cases": lambda: similar.solved(list(cases.load([case()]).values()), services, now),
        "figures for monitors": lambda: (
            figures.inbox_figures(now),
            figures.queues(services, now),
            figures.dead_letters(now),
            figures.backlog(),
        ),
        "report: requests of 2 days": lambda: requests(2),
        "report: requests of 90 days": lambda: requests(90),
    }


def _time(name: str, ask: Callable[[], object]) -> None:
    """Milliseconds; once before, as on a desk that is in use. What takes seconds is asked less often."""
    took: list[float] = []
    ask()
    until = time.monotonic() + 20
    while len(took) < 2 or (len(took) < _TIMES and time.monotonic() < until):
        began = time.monotonic()
        ask()
        took.append((time.monotonic() - began) * 1000)
    cuts = quantiles(took, n=100, method="inclusive")
    print(f"{name:44}{cuts[49]:9.1f}{cuts[94]:9.1f}{max(took):9.1f}", flush=True)


if __name__ == "__main__":
    main()
