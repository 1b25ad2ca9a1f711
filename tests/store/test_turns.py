"""Turns go in the order of asking, and none is lost."""

from __future__ import annotations

import threading

from mailticket.store.engine.turns import Turns


def _wait_in_line(turns: Turns, names: str, order: list[str]) -> list[threading.Thread]:
    """Threads that ask one after the other while the turn is somebody else's."""
    threads = []
    for name in names:

        def once(name: str = name) -> None:
            assert turns.take(10)
            order.append(name)
            turns.give()

        thread = threading.Thread(target=once)
        before = len(turns._waiting)
        thread.start()
        while len(turns._waiting) == before:
            threading.Event().wait(0.001)
        threads.append(thread)
    return threads


def test_who_waits_the_longest_is_next() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    threads = _wait_in_line(turns, "abc", order)
    turns.give()
    for one in threads:
        one.join(10)
    assert order == ["a", "b", "c"] and turns.take(0)


def test_who_asks_again_at_once_comes_after_those_who_wait() -> None:
    turns, order = Turns(), list[str]()
    assert turns.take(0)
    (thread,) = _wait_in_line(turns, "a", order)
    turns.give()
    assert turns.take(10)
    order.append("again")
    turns.give()
    thread.join(10)
    assert order == ["a", "again"]


def test_who_gives_up_is_passed_over() -> None:
    turns = Turns()
    assert turns.take(0) and not turns.take(0.01)
    turns.give()
    assert turns.take(0)
