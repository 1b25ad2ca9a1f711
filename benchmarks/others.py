"""I/O: `make bench-others`: django-helpdesk and mailticket with the same mailbox, database kind and relay, in one run.

It is installed from PyPI into an environment of its own outside the repository and set up as its documentation says:
mail in by IMAP, an acknowledgement to the customer and a mail to its agent out by SMTP.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.mailbox import make
from benchmarks.measured import measured
from benchmarks.road import Run, road, to_customers
from benchmarks.servers import Site, machine, postgres, site

_PACKAGES = ("django-helpdesk", "psycopg[binary]")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mails", type=int, default=500)
    arguments.add_argument("--only-sqlite", action="store_true", help="leave PostgreSQL out")
    arguments.add_argument("--environment", type=Path, help="made earlier by this command and kept")
    asked = arguments.parse_args()
    environment = asked.environment or Path(tempfile.mkdtemp(prefix="django-helpdesk-", dir="/var/tmp"))
    python = _installed(environment)
    print(machine(), flush=True)
    print(_version(python), flush=True)
    print(f"{'':28}" + "".join(f"{one:>13}" for one in ("mails/s", "letters", "CPU ms/mail", "peak MB", "ratio")))
    try:
        with site() as place:
            _compare(place, python, "SQLite", "sqlite", str(place.folder / "helpdesk.db"), asked.mails)
            if not asked.only_sqlite:
                with postgres() as server:
                    ours, theirs = server.fresh("ours"), server.fresh("theirs")
                    _compare(place, python, "PostgreSQL", ours, theirs, asked.mails)
    finally:
        if not asked.environment:
            shutil.rmtree(environment)


def _compare(place: Site, python: Path, name: str, ours: str, theirs: str, count: int) -> None:
    other = _theirs(place, python, name, theirs, count)
    place.sink.letters.clear()
    for one in (other, road(place, name, ours, count)):
        cells = (
            f"{one.rate:.1f}",
            f"{len(one.letters)}",
            f"{one.figures.cpu / count * 1000:.1f}",
            f"{one.figures.peak / 1e6:.0f}",
            f"{one.rate / other.rate:.1f}",
        )
        print(f"{one.name:28}" + "".join(f"{cell:>13}" for cell in cells), flush=True)


def _theirs(place: Site, python: Path, name: str, database: str, count: int) -> Run:
    """As with our own desk: a first round brings the letters that the replies answer, the second is measured."""
    user, script = f"theirs-{name.lower()}@example.com", Path(__file__).with_name("django_desk.py")
    account = (database, str(place.dovecot.port), user, place.dovecot.password, str(place.sink.port))
    prepared, log = place.folder / f"prepare-{name}.log", place.folder / f"theirs-{name}.log"
    measured([str(python), str(script), "prepare", *account], prepared)
    program = [str(python), str(script), "process", *account]
    place.deliver(user, make(count * 3 // 10 + 1, [], first=2_000_000))
    measured(program, log)
    place.deliver(user, make(count, to_customers(place.sink.letters)))
    before = len(place.sink.letters)
    figures = measured(program, log)
    letters = [len(one.data) for one in place.sink.letters[before:]]
    return Run(f"django-helpdesk, {name}", count, figures, letters, 0.0)


def _installed(environment: Path) -> Path:
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return python


def _version(python: Path) -> str:
    told = "import importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in ('django-helpdesk', 'Django')))"
    return subprocess.run([str(python), "-c", told], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
