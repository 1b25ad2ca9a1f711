"""The mutants' edits fit the program as it is; whether each is caught takes `make mutants` some minutes to tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailticket.failpoints import POINTS
from tests.mutants.table import MUTANTS, Edit, Mutant

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_every_edit_of_a_mutant_applies_and_is_python(mutant: Mutant, tmp_path: Path) -> None:
    for file in {edit.file for edit in mutant.edits}:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text((_ROOT / file).read_text())
    for edit in mutant.edits:
        edit.apply(tmp_path)
        compile((tmp_path / edit.file).read_text(), edit.file, "exec")
    assert set(mutant.kills) <= POINTS.keys()


def test_an_edit_that_does_not_fit_fails_loudly(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for old in ("y = 1", "x = 1"):
        with pytest.raises(ValueError, match="times, not once"):
            Edit("a.py", old, "z = 1").apply(tmp_path)
