"""`make soak-faults`: faults that take too long for every change, and short ones for longer; a table at the end.

Everything is started and stopped by pytest, with the servers of the other tests. Exits with 1 if anything failed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: Short tests that last longer here: file, what makes them longer.
LONGER = {"tests/desk/test_interference.py": {"MAILTICKET_MEDDLING": "500"}}
#: Tests of the usual run that are part of the same table.
AGAIN = (
    "tests/desk/test_sigterm.py",
    "tests/desk/test_postgres_struck.py",
    "tests/desk/test_postfix_away.py",
    "tests/road/test_clock.py",
    "tests/road/test_restore.py",
    "tests/road/test_faults_seen.py",
)


class Table:
    """Prints a line a test: what was shown, whether it held, and the seconds that it took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, float]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            said = {"passed": "held", "failed": "BROKEN", "skipped": "not run"}[report.outcome]
            name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
            self.rows.append((name, said, report.duration))

    def show(self) -> None:
        for name, said, seconds in self.rows:
            print(f"{said:8} {seconds:6.1f} s  {name}")
        held = sum(said == "held" for _, said, _ in self.rows)
        print(f"{held} of {len(self.rows)} held")


def main(arguments: list[str]) -> int:
    for values in LONGER.values():
        os.environ.update(values)
    table = Table()
    long = sorted(str(path) for path in HERE.glob("*.py") if not path.name.startswith("_"))
    options = ["-q", "-p", "no:cacheprovider", "--timeout", "600", *arguments]
    code = pytest.main([*options, *long, *LONGER, *AGAIN], plugins=[table])
    table.show()
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
