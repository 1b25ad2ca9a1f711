"""`make month`: months of 2,000 cases, each by another seed, held to every promise; with --mutants small broken ones.

Exits with 1 if a promise is broken, or a broken mechanism goes unnoticed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.month.mutants import MUTANTS, Mutant
from tests.month.play import Month, played
from tests.month.promises import PROMISES, broken

_SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--mutants", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if asked.mutants:
        return _mutants(min(asked.cases, 60), asked.seeds[0])
    print(
        "| seed | inquiries | mails | changes | letters | processor s | promises kept |\n" + "|---" * 7 + "|",
        flush=True,
    )
    return max(_month(asked.cases, seed) for seed in asked.seeds)


def _month(cases: int, seed: int) -> int:
    began = time.process_time()
    month = _played(cases, seed)
    took = time.process_time() - began
    log, faults = month.log, broken(month.log)
    kept = f"{len(PROMISES) - len(faults)} of {len(PROMISES)}"
    told = (seed, cases, len(log.mails), len(log.changes), len(log.letters), f"{took:.0f}", kept)
    print("| " + " | ".join(map(str, told)) + " |", flush=True)
    for name, found in faults.items():
        print(f"  {name}: {len(found)}, such as", *found[:_SHOWN], sep="\n    ", flush=True)
    print("  " + ", ".join(f"{what} {number}" for what, number in sorted(month.seen.items())), flush=True)
    return int(bool(faults))


def _mutants(cases: int, seed: int) -> int:
    print("| mutant | noticed by |\n|---|---|", flush=True)
    return max([_mutant(one, cases, seed) for one in MUTANTS])


def _mutant(mutant: Mutant, cases: int, seed: int) -> int:
    with mutant.edit:
        faults = broken(_played(cases, seed).log)
    noticed = [one for one in mutant.breaks if one in faults]
    told = f"{noticed[0]}: {faults[noticed[0]][0][:100]}" if noticed else f"**nobody**; broken: {', '.join(faults)}"
    print(f"| {mutant.name} | {told} |", flush=True)
    return int(not noticed)


def _played(cases: int, seed: int) -> Month:
    with tempfile.TemporaryDirectory(prefix="month-") as folder:
        return played(Path(folder), cases, seed)


if __name__ == "__main__":
    sys.exit(main())
