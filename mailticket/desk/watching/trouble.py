"""Trouble: what is wrong with a worker, said once, and how long it rests before it tries again. I/O: logs."""

from __future__ import annotations

import logging
import random

from mailticket.desk.servers.accounts import RESTS
from mailticket.errors import AccountTrouble, Conflict, LeftOver, Temporary, fault_of_ours

log = logging.getLogger(__name__)

_SPANS = (1.0, 2.0, 5.0, 15.0, 60.0, 120.0)
#: By what failed, the first that fits: seconds until the next try after the nth failure in a row; the last repeats. A
#: refused account is asked less often; behind what is left over, other work is looked for every minute at least.
BACKOFFS: dict[type[Exception], tuple[float, ...]] = {
    AccountTrouble: tuple(one.total_seconds() for one in RESTS),
    LeftOver: _SPANS[:-1],
    Exception: _SPANS,
}


class Trouble:
    """Says once what is wrong, once that it is over, and how long to wait meanwhile."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.what = ""
        self.failures = 0
        self.error: Exception | None = None

    @property
    def is_lasting(self) -> bool:
        """More than one failure in a row, or one that waiting does not mend: servers hang up now and then."""
        return self.failures > 1 or (self.failures == 1 and (self.is_account or not self.is_temporary))

    @property
    def is_temporary(self) -> bool:
        return isinstance(self.error, Temporary | Conflict)

    @property
    def is_account(self) -> bool:
        return isinstance(self.error, AccountTrouble)

    def failed(self, error: Exception) -> float:
        """Seconds to wait before the next try."""
        what = str(error) or type(error).__name__
        if what != self.what:
            log.error("%s: %s", self.who, what, exc_info=fault_of_ours(error))
        self.what, self.error = what, error
        self.failures += 1
        if isinstance(error, AccountTrouble) and error.rests_for is not None:
            return error.rests_for.total_seconds()
        spans = next(spans for kind, spans in BACKOFFS.items() if isinstance(error, kind))
        return spans[min(self.failures, len(spans)) - 1] * random.uniform(0.9, 1.1)

    def over(self) -> None:
        if self.what:
            log.warning("%s: works again (it was: %s)", self.who, self.what)
        self.what, self.failures, self.error = "", 0, None
