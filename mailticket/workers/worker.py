"""I/O: a woken loop: runs one verb when there is work, shows that it lives, backs off when the world fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from mailticket.desk.watching.trouble import Trouble
from mailticket.errors import Contention, LeftOver, StoreTrouble
from mailticket.health import Sample, Wrong

#: Even unwoken, a worker looks for work this often (another process may have brought some).
LOOKS_EVERY = 1.0


class Worker(threading.Thread):
    """Runs `turn` again and again; it gives the number of things done, 0 for "nothing to do".

    `patience`: a turn may take so many seconds before the worker counts as stuck.
    """

    def __init__(self, name: str, turn: Callable[[], int], patience: float = 300.0) -> None:
        super().__init__(name=name, daemon=True)
        self.turn = turn
        self.patience = patience
        self.trouble = Trouble(name)
        #: How many turns have ended, well or not; whatever the last one met is known by then.
        self.turns = 0
        self.stopping = threading.Event()
        self._woken = threading.Event()
        self.is_busy = False
        self._sign_of_life = time.monotonic()

    def does(self, verb: str) -> bool:
        """Is this its verb? Workers are named by it, then by whose work it is."""
        return self.name.partition(" ")[0] == verb

    @property
    def is_at_hand(self) -> bool:
        """Woken now, would it do the work at once? If not, another daemon's may."""
        return not self.is_busy

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self.stopping.set()
        self._woken.set()

    def break_off(self) -> None:
        """Ends a wait for the network that will not end by itself. Nothing to do for most."""

    @property
    def is_well(self) -> bool:
        """Alive, and not stuck in one turn for longer than its patience."""
        return self.is_alive() and time.monotonic() - self._sign_of_life < self.patience

    def troubles(self) -> Iterator[Wrong | Sample]:
        """What a monitor should know."""
        if not self.is_well:
            yield Wrong("worker-stuck", self.name, "It gives no sign of life.")
        if self.trouble.is_lasting and not self.stopping.is_set():
            is_away = isinstance(self.trouble.error, StoreTrouble | Contention)
            yield Wrong("database-away", "", self.trouble.what) if is_away else self.wrong()

    def wrong(self) -> Wrong:
        """What its failure is called."""
        return Wrong("worker-failing", self.name, self.trouble.what)

    def alive(self) -> None:
        """A sign of life, from inside a long turn as well."""
        self._sign_of_life = time.monotonic()

    def run(self) -> None:
        while not self.stopping.is_set():
            self.take_turn()

    def take_turn(self) -> None:
        """One turn, and the rest after it: until it is woken, or longer after a failure."""
        self._woken.clear()
        self.alive()
        self.is_busy = True
        try:
            done = self.turn()
            self.trouble.over()
        except Exception as error:  # whatever fails, the worker lives on and says so
            rest = self.trouble.failed(error)
            self.turns += 1
            # What is new meanwhile need not wait for what is left over.
            self._rest(rest, self._woken if isinstance(error, LeftOver) else self.stopping)
            return
        finally:
            self.is_busy = False
        self.turns += 1
        if not done:
            self._woken.wait(LOOKS_EVERY)

    def _rest(self, seconds: float, end_of_rest: threading.Event) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not end_of_rest.wait(min(left, 1.0)):
            self.alive()
