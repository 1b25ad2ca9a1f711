"""`mailticket run` with leases so short that a test can wait for them: python -m tests.road.quick_daemon CONFIG."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from mailticket import process
from mailticket.cli import logs
from mailticket.desk.running.ownership import Terms

TERMS = Terms(lease=timedelta(seconds=6), renewed_every=timedelta(seconds=1), margin=timedelta(seconds=2))

if __name__ == "__main__":
    logs.configure()
    sys.exit(process.run(Path(sys.argv[1]), terms=TERMS))
