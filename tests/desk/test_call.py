"""Webhook calls: made once, tried again for a day, and another process's word counts after a lease ran out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mailticket.config.models import Desk
from mailticket.desk.call import call
from mailticket.errors import Permanent, Temporary
from mailticket.store.operation import calls
from mailticket.store.tables.watch_tables import WebhookCall
from tests.cast import config
from tests.desk.house import House

HOOK = "https://alerts.example.org/mailticket"


def queued(house: House, target: str = calls.ALARM_WEBHOOK) -> None:
    house.with_config(config(mailticket=Desk(alarm_webhook=HOOK)))
    house.in_store(lambda: calls.post("alarm:1", target, '{"a": 1}', house.clock()))


def state(house: House) -> Any:
    return house.in_store(lambda: next(iter(WebhookCall.select(WebhookCall.state, WebhookCall.error).tuples())))


class Receiver:
    """The other side: raises the errors that it was given, one a call, then takes everything."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.got: list[tuple[str, str, bytes]] = []

    def __call__(self, url: str, key: str, body: bytes, _now: datetime) -> int:
        self.got.append((url, key, body))
        if self.errors:
            raise self.errors.pop(0)
        return 200


def test_it_is_posted_once_to_the_address_in_force(each_house: House) -> None:
    receiver = Receiver()
    queued(each_house)
    assert (call(each_house.office, post=receiver), call(each_house.office, post=receiver)) == (1, 0)
    assert receiver.got == [(HOOK, "alarm:1", b'{"a": 1}')] and state(each_house)[0] == "done"


def test_a_key_is_posted_once_for_ever(house: House) -> None:
    queued(house)
    assert house.in_store(lambda: calls.post("alarm:1", HOOK, "again", house.clock())) is False


def test_what_fails_is_tried_again_later(house: House) -> None:
    receiver = Receiver(Temporary("down"), Temporary("down"))
    queued(house)
    for seconds, tries in ((0, 1), (9, 1), (2, 2), (58, 2), (3, 3)):
        house.clock.forward(seconds=seconds)
        call(house.office, post=receiver)
        assert len(receiver.got) == tries
    assert state(house)[0] == "done"


@pytest.mark.parametrize(("error", "hours", "ends"), [(Permanent("no"), 0, "failed"), (Temporary("no"), 25, "failed")])
def test_what_can_never_work_and_what_is_too_old_ends(house: House, error: Exception, hours: int, ends: str) -> None:
    queued(house)
    house.clock.forward(hours=hours)
    call(house.office, post=Receiver(error))
    assert state(house) == (ends, "no")


def test_an_address_that_left_the_config_ends_its_calls(house: House) -> None:
    queued(house)
    house.with_config(config())
    call(house.office, post=Receiver())
    assert state(house)[0] == "failed"


def test_a_call_whose_process_died_is_made_by_another_whose_word_counts(house: House) -> None:
    queued(house)
    lost = house.in_store(lambda: calls.claim("dead", house.clock()))
    assert call(house.office, post=Receiver()) == 0
    house.clock.forward(minutes=3)
    assert call(house.office, post=Receiver()) == 1
    house.in_store(lambda: calls.failed(lost.id, "dead", "late", house.clock()))
    assert state(house)[0] == "done"
