"""A wall clock of a process's own that a test sets (libfaketime); what counts steadily is left as it is."""

from __future__ import annotations

import glob
from pathlib import Path

from tests.servers import programs

_LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"


class OwnClock:
    """Give `environment` to the process; `set` moves its clock, noticed within a second."""

    def __init__(self, folder: Path) -> None:
        found = glob.glob(_LIBRARY)
        if not found:
            programs.missing("libfaketime is not installed (Debian: faketime)")
        self._file = folder / "clock"
        self.set("+0")
        self.environment = {
            "LD_PRELOAD": found[0],
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, offset: str) -> None:
        """So far from the true time: "+10d", "-3d"."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{offset}\n")
        beside.rename(self._file)
