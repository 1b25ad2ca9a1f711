"""The power goes at the worst moments: what the mail server was told is true is on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.road.desk import Desk
from tests.road.hatchery import Hatchery
from tests.road.kills import AtFailpoint
from tests.road.power import Disk, PowerCut, why_no_disk
from tests.road.siege import Siege

pytestmark = pytest.mark.timeout(300)

_MOMENTS = ["blobs.renamed", "imap.moved", "tidy.noted", "receive.committed", "smtp.dot_sent", "deliver.recorded"]


def test_a_power_cut_after_the_server_was_changed_loses_and_doubles_nothing(
    idle_desk: Desk, hatchery: Hatchery, tmp_path: Path
) -> None:
    if why := why_no_disk(tmp_path):
        pytest.skip(f"no disk to cut the power of: {why}")
    disk = Disk(tmp_path, tmp_path / "data")
    disk.plug_in()
    try:
        siege = Siege(idle_desk, hatchery)
        siege.begin()
        for point in _MOMENTS:
            siege.round(PowerCut(AtFailpoint(point), disk))
        siege.settle()
        assert not siege.violations, "\n".join(siege.violations)
        assert siege.kills.total() == len(_MOMENTS)
    finally:
        disk.unplug()
