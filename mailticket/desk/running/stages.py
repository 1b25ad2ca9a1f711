"""Stages: verbs side by side, each until nothing is left and nobody before it can bring more. I/O."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from mailticket.errors import LeftOver, MailticketError, fault_of_ours

log = logging.getLogger(__name__)

#: Even unwoken, a stage looks for work this often, in seconds.
_LOOKS_EVERY = 1.0


class Stage(threading.Thread):
    """One verb. `turn` gives the number of things done, 0 for "nothing to do"; `after`: whoever brings it work.

    `waits`: it does all its work at once, when they have ended.
    """

    def __init__(self, name: str, turn: Callable[[], int], after: Sequence[Stage], waits: bool) -> None:
        super().__init__(name=name, daemon=True)
        self.verb = name.partition(" ")[0]
        self.woken = threading.Event()
        #: What ended it before its work was done.
        self.error: Exception | None = None
        self._turn = turn
        self._after = after
        self._waits = waits
        self._followers: list[Stage] = []
        for one in after:
            one._followers.append(self)
        self._has_ended = False

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:  # told by the line, in the thread that waits for it
            self.error = error
        finally:
            self._has_ended = True
            for one in self._followers:
                one.woken.set()

    def _work(self) -> None:
        while True:
            # Looked at before the turn: what they brought last is still found by it.
            is_last = all(one._has_ended for one in self._after)
            self.woken.clear()
            if (is_last or not self._waits) and self._take_turn():
                continue
            if is_last:
                return
            self.woken.wait(_LOOKS_EVERY)

    def _take_turn(self) -> int:
        """What is left over is told at the end; what comes meanwhile is still done."""
        try:
            self.error = None
            return self._turn()
        except LeftOver as error:
            self.error = error
            return 0


class Line:
    """The stages of one pass. `wake` is what their office wakes verbs by."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []

    def stage(self, name: str, turn: Callable[[], int], after: Sequence[Stage] = (), waits: bool = False) -> Stage:
        """One more; the first word of its name is its verb."""
        added = Stage(name, turn, after, waits)
        self._stages.append(added)
        return added

    def wake(self, verb: str) -> None:
        for one in self._stages:
            if one.verb == verb:
                one.woken.set()

    def run(self) -> list[str]:
        """All of them to their ends. Gives the troubles, a line each: one stage's stops no other.

        Raises what is no trouble of the world but a fault of ours.
        """
        for one in self._stages:
            one.start()
        troubles: list[str] = []
        fault: Exception | None = None
        for one in self._stages:
            one.join()
            if isinstance(one.error, MailticketError):
                log.error("%s: %s", one.name, one.error, exc_info=fault_of_ours(one.error))
                troubles.append(f"{one.name}: {one.error}")
            fault = fault or (None if isinstance(one.error, MailticketError) else one.error)
        if fault is not None:
            raise fault
        return troubles
