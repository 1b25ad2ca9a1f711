"""Many daemons on one PostgreSQL, killed and stopped at random, while customers write and CSRs answer.

    python -m tests.road.many_daemons --daemons 4 --mails 2000 --seed 7

Real processes, two mailboxes on a real Dovecot, an SMTP server that remembers every copy. Every mail is answered by
the CSR who is told of it. In the end each mail and each answer must be in one case, and each letter must have gone out
as often as it may; at no moment may a CSR have more active cases than the limit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from tests.road.crowd import LIMIT, Crowd
from tests.road.daemons import Daemons
from tests.road.reckoning import Reckoning, reckon
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp_sink import SmtpSink


@dataclass(frozen=True)
class Plan:
    """How much of everything. Seconds between two faults are drawn from `pause`."""

    daemons: int = 4
    mails: int = 2000
    seed: int = 1
    faults: int = 1_000_000
    pause: tuple[float, float] = (6.0, 12.0)
    patience: float = 3600.0


@dataclass(frozen=True)
class Result:
    """What was done, and what the reckoning found."""

    plan: Plan
    kills: int
    stops: int
    seconds: float
    most_active: int
    reckoning: Reckoning

    @property
    def wrong(self) -> list[str]:
        over = [f"a CSR had {self.most_active} active cases, the limit is {LIMIT}"] if self.most_active > LIMIT else []
        return over + self.reckoning.wrong

    def table(self) -> str:
        found = self.reckoning
        rows = (
            ("daemons", self.plan.daemons),
            ("killed (SIGKILL)", self.kills),
            ("stopped beyond their lease (SIGSTOP)", self.stops),
            ("set aside after four deaths, then `inbox retry`", found.retried),
            ("mails", found.mails),
            ("answers", found.answers),
            ("mails and answers lost", found.lost),
            ("mails and answers in cases twice", found.doubled),
            ("answers and CSR mails sent once", found.sent_once),
            ("answers and CSR mails sent twice (relay's answer not seen)", found.sent_twice),
            ("answers and CSR mails not sent, or more than twice", found.sent_wrongly),
            ("automatic mails sent once", found.automatic_once),
            ("automatic mails not sent (relay's answer not seen)", found.automatic_unsent),
            ("automatic mails sent twice", found.automatic_twice),
            (f"most active cases of a CSR (limit {LIMIT})", self.most_active),
            ("seconds", round(self.seconds)),
            ("seed", self.plan.seed),
        )
        return "\n".join(f"| {what} | {count} |" for what, count in (("what", "count"), ("---", "---:"), *rows))


def prove(plan: Plan, postgres: Postgres, dovecot: Dovecot, sink: SmtpSink, folder: Path) -> Result:
    """Runs the plan to its end; raises AssertionError when it stands still for too long."""
    name = f"many_{plan.seed}_{time.monotonic_ns()}"
    postgres.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url, chance = postgres.url(name), random.Random(plan.seed)
    began = time.monotonic()
    with Crowd(dovecot, sink, url, plan.mails, name) as crowd, Daemons(folder, plan.daemons) as daemons:
        daemons.start(crowd.config(folder, url))
        next_fault = time.monotonic() + plan.pause[0]
        while not crowd.is_content():
            crowd.live()
            if time.monotonic() > next_fault and daemons.faults < plan.faults and not crowd.is_nearly_content():
                daemons.suffer(chance)
                next_fault = time.monotonic() + chance.uniform(*plan.pause)
            daemons.tend()
            assert time.monotonic() - began < plan.patience, f"it stands still: {crowd.state()}\n{daemons.logs()}"
            time.sleep(0.05)
        daemons.stop()
        seconds = time.monotonic() - began
        found = reckon(crowd)
        return Result(plan, daemons.kills, daemons.stops, seconds, crowd.most_active, found)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("daemons", 4), ("mails", 2000), ("seed", random.randrange(10_000))):
        arguments.add_argument(f"--{name}", type=int, default=default)
    plan = Plan(**vars(arguments.parse_args()))
    postgres, dovecot, sink = Postgres(), Dovecot(), SmtpSink()
    try:
        postgres.start()
        dovecot.start()
        sink.start()
        with tempfile.TemporaryDirectory() as folder:
            result = prove(plan, postgres, dovecot, sink, Path(folder))
    finally:
        sink.stop()
        dovecot.remove()
        postgres.stop()
    print(result.table())
    print(f"| commit | {_commit()} |")
    if result.wrong:
        sys.exit("\n".join(result.wrong))


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
