"""Failpoints: off they are nothing, armed they act once, and a name that is not there is refused."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailticket import failpoints
from mailticket.errors import ConfigError, Temporary

_REACHED = re.compile(r'failpoints\.reach\("([a-z_.]+)"\)')


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


def test_every_name_of_the_table_is_reached_at_one_place_of_the_code() -> None:
    module = Path(failpoints.__file__)
    sources = [one.read_text() for one in module.parent.rglob("*.py") if one != module]
    found = Counter(name for source in sources for name in _REACHED.findall(source))
    assert found == dict.fromkeys(failpoints.POINTS, 1)


def test_off_it_does_nothing_with_any_name() -> None:
    failpoints.arm("collect.stored:error")
    failpoints.arm("")
    for name in (*failpoints.POINTS, "a moment that there is not"):
        failpoints.reach(name)
    assert failpoints.reach is failpoints._off


def test_an_error_comes_at_the_nth_time_and_only_then() -> None:
    failpoints.arm("collect.stored:error:2")
    failpoints.reach("collect.stored")
    failpoints.reach("collect.found")
    with pytest.raises(Temporary, match=r"collect\.stored"):
        failpoints.reach("collect.stored")
    failpoints.reach("collect.stored")


@pytest.mark.parametrize("order", ["collect.stroed:kill", "tidy.noted", "tidy.noted:burn", "tidy.noted:kill:x"])
def test_what_is_not_understood_is_refused_with_what_is_allowed(order: str) -> None:
    with pytest.raises(ConfigError, match=r"name:kill\|stop\|error:nth"):
        failpoints.arm(order)


def test_kill_ends_the_process_as_kill_9_does() -> None:
    code = "from mailticket import failpoints as f; f.arm('tidy.noted:kill'); f.reach('tidy.noted'); print('lived')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL and not done.stdout
