"""Moments as people write them, in the desk's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mailticket.domain.times.moments import parse_day, parse_moment
from tests.builders import NOW

BERLIN = "Europe/Berlin"


def at(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("3d", at(2026, 7, 18, 9, 30)),
        ("1h30m", at(2026, 7, 15, 11, 0)),
        (" 2W ", at(2026, 7, 29, 9, 30)),
        ("tomorrow", at(2026, 7, 16, 6, 0)),
        ("friday", at(2026, 7, 17, 6, 0)),
        ("Fri", at(2026, 7, 17, 6, 0)),
        ("tues", at(2026, 7, 21, 6, 0)),
        ("wednesday", at(2026, 7, 22, 6, 0)),  # today is a Wednesday: never today
        ("2026-12-01", at(2026, 12, 1, 7, 0)),
        ("2026-07-15 12:00", at(2026, 7, 15, 10, 0)),
        ("2026-07-15T12:00", at(2026, 7, 15, 10, 0)),
    ],
)
def test_moments_are_read_in_the_desks_time_zone(written: str, moment: datetime) -> None:
    assert parse_moment(written, NOW, BERLIN) == moment


@pytest.mark.parametrize(
    ("now", "written", "moment"),
    [
        (at(2026, 10, 24, 10, 0), "tomorrow", at(2026, 10, 25, 7, 0)),  # winter time begins that night
        (at(2026, 3, 28, 10, 0), "tomorrow", at(2026, 3, 29, 6, 0)),  # summer time begins that night
        (at(2026, 3, 28, 10, 0), "24h", at(2026, 3, 29, 10, 0)),
        (at(2026, 3, 1, 10, 0), "2026-03-29 02:30", at(2026, 3, 29, 1, 30)),  # an hour that there is not
        (at(2026, 7, 15, 22, 30), "thursday", at(2026, 7, 23, 6, 0)),  # in Berlin it is Thursday already
        (at(2026, 12, 31, 10, 0), "tomorrow", at(2027, 1, 1, 7, 0)),
    ],
)
def test_daylight_saving_and_midnight_are_the_zones_own(now: datetime, written: str, moment: datetime) -> None:
    assert parse_moment(written, now, BERLIN) == moment


@pytest.mark.parametrize(
    "tomorrow",
    (
        "tomorrow",
        "morgen",
        "demain",
        "mañana",
        "manana",
        "domani",
        "jutro",
        "imorgon",
        "i morgon",
        "Thursday",
        "Do",
        "Donnerstag",
        "jeudi",
        "jueves",
        "giovedì",
        "giovedi",
        "donderdag",
        "czwartek",
        "torsdag",
        "thurs.",
        "jeu.",
        "nächsten Donnerstag",
        "next thursday",
        "16.7.",
        "16.07.26",
        "16. Juli",
        "July 16",
        "16 lipca",
        "16/07/2026",
        "le 16 juillet 2026",
        "16 de julio",
        "16 luglio",
        "16 juli",
        "tomorrow 8:00",
        "do 8 uhr",
        "på torsdag",
        "8am",
    ),
)
def test_days_are_understood_in_eight_languages(tomorrow: str) -> None:
    assert parse_moment(tomorrow, at(2026, 7, 15, 20, 0), BERLIN) == at(2026, 7, 16, 6, 0)


@pytest.mark.parametrize(
    "span",
    (
        "3d",
        "3 days",
        "in 3 days",
        "3 Tage",
        "3 jours",
        "3 días",
        "3 giorni",
        "3 dagen",
        "3 dni",
        "3 dagar",
        "72 hours",
        "72 Stunden",
        "72 heures",
        "72 godziny",
        "2 days 24 hours",
        "om 3 dagen",
        "in 3 Tagen",
    ),
)
def test_spans_are_understood_in_eight_languages(span: str) -> None:
    assert parse_moment(span, NOW, BERLIN) == at(2026, 7, 18, 9, 30)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("friday 14:00", at(2026, 7, 17, 12, 0)),
        ("Freitag um 14 Uhr", at(2026, 7, 17, 12, 0)),
        ("vendredi 14h30", at(2026, 7, 17, 12, 30)),
        ("fredag kl 14", at(2026, 7, 17, 12, 0)),
        ("2pm", at(2026, 7, 15, 12, 0)),
        ("today", at(2026, 7, 15, 15, 0)),
        ("9:00", at(2026, 7, 16, 7, 0)),  # it is 11:30 there already
        ("übermorgen", at(2026, 7, 17, 6, 0)),
        ("1.3.", at(2027, 3, 1, 7, 0)),  # the next one
        ("12/24/2026", at(2026, 12, 24, 7, 0)),
    ],
)
def test_a_day_may_have_an_hour_and_a_date_no_year(written: str, moment: datetime) -> None:
    assert parse_moment(written, NOW, BERLIN) == moment


@pytest.mark.parametrize("written", ["0s", "2026-07-14", "2026-07-15 11:29", "0001-01-01"])
def test_the_past_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is in the past"):
        parse_moment(written, NOW, BERLIN)


@pytest.mark.parametrize(
    "written",
    ["", "f", "mi th", "soon", "someday", "2026-13-01", "2026-02-30", "2026-07-16 25:00", "5ſ", "01/02/2026", "3 dogs"],
)
def test_what_is_no_time_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match='is not a time; write for example "3d", "friday" or "2026-07-22"'):
        parse_moment(written, NOW, BERLIN)


@pytest.mark.parametrize(("written", "zone"), [("9999-12-31 23:59", "America/New_York"), ("999999w", "UTC")])
def test_a_moment_after_the_end_of_the_calendar_is_no_time(written: str, zone: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_moment(written, NOW, zone)


def test_a_day_of_a_custom_field_may_be_past() -> None:
    assert parse_day("24.12.2020", NOW, BERLIN) == date(2020, 12, 24)
    assert parse_day("tomorrow", NOW, BERLIN) == date(2026, 7, 16)
    with pytest.raises(ValueError, match="is not a day"):
        parse_day("soon", NOW, BERLIN)
