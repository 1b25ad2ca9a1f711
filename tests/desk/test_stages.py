"""Verbs side by side: work flows on while the verb before it is busy, and nothing is left at the end."""

from __future__ import annotations

import queue
import threading

import pytest

from mailticket.desk.running.stages import Line
from mailticket.errors import LeftOver, Temporary


class Belt:
    """What one stage hands to the next."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[int] = queue.SimpleQueue()

    def take(self) -> int | None:
        try:
            return self.items.get_nowait()
        except queue.Empty:
            return None


def test_what_came_last_is_still_carried_to_the_end() -> None:
    line, belt, out = Line(), Belt(), []
    left = iter(range(100))

    def bring() -> int:
        one = next(left, None)
        if one is not None:
            belt.items.put(one)
            line.wake("carry")
        return 0 if one is None else 1

    def carry() -> int:
        one = belt.take()
        if one is not None:
            out.append(one)
        return 0 if one is None else 1

    line.stage("carry", carry, after=[line.stage("bring", bring)])
    assert line.run() == []
    assert out == list(range(100))


def test_a_stage_that_waits_begins_when_those_before_it_have_ended() -> None:
    line, left, seen = Line(), iter(range(3)), []

    def bring() -> int:
        line.wake("tidy")
        return 0 if next(left, None) is None else 1

    def tidy() -> int:
        seen.append(next(left, "nothing is left"))
        return 0

    line.stage("tidy", tidy, after=[line.stage("bring", bring)], waits=True)
    assert line.run() == []
    assert seen == ["nothing is left"]


def test_stages_run_at_the_same_time() -> None:
    line, meeting = Line(), threading.Barrier(2, timeout=10)
    turns = {"first": iter([1]), "second": iter([1])}

    def meet(name: str) -> int:
        done = next(turns[name], 0)
        if done:
            meeting.wait()
        return done

    first = line.stage("first", lambda: meet("first"))
    line.stage("second", lambda: meet("second"), after=[first])
    assert line.run() == []


def test_the_trouble_of_one_stage_is_told_and_stops_no_other() -> None:
    line, done = Line(), []

    def fail() -> int:
        raise Temporary("The mailbox is away.", "Try again.")

    broken = line.stage("collect support", fail)
    line.stage("receive", lambda: done.append(1) or 0, after=[broken])
    assert line.run() == ["collect support: The mailbox is away. Try again."]
    assert done


def test_a_fault_of_ours_is_raised_when_the_others_have_ended() -> None:
    line, done = Line(), []

    def break_down() -> int:
        raise ZeroDivisionError

    broken = line.stage("receive", break_down)
    line.stage("assign", lambda: done.append(1) or 0, after=[broken])
    with pytest.raises(ZeroDivisionError):
        line.run()
    assert done


def test_what_is_left_over_is_told_and_what_comes_later_is_still_done() -> None:
    line, begun, done = Line(), threading.Event(), []

    def bring() -> int:
        assert begun.wait(10)
        return 0

    def break_at_one() -> int:
        done.append(1)
        begun.set()
        raise LeftOver("Case X waits.")

    line.stage("assign", break_at_one, after=[line.stage("receive", bring)])
    assert line.run() == ["assign: Case X waits."]
    assert len(done) > 1
