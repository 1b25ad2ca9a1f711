"""Lengths of time and sizes as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.times.spans import parse_size, parse_span, shown_size, shown_span


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("60s", 60),
        ("15m", 900),
        ("1h30m", 5400),
        ("14d", 14 * 86400),
        ("2W", 14 * 86400),
        ("1.5h", 5400),
        (" 3 d ", 3 * 86400),
        ("0s", 0),
    ],
)
def test_spans_are_read(written: str, seconds: int) -> None:
    assert parse_span(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "5", "d", "3 days", "-1d", "1d1", "5ſ", "1e9s", "٣d", "9999999d"])
def test_what_is_no_span_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse_span(written)


@pytest.mark.parametrize(
    ("written", "size"), [("35MB", 35_000_000), ("800 kb", 800_000), ("12", 12), ("1GB", 10**9), ("7B", 7)]
)
def test_sizes_are_read(written: str, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["", "MB", "-1MB", "1.5MB", "1TB", "3\u212aB"])
def test_what_is_no_size_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse_size(written)


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (812, "812 bytes"), (34_000, "34 KB"), (2_100_000, "2.1 MB")]
)
def test_sizes_are_shown_for_people(size: int, shown: str) -> None:
    assert shown_size(size) == shown


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(days=3, hours=4, minutes=5), "3 days 4 hours"),
        (timedelta(days=1, minutes=25), "1 day 25 minutes"),
    ],
)
def test_spans_are_shown_by_their_two_largest_units(span: timedelta, shown: str) -> None:
    assert shown_span(span) == shown
