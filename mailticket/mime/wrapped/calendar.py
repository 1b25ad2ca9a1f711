"""PURE: one line that tells what a calendar part (RFC 5545, 5546) asks for; never accepted, only shown."""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"^([A-Za-z-]{1,60})((?:;[^:\r\n]{0,300})?):([^\r\n]{0,2000})", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE = re.compile(r"TZID=\"?([^\";:]{1,80})")
_CAP = 64 * 1024  # characters of a part that are read
_LONGEST_VALUE = 200  # characters of a subject or place that are shown

_ASKS = {
    "REQUEST": "Meeting request",
    "CANCEL": "Meeting cancelled",
    "REPLY": "Answer to a meeting request",
    "COUNTER": "Other time proposed",
    "PUBLISH": "Event",
    "REFRESH": "Question about a meeting",
    "ADD": "Meeting added",
    "DECLINECOUNTER": "Proposed time declined",
}


def line(text: str) -> str:
    """Such as "[Meeting request: Budget, 2026-11-21 10:00 UTC, Room 5]"; "" if it holds no event."""
    values: dict[str, tuple[str, str]] = {}
    unfolded = _FOLD.sub("", text[:_CAP])
    before, event, inside = unfolded.partition("BEGIN:VEVENT")
    if not event:
        return ""
    for part in (inside.partition("END:VEVENT")[0], before):
        for name, attributes, value in _LINE.findall(part):
            values.setdefault(name.upper(), (attributes, value.strip()))
    ask = _ASKS.get(_value(values, "METHOD").upper(), "Event")
    start = values.get("DTSTART", ("", ""))
    details = (_value(values, "SUMMARY"), _when(*start), _value(values, "LOCATION"))
    shown = ", ".join(detail for detail in details if detail)
    return f"[{ask}: {shown}]" if shown else f"[{ask}]"


def _value(values: dict[str, tuple[str, str]], name: str) -> str:
    written = values.get(name, ("", ""))[1]
    plain = _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], written)
    return " ".join(plain.split())[:_LONGEST_VALUE]


def _when(attributes: str, value: str) -> str:
    """DTSTART for a reader: its own zone by name, never converted (the zone's rules stand elsewhere)."""
    match = _WHEN.match(value)
    if match is None:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if not match[4]:
        return day
    zone = _ZONE.search(attributes)
    suffix = " UTC" if match[6] else f" {zone[1]}" if zone else ""
    return f"{day} {match[4]}:{match[5]}{suffix}"
