"""A real Postfix that is stopped and started again: letters wait, go out afterwards, and none goes twice."""

from __future__ import annotations

import pytest

from mailticket.desk.deliver import deliver
from mailticket.domain.decision import SendKind
from mailticket.wire.smtp import Relay, SmtpSettings
from mailticket.wire.smtp_replies import RelayError
from tests.desk.house import House
from tests.servers.postfix import Postfix
from tests.servers.smtp_sink import SmtpSink


def test_letters_wait_while_postfix_is_stopped_and_go_out_once_when_it_is_back(
    house: House, postfix: Postfix, smtp_sink: SmtpSink
) -> None:
    with Relay(SmtpSettings(postfix.host, postfix.port, "none", helo="desk.example.com")) as relay:
        first = house.post()
        deliver(house.office, house.service, relay)
        smtp_sink.wait_for(1, 90)  # stopped in the middle of handing it on, Postfix itself would do so once more
        postfix.stop()  # the connection to it is kept, and dies
        rest = [house.post(kind) for kind in SendKind]
        for _ in range(3):
            house.clock.forward(minutes=1)
            with pytest.raises(RelayError):
                deliver(house.office, house.service, relay)
        assert [(house.outbox(id).state, house.outbox(id).attempts) for id in rest] == [("queued", 0)] * len(rest)
        postfix.start()
        house.clock.forward(hours=1)
        while deliver(house.office, house.service, relay):
            pass
    ids = [first, *rest]
    assert [(house.outbox(id).state, house.outbox(id).attempts) for id in ids] == [("sent", 1)] * len(ids)
    taken = [str(one.message["Message-ID"]) for one in smtp_sink.wait_for(len(ids), 90)]
    assert sorted(taken) == sorted(house.outbox(id).message_id for id in ids)
