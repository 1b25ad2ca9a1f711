"""The timetable: what it runs, how often, and that a failure ends nothing."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from mailticket import jobs
from mailticket.jobs import Job, Timetable


def watched() -> None:
    """Looks at nothing."""


def until(true: Any, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain"
        time.sleep(0.02)


def sweeping(monkeypatch: pytest.MonkeyPatch, do: Callable[[Any], object]) -> None:
    """There is little to do, and that often: to sweep, which is `do`, and to wake who assigns."""
    often = timedelta(seconds=0.1)
    assign = replace(jobs.JOBS["assign"], every=often, first=often)
    monkeypatch.setattr(jobs, "JOBS", {"sweep": Job(do, often), "assign": assign})


def an_office(**values: Any) -> Any:
    """An office with a database that is nobody else's."""
    plain = {"wake": str, "store": SimpleNamespace(is_postgres=False), "connected": nullcontext}
    return SimpleNamespace(**plain | values)


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The offices that were swept."""
    offices: list[Any] = []
    sweeping(monkeypatch, offices.append)
    return offices


def test_it_sweeps_at_once_and_wakes_the_assigner_again_and_again(swept: list[Any]) -> None:
    woken: list[str] = []
    timetable = Timetable(lambda: an_office(wake=woken.append), watched)
    timetable.start()
    until(lambda: len(swept) > 1 and len(woken) > 1)
    timetable.stop()
    assert set(woken) == {"assign"}


def test_each_turn_sees_the_office_that_is_in_force(swept: list[Any]) -> None:
    in_force = [an_office(name="before")]
    timetable = Timetable(lambda: in_force[-1], watched)
    timetable.start()
    until(lambda: swept)
    in_force.append(an_office(name="reloaded"))
    until(lambda: swept[-1].name == "reloaded")
    timetable.stop()
    assert [name for name, _ in itertools.groupby(one.name for one in swept)] == ["before", "reloaded"]


def test_what_fails_is_told_and_done_again_at_the_next_turn(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def fails(_office: object) -> None:
        calls.append(1)
        raise ZeroDivisionError("our fault")

    sweeping(monkeypatch, fails)
    timetable = Timetable(lambda: an_office(), watched)
    timetable.start()
    until(lambda: len(calls) > 1)
    timetable.stop()
    assert "sweep failed and is tried again at its next turn: our fault" in caplog.text


def test_stopping_waits_for_what_is_under_way_and_starts_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    began, done = threading.Event(), []

    def slow(_office: object) -> None:
        began.set()
        time.sleep(0.3)
        done.append(1)

    sweeping(monkeypatch, slow)
    timetable = Timetable(lambda: an_office(), watched)
    timetable.start()
    assert began.wait(5)
    timetable.stop()
    count = len(done)
    assert count >= 1
    time.sleep(0.3)
    assert len(done) == count


def test_what_is_not_everyones_is_done_by_who_has_the_clock_alone(
    swept: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "hold_on", lambda *_: SimpleNamespace(take=lambda: False))
    woken: list[str] = []
    timetable = Timetable(lambda: an_office(wake=woken.append), watched)
    timetable.start()
    until(lambda: len(woken) > 1)
    timetable.stop()
    assert not swept
