"""How fast we read the corpus, as a ratio to mail-parser over the same mails in the same run."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Sequence

import mailparser

from mailticket.mime import parse
from tests.corpus.material import Case

_ROUNDS = 2


def ratio(cases: Sequence[Case]) -> float:
    """Our rate divided by mail-parser's: 1.0 is as fast. Each mail by turns, the best of a few rounds each.

    Mails that mail-parser cannot read count for neither.
    """
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs each part that it does not know
    ours = theirs = 0.0
    for case in cases:
        try:
            their_time = _best(mailparser.parse_from_bytes, case.raw)
        except Exception:  # whatever it fails with, there is nothing to compare
            continue
        theirs += their_time
        ours += _best(parse.parse, case.raw)
    return theirs / ours


def _best(read: Callable[[bytes], object], raw: bytes) -> float:
    """Seconds of processor time of the fastest of a few rounds."""
    times = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(raw)
        times.append(time.process_time() - began)
    return min(times)
