"""Daemons that a test starts, kills, stops and starts again: real processes on one database."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.road.quick_daemon import TERMS

#: One fault in so many stops a daemon beyond its lease instead of killing it.
_STOPPED_ONE_IN = 4


@dataclass
class Daemons:
    """`count` of them. `kills` and `stops` count what they suffered."""

    folder: Path
    count: int
    kills: int = 0
    stops: int = 0
    _config: Path = Path()
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _stopped_until: dict[int, float] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        return self.kills + self.stops

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for one in self._running.values():
            one.kill()
            one.wait()

    def start(self, config: Path) -> None:
        self._config = config
        for number in range(self.count):
            self._start(number)

    def suffer(self, chance: random.Random) -> None:
        """One of them is killed, or stopped for longer than its lease lasts."""
        victims = [number for number in self._running if number not in self._stopped_until]
        if len(victims) < 2:
            return
        victim = chance.choice(victims)
        if chance.randrange(_STOPPED_ONE_IN):
            self._running[victim].kill()
            self._running.pop(victim).wait()
            self.kills += 1
        else:
            self._running[victim].send_signal(signal.SIGSTOP)
            self._stopped_until[victim] = time.monotonic() + TERMS.lease.total_seconds() * 1.3
            self.stops += 1

    def tend(self) -> None:
        """The killed are started again; the stopped go on when their time has come. None may end by itself."""
        for number, one in self._running.items():
            assert one.poll() is None, f"daemon {number} ended by itself: {self._log(number).read_text()[-3000:]}"
        for number in set(range(self.count)) - set(self._running):
            self._start(number)
        for number, until in list(self._stopped_until.items()):
            if time.monotonic() > until:
                self._running[number].send_signal(signal.SIGCONT)
                del self._stopped_until[number]

    def stop(self) -> None:
        """Each ends well."""
        for number, one in self._running.items():
            one.send_signal(signal.SIGCONT)
            one.terminate()
            assert one.wait(60) == 0, self._log(number).read_text()[-3000:]
        self._running.clear()

    def logs(self) -> str:
        return "\n".join(self._log(number).read_text("utf-8", "replace")[-3000:] for number in range(self.count))

    def _start(self, number: int) -> None:
        command = [sys.executable, "-m", "tests.road.quick_daemon", str(self._config)]
        with self._log(number).open("ab") as log:
            self._running[number] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _log(self, number: int) -> Path:
        return self.folder / f"daemon-{number}.log"
