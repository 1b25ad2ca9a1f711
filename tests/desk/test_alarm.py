"""Alarms are rows first: told in rounds inside a budget, by another relay than the broken one, lost by no crash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailticket.config.models import Desk, Smtp
from mailticket.desk.decided import alarm
from mailticket.desk.decided.alarm import BRISK_ROUNDS, ring, tell
from mailticket.domain.alarms import KINDS
from mailticket.domain.decision import Alarm
from mailticket.store.operation import calls
from tests.cast import config, service
from tests.desk.house import House

ADMIN = "root@example.com"
HOOK = "https://alerts.example.org/mailticket"


@pytest.fixture
def alarmed(house: House) -> House:
    """The house has one admin and a webhook."""
    house.with_config(config(mailticket=Desk(admins=(ADMIN,), alarm_webhook=HOOK)))
    return house


def rung(house: House, key: str = "disk-low:data", text: str = "12 MB are left.") -> None:
    house.in_store(lambda: ring(house.office, house.service, Alarm(key, text)))


def told(house: House, *keys: str) -> int:
    """The number of letters once these have rung and the admins are told."""
    for key in keys:
        rung(house, key)
    tell(house.office)
    return len(house.letters("alarm"))


def hooked(house: House) -> list[dict[str, Any]]:
    """The bodies of the webhook calls that wait."""
    found = []
    with house.office.connected():
        while one := calls.claim("test", house.clock()):
            found.append(json.loads(one.body))
    return found


def test_an_alarm_says_what_happened_whose_fault_it_is_and_what_to_do(alarmed: House) -> None:
    rung(alarmed)
    assert tell(alarmed.office) == 1
    sent = alarmed.as_sent(alarmed.letter("alarm"))
    assert (sent["To"], sent["Auto-Submitted"]) == (ADMIN, "auto-generated")
    words = " ".join(alarmed.bytes_of(alarmed.letter("alarm")).decode().split())
    for said in ("12 MB are left.", KINDS["disk-low"].whose, KINDS["disk-low"].fix):
        assert said in words


def test_the_webhook_gets_the_same_as_json(alarmed: House) -> None:
    told(alarmed, "disk-low:data")
    (body,) = hooked(alarmed)
    assert body["type"] == "mailticket.alarm" and "12 MB are left." in body["text"]
    assert [(one["key"], one["times"]) for one in body["alarms"]] == [("disk-low:data", 1)]


@pytest.mark.parametrize(("minutes", "letters"), [(0, 1), (59, 1), (61, 2)])
def test_one_trouble_is_told_once_an_hour(alarmed: House, minutes: int, letters: int) -> None:
    told(alarmed, "disk-low:data")
    alarmed.clock.forward(minutes=minutes)
    assert told(alarmed, "disk-low:data") == letters


def test_what_rang_meanwhile_is_counted_and_told_when_its_hour_is_over(alarmed: House) -> None:
    told(alarmed, "disk-low:data", "disk-low:data")
    assert told(alarmed, "disk-low:data", "disk-low:data", "disk-low:data") == 1
    alarmed.clock.forward(minutes=61)
    assert tell(alarmed.office) == 1
    assert [body["alarms"][0]["times"] for body in hooked(alarmed)] == [2, 3]


def test_many_at_once_are_one_letter_that_counts_those_it_does_not_name(alarmed: House) -> None:
    assert told(alarmed, *(f"imap-down:service {number}" for number in range(22))) == 1
    (body,) = hooked(alarmed)
    assert (len(body["alarms"]), body["more"]) == (10, 12) and body["text"].endswith("and 12 more")
    assert "And 12 more" in alarmed.bytes_of(alarmed.letter("alarm")).decode()


def test_a_new_trouble_every_minute_costs_a_few_dozen_letters_a_day_and_none_is_lost(alarmed: House) -> None:
    alarms = 0
    for minute in range(24 * 60):
        rung(alarmed, f"flood:{minute}@elsewhere.example")
        alarms += tell(alarmed.office)
        alarmed.clock.forward(minutes=1)
    assert BRISK_ROUNDS < len(alarmed.letters("alarm")) <= BRISK_ROUNDS + 24
    alarmed.clock.forward(hours=1)
    assert alarms + tell(alarmed.office) == 24 * 60


def test_a_broken_relay_is_not_asked_to_carry_its_own_alarm(house: House) -> None:
    other = service(name="sales", address="sales@example.com", smtp=Smtp(host="other.example"))
    house.with_config(config(service=(house.service, other), mailticket=Desk(admins=(ADMIN,))))
    for key, carrier in (("disk-low:x", "support"), ("smtp-down:support", "sales"), ("shunted:support", "sales")):
        rung(house, key)
        tell(house.office)
        assert house.letters("alarm")[-1].service == carrier, key
        house.clock.forward(minutes=2)


def test_with_one_relay_the_letter_waits_for_it_and_the_webhook_goes(alarmed: House) -> None:
    assert told(alarmed, "smtp-down:support") == 1
    assert len(hooked(alarmed)) == 1


def test_killed_while_telling_it_is_told_again_and_once(alarmed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    rung(alarmed)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(alarm.calls, "post", dies)
        tell(alarmed.office)
    assert alarmed.letters("alarm") == []
    assert (tell(alarmed.office), tell(alarmed.office)) == (1, 0)
    assert len(alarmed.letters("alarm")) == len(hooked(alarmed)) == 1


def test_without_admins_and_webhook_it_is_in_the_log_alone(house: House, caplog: pytest.LogCaptureFixture) -> None:
    assert told(house, "disk-low:data") == 0
    assert "ALARM disk-low:data: 12 MB are left." in caplog.text


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_is_told_in_whole_sentences(key: str) -> None:
    kind = KINDS[key]
    assert ":" not in key and not kind.title.endswith(".")
    assert kind.whose.endswith(".") and kind.fix.endswith(".") and kind.title[0].isupper()
