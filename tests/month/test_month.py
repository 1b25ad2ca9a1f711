"""A month with few cases keeps every promise. `make month` plays 2,000, with several seeds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mailticket.domain.case import Status
from tests.month.play import played
from tests.month.promises import broken

CASES = 60
#: A month in which one of these never happened would prove little.
HAPPENS = (
    "absences", "assigned", "swept", "idle", "full", "mails", "by mail", "Answer", "SetStatus", "Escalate", "AddNote",
    "AddTime",
)  # fmt: skip


@pytest.mark.timeout(900)
def test_a_month_of_a_desk_keeps_its_promises(tmp_path: Path) -> None:
    month = played(tmp_path, CASES, 4711)
    assert broken(month.log) == {}
    assert all(month.seen[one] for one in HAPPENS), month.seen
    ended = Counter(one.after.status for one in month.log.changes)
    assert ended[Status.CLOSED] and ended[Status.ESCALATED] and ended[Status.PENDING] and ended[Status.REOPENED]
    assert any(one.after.waiting_since for one in month.log.changes) and len(month.log.by_case()) >= CASES
