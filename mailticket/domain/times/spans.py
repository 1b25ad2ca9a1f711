"""PURE: lengths of time and sizes as people write them: "60s", "14d", "1h30m", "35MB"."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"(?:\d{1,6}(?:\.\d{1,3})?\s?[smhdw]\s?){1,5}", re.IGNORECASE | re.ASCII)
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s?([smhdw])", re.IGNORECASE | re.ASCII)
_SIZE = re.compile(r"(\d{1,12})\s?(|B|KB|MB|GB)", re.IGNORECASE | re.ASCII)
_SIZES = {"": 1, "B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000}


def parse_span(written: str) -> timedelta:
    """ "90s", "1h30m", "14d" as a timedelta. Raises ValueError with what is allowed."""
    text = written.strip()
    if not _SPAN.fullmatch(text):
        raise ValueError(f'"{written}" is not a span of time; write for example "90s", "15m", "1h30m" or "14d"')
    return timedelta(seconds=sum(float(number) * _UNITS[unit.lower()] for number, unit in _PIECE.findall(text)))


def parse_size(written: str) -> int:
    """ "35MB" as 35,000,000 bytes. Raises ValueError with what is allowed."""
    match = _SIZE.fullmatch(written.strip())
    if not match:
        raise ValueError(f'"{written}" is not a size; write for example "800KB" or "35MB"')
    return int(match[1]) * _SIZES[match[2].upper()]


def shown_size(size: int) -> str:
    """A size for people: 812 bytes, 34 KB, 2.1 MB."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def shown_span(span: timedelta) -> str:
    """A span for people, its two largest units: "3 days 4 hours", "25 minutes", "less than a minute"."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return "less than a minute"
    parts = []
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])
