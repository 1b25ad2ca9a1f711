"""Sending limits: never more than so many in any span, the last fifth for answers, no clock that freezes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.rate import Rate, Room, account_name, parse_rate
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("", None),
        ("25/min", Rate(25, MINUTE)),
        ("1/sec", Rate(1, timedelta(seconds=1))),
        ("10000/day", Rate(10000, timedelta(days=1))),
    ],
)
def test_rates_are_read(written: str, rate: Rate | None) -> None:
    assert parse_rate(written) == rate


@pytest.mark.parametrize("written", ["fast", "0/min", "-1/min", "5/week", "5", "5/min "])
def test_what_is_no_rate_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="25/min"):
        parse_rate(written)


@pytest.mark.parametrize("written", ["1/sec", "7/sec", "1/min", "25/min", "30/min", "100/hour"])
@pytest.mark.parametrize("pace", [0.0, 0.003, 0.11, 0.4])
def test_no_span_ever_holds_more_than_the_rate(written: str, pace: float) -> None:
    rate = parse_rate(written)
    assert rate is not None
    used: dict[int, int] = {}
    sent, now = [], NOW
    while len(sent) < rate.count * 4:
        if rate.room(used, now).answers:
            used = rate.counted(used, now)
            sent.append(now)
        now += rate.span * pace / rate.count if rate.room(used, now).answers else rate.span / 600
    later = zip(sent, sent[rate.count :], strict=False)
    assert all(second - first >= rate.span for first, second in later)
    assert sent[-1] - sent[0] < rate.span * 4.2  # and it is used
    assert len(used) <= 62


def test_the_last_fifth_is_for_answers() -> None:
    rate, used = Rate(25, MINUTE), {}
    assert rate.room(used, NOW) == Room(25, 20)
    for _ in range(20):
        used = rate.counted(used, NOW)
    assert rate.room(used, NOW) == Room(5, 0)
    assert rate.room(used, NOW + timedelta(seconds=62)) == Room(25, 20)


@pytest.mark.parametrize("days", [-400, -3, -1])
def test_a_clock_set_back_holds_the_mail_up_for_one_span_only(days: int) -> None:
    rate = Rate(2, MINUTE)
    used = rate.counted(rate.counted({}, NOW), NOW)
    now = NOW + timedelta(days=days)
    assert rate.room(used, now) == Room(0, 0)
    used = rate.counted(used, now)  # whatever is counted then
    assert rate.room(used, now + timedelta(seconds=62)) == Room(2, 2)


def test_an_account_is_who_signs_in_where() -> None:
    assert account_name("Support@x.example", "SMTP.x.example", 587) == "support@x.example@smtp.x.example:587"
    assert account_name("", "localhost", 25) == "localhost:25"
