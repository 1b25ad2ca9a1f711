"""The canary: out by the own relay, back by the own mailbox, measured, missed when lost, and without a trace."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes

import pytest

from mailticket.config.models import Canary
from mailticket.desk.watching.canary import forget_canaries, send_canaries
from mailticket.desk.watching.watch import look
from mailticket.health import Sample, Wrong
from mailticket.store import folders, outbox_claims
from tests.cast import SUPPORT, config, service
from tests.desk.house import House
from tests.store.rows import taken_by_relay


@pytest.fixture
def flying(each_house: House) -> House:
    """A house whose service mails itself every hour."""
    each_house.with_config(config(service(canary=Canary(every=timedelta(hours=1)))))
    return each_house


def sent(house: House) -> bytes:
    """The newest canary, handed to the relay."""
    assert send_canaries(house.office) == 1
    item = house.letters("canary")[-1]
    house.in_store(lambda: outbox_claims.claim("support", "this:1:1", house.clock()))
    house.in_store(lambda: taken_by_relay(item.id, "this:1:1", "250 ok", house.clock()))
    return house.bytes_of(item)


def lost(house: House) -> bool:
    return "canary-lost:support" in {one.key for one in look(house.office) if isinstance(one, Wrong)}


def test_it_goes_to_the_service_itself_once_an_hour(flying: House) -> None:
    mail = message_from_bytes(sent(flying))
    assert (mail["To"], mail["Auto-Submitted"]) == (SUPPORT, "auto-generated")
    counts = []
    for minutes in (0, 59, 1):
        flying.clock.forward(minutes=minutes)
        counts.append(send_canaries(flying.office))
    assert counts == [0, 0, 1]


def test_none_is_sent_while_one_has_not_left(flying: House) -> None:
    send_canaries(flying.office)
    flying.clock.forward(hours=5)
    assert send_canaries(flying.office) == 0


def test_what_comes_back_is_no_case_and_leaves_the_server(flying: House) -> None:
    (row,) = flying.take_in(sent(flying))
    assert (row.outcome, flying.cases()) == ("canary", [])
    (todo,) = flying.in_store(lambda: folders.server_todo("imap:support/INBOX", 7))
    assert todo.action == "delete" and len(flying.letters()) == 1


def test_a_relay_that_gives_it_another_message_id_fools_nobody(flying: House) -> None:
    mail = message_from_bytes(sent(flying))
    mail.replace_header("Message-ID", "<new@relay.example>")
    del mail["X-MailTicket-Loop"]
    assert [one.outcome for one in flying.take_in(mail.as_bytes())] == ["canary"]


def test_a_forged_one_is_no_canary(flying: House) -> None:
    forged = b"From: x@y.example\r\nTo: support@example.com\r\nX-MailTicket-Canary: 12.abcd\r\n\r\nHello\r\n"
    assert [one.outcome for one in flying.take_in(forged)] == ["opened"]


def test_the_way_is_measured(flying: House) -> None:
    mail = sent(flying)
    flying.clock.forward(seconds=42)
    flying.take_in(mail)
    took = [one.value for one in look(flying.office) if isinstance(one, Sample) and "canary" in one.name]
    assert took == [42.0]


def test_one_that_does_not_come_back_is_missed_until_one_does(flying: House) -> None:
    sent(flying)
    flying.clock.forward(minutes=15)
    early = lost(flying)
    flying.clock.forward(minutes=2)
    late = lost(flying)
    flying.clock.forward(hours=1)
    flying.take_in(sent(flying))
    flying.clock.forward(minutes=20)
    assert (early, late, lost(flying)) == (False, True, False)


def test_after_a_week_no_trace_is_left(flying: House) -> None:
    flying.take_in(sent(flying))
    assert forget_canaries(flying.office) == 0
    flying.clock.forward(days=8)
    assert forget_canaries(flying.office) == 2
    assert flying.letters("canary") == [] and forget_canaries(flying.office) == 0


def test_without_the_key_nothing_is_sent(house: House) -> None:
    assert send_canaries(house.office) == 0 and not lost(house)
