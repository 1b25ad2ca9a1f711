"""kill -9 on the real road: every failpoint three times, system calls, moments; the oracle finds nothing broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailticket.failpoints import ROAD
from tests.road.desk import Desk
from tests.road.hatchery import Hatchery
from tests.road.kills import AtFailpoint, AtMoment, AtSystemCall, why_no_strace
from tests.road.siege import Kill, Siege

pytestmark = pytest.mark.timeout(600)

_INBOUND = [name for name in ROAD if name.startswith(("collect.", "blobs.", "receive."))]
_OUTBOUND = [name for name in ROAD if name not in _INBOUND]
#: Those that a database of another kind could make a difference to.
_TRANSACTIONS = [
    "collect.written", "collect.committed", "receive.claimed", "receive.settled", "receive.committed",
    "assign.applied", "deliver.claimed", "deliver.final_dot", "smtp.dot_sent", "deliver.recorded",
]  # fmt: skip


@pytest.fixture
def besieged(idle_desk: Desk, hatchery: Hatchery) -> Callable[..., Siege]:
    """`besieged(database=...)`: a siege that has begun."""

    def begun(database: str = "sqlite") -> Siege:
        idle_desk.database = database
        siege = Siege(idle_desk, hatchery)
        siege.begin()
        return siege

    return begun


def survived(siege: Siege, kills: list[Kill]) -> None:
    """All of them were carried out, and nothing was lost, doubled or left behind."""
    siege.random.shuffle(kills)
    for kill in kills:
        siege.round(kill)
    siege.settle()
    assert not siege.violations, "\n".join(siege.violations)


@pytest.mark.parametrize("points", [_INBOUND, _OUTBOUND], ids=["inbound", "outbound"])
def test_killed_three_times_at_every_step_nothing_is_lost_or_doubled(
    besieged: Callable[..., Siege], points: list[str]
) -> None:
    siege = besieged()
    survived(siege, [AtFailpoint(point) for point in points] * 3)
    assert siege.kills == dict.fromkeys(points, 3) and not siege.spared


def test_the_same_holds_on_postgresql(besieged: Callable[..., Siege], postgres_url: str) -> None:
    siege = besieged(database=postgres_url)
    survived(siege, [AtFailpoint(point) for point in _TRANSACTIONS])
    assert siege.kills == dict.fromkeys(_TRANSACTIONS, 1) and not siege.spared


def test_killed_at_the_nth_system_call_nothing_is_lost_or_doubled(
    besieged: Callable[..., Siege], tmp_path: Path
) -> None:
    if why := why_no_strace(tmp_path):
        pytest.skip(f"strace may not trace here: {why}")
    siege = besieged()
    survived(siege, [AtSystemCall(nth) for nth in range(3, 240, 12)])
    assert siege.kills.total() > 10


def test_the_running_daemon_killed_at_any_moment_loses_and_doubles_nothing(besieged: Callable[..., Siege]) -> None:
    siege = besieged()
    survived(siege, [AtMoment(tenths / 10) for tenths in range(1, 16, 2)])
    assert siege.kills.total() == 8


def test_the_oracle_sees_what_is_lost_doubled_leaked_and_touched(besieged: Callable[..., Siege]) -> None:
    siege = besieged()
    siege.round(AtFailpoint("receive.claimed"))  # no letter is under way: an acknowledgement could be given up
    siege.settle()
    assert not siege.violations
    (mail,) = siege.oracle.injected.values()
    mail.uids.append(max(mail.uids) + 1)
    taken = siege.desk.sink.mails
    taken += [replace(one, data=one.data + b"\r\nCANARY") for one in taken]
    siege.oracle.decoys[min(siege.oracle.decoys)] = frozenset([rb"\Seen"])
    assert {one.partition(":")[0] for one in siege.oracle.at_rest()} == {"J1", "J3", "J4", "J5", "J6", "J8"}
