"""Turns go to short holders first and in the order of asking otherwise; none is lost, and nobody waits for ever."""

from __future__ import annotations

import threading

from mailticket.store.engine.turns import MOST_BEFORE, SHORT, Turns


def _asks(turns: Turns, name: str, order: list[str], held: float | None = None) -> threading.Thread:
    """A thread that asks while the turn is somebody else's; it held the turn for so long (seconds) the last time."""

    def once() -> None:
        if held is not None:
            turns._mine.held = held
        assert turns.take(10)
        order.append(name)
        turns.give()

    thread = threading.Thread(target=once)
    before = len(turns._waiting)
    thread.start()
    while len(turns._waiting) == before:
        threading.Event().wait(0.001)
    return thread


def test_who_waits_the_longest_is_next() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    threads = [_asks(turns, name, order) for name in "abc"]
    turns.give()
    for one in threads:
        one.join(10)
    assert order == ["a", "b", "c"] and turns.take(0)


def test_who_asks_again_at_once_comes_after_those_who_wait() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    thread = _asks(turns, "a", order)
    turns.give()
    assert turns.take(10)
    order.append("again")
    turns.give()
    thread.join(10)
    assert order == ["a", "again"]


def test_short_holders_go_before_long_ones_but_only_so_many() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    threads = [_asks(turns, name, order, held=SHORT * 2) for name in ("long", "longer")]
    threads += [_asks(turns, f"short {number}", order, held=0.0) for number in range(MOST_BEFORE + 1)]
    turns.give()
    for one in threads:
        one.join(10)
    short = [f"short {number}" for number in range(MOST_BEFORE + 1)]
    assert order == [*short[:-1], "long", "longer", short[-1]]


def test_who_gives_up_is_passed_over() -> None:
    turns = Turns()
    assert turns.take(0) and not turns.take(0.01)
    turns.give()
    assert turns.take(0)
