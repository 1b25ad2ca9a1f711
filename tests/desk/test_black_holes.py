"""A mailbox whose line falls silent, at each moment: the collector leaves it after its timeout and makes it good."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailticket.config.models import Imap, Smtp
from mailticket.workers import collector as collector_module
from mailticket.workers.collector import Collector
from tests import cast
from tests.desk.house import House
from tests.desk.turning import mails, settle, stored
from tests.servers.fault_proxy import Fault, FaultProxy
from tests.servers.scripted_mailbox import ScriptedMailbox

#: What the client has said when nothing passes any more; the first is: nothing, not even the server's greeting.
MOMENTS = [b"", b"CAPABILITY", b"AUTHENTICATE", b"SELECT", b"SEARCH", b"BODY.PEEK[]", b"MOVE", b"IDLE\r\n"]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize("said", MOMENTS)
def test_a_line_that_falls_silent_is_left_and_the_mail_behind_it_comes_in(
    house: House, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    real = collector_module.imap_settings
    monkeypatch.setattr(collector_module, "imap_settings", lambda *given: replace(real(*given), timeout=0.5))
    first, second = mails(2)
    with ScriptedMailbox(first) as server, FaultProxy(server.port, Fault("black_hole", said)) as proxy:
        imap = Imap.model_validate(
            {"host": "127.0.0.1", "port": proxy.port, "security": "none", "username": "u", "password": "p"}
        )
        smtp = Smtp(host="127.0.0.1", port=9, security="none")
        service = cast.service(imap=imap, smtp=smtp, first_run="process", poll="1s")
        house.with_config(cast.config(service))
        collector = Collector(lambda: house.office, "support")
        collector.start()
        try:
            until(lambda: settle(house) or proxy.struck.is_set())
            server.append(second)
            until(lambda: settle(house) or len(server.processed) == 2)
        finally:
            collector.stop()
            collector.join(20)
    assert sorted(stored(house)) == sorted(server.processed) == sorted([first, second])
    assert proxy.connections >= 2 and not collector.is_alive()
