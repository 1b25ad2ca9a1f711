"""`make mutants`: each broken build in a copy of its own, besieged; prints which promise it was caught breaking.

The program as it is goes through the same sieges first and holds. Exits with 1 if any mutant is not caught.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.siege import BROKEN, HELD
from tests.mutants.table import MUTANTS, Mutant
from tests.road.power import why_no_disk

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    wanted = [one for one in MUTANTS if not sys.argv[1:] or one.name in sys.argv[1:]]
    failed = False
    print("| mutant | killed at | as it is | mutated | caught by |\n|---|---|---|---|---|", flush=True)
    for mutant in wanted:
        line, is_caught = _tried(mutant)
        print(line, flush=True)
        failed |= not is_caught
    return int(failed or not wanted)


def _tried(mutant: Mutant) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        if mutant.power and (why := why_no_disk(Path(folder))):
            return f"| {mutant.name} | power cut | not tried: {why} | | |", False
        copy = Path(folder) / "copy"
        _copy(copy)
        held = _besieged(copy, mutant)
        for edit in mutant.edits:
            edit.apply(copy)
        broke = _besieged(copy, mutant)
    found = broke.stdout.strip().splitlines()
    caught = [one for one in found if one.partition(":")[0] in mutant.breaks]
    is_caught = held.returncode == HELD and broke.returncode == BROKEN and bool(caught)
    if not is_caught:
        print(held.stdout[-1500:], held.stderr[-1500:], broke.stdout[-1500:], broke.stderr[-3000:], file=sys.stderr)
    how = ("power cut at " if mutant.power else "") + ", ".join(sorted(set(mutant.kills)))
    told = "holds" if held.returncode == HELD else "**is broken**"
    verdict = "caught" if is_caught else "**not caught**"
    return f"| {mutant.name} | {how} | {told} | {verdict} | {caught[0] if caught else ''} |", is_caught


def _copy(to: Path) -> None:
    """What the program is made of, and what besieges it; what was built or downloaded stays where it is."""
    to.mkdir()
    for name in ("mailticket", "templates", "systemd", "tests"):
        shutil.copytree(_ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))


def _besieged(copy: Path, mutant: Mutant) -> subprocess.CompletedProcess[str]:
    options = ["--power"] if mutant.power else []
    command = [sys.executable, "-m", "tests.mutants.siege", *options, *mutant.kills]
    environ = os.environ | {"PYTHONPATH": str(copy)}
    return subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=1200, check=False)


if __name__ == "__main__":
    sys.exit(main())
