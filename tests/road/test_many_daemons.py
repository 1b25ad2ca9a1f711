"""The short form of `python -m tests.road.many_daemons`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.road.many_daemons import Plan, prove
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.smtp_sink import SmtpSink


@pytest.mark.timeout(300)
def test_three_daemons_that_are_killed_and_stopped_lose_and_double_nothing(
    postgres: Postgres, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    plan = Plan(daemons=3, mails=48, seed=5, faults=4, pause=(1.5, 3.5), patience=240)
    result = prove(plan, postgres, dovecot, smtp_sink, tmp_path)
    assert result.wrong == []
    assert result.kills and result.stops and result.reckoning.answers == 48
