"""docs/faults.md tells the truth: every fault has its row, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Number of the fault -> its row.
ROWS = {
    int(row[1]): row[0]
    for row in re.finditer(r"^\| F(\d+) \|.*\|$", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.MULTILINE)
}


def test_no_fault_of_the_matrix_is_left_out() -> None:
    assert sorted(ROWS) == list(range(1, 31))


@pytest.mark.parametrize("number", sorted(ROWS))
def test_every_test_that_a_row_names_is_there(number: int) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", ROWS[number])
    assert named and ROWS[number].count("`tests/") == len(named)
    for path, test in named:
        assert re.search(rf"^def {test}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), f"{path} has no {test}"
