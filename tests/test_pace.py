"""How many things a worker does in a turn: fewer where each takes long, never too few and never too many."""

from __future__ import annotations

import pytest

from mailticket.workers.pace import TURN, Pace


class Clock:
    """Stands still but for the work that is done."""

    def __init__(self, seconds_each: float) -> None:
        self.now = 0.0
        self.seconds_each = seconds_each

    def __call__(self) -> float:
        return self.now

    def work(self, count: int) -> int:
        self.now += count * self.seconds_each
        return count


@pytest.mark.parametrize(("share_of_a_turn", "size"), [(0.001, 50), (1 / 40, 40), (1 / 16, 16), (0.3, 10), (4, 10)])
def test_a_turn_holds_as_many_as_fit_into_it(share_of_a_turn: float, size: int) -> None:
    clock = Clock(TURN * share_of_a_turn)
    pace = Pace(10, 50, clock)
    assert pace.turn(clock.work) == 10
    assert pace.size == size


def test_it_grows_again_and_a_turn_without_work_changes_nothing() -> None:
    clock = Clock(TURN / 5)
    pace = Pace(2, 20, clock)
    pace.turn(clock.work)
    assert pace.turn(lambda _: 0) == 0 and pace.size == 5
    clock.seconds_each = TURN / 1000
    pace.turn(clock.work)
    assert pace.size == 20
