"""A frozen value with other values for some of its fields: as `dataclasses.replace` makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailticket.domain.amending import amended
from mailticket.domain.case import Status
from tests.builders import case

CHANGES = [{}, {"entries": 7}, {"status": Status.CLOSED, "fired": {}, "csr": "ann@desk.example"}]


@pytest.mark.parametrize("changes", CHANGES)
def test_an_amended_case_is_what_replacing_gives(changes: dict[str, Any]) -> None:
    before = case()
    assert amended(before, **changes) == replace(before, **changes)


def test_the_first_value_stays_as_it_was() -> None:
    before = case(entries=3)
    assert amended(before, entries=4).entries == 4 and before.entries == 3


def test_a_field_that_there_is_not_is_refused() -> None:
    unknown: dict[str, Any] = {"nothing": 1}
    with pytest.raises(KeyError):
        amended(case(), **unknown)
