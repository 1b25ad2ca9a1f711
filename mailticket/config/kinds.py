"""PURE: the kinds of value in the config: spans, sizes, addresses, zones, each refusing what it is not."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from mailticket.domain.spans import parse_size, parse_span


def _span(value: Any) -> Any:
    return parse_span(value) if isinstance(value, str) else value


def _optional_span(value: Any) -> Any:
    return None if value == "" else _span(value)


def _size(value: Any) -> Any:
    return parse_size(value) if isinstance(value, str) else value


def _address(value: str) -> str:
    local, at, host = value.strip().rpartition("@")
    if not (local and at and host) or any(letter.isspace() or letter in '<>,;"' for letter in value.strip()):
        raise ValueError(f'"{value}" is not a mail address')
    return value.strip()


def _pattern(value: str) -> str:
    return value.strip() if value.strip().startswith("*@") else _address(value)


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{value}" is not a time zone; write for example "Europe/Berlin"') from error
    return value


def _tag(value: str) -> str:
    if value.count("{id}") != 1:
        raise ValueError('must contain {id} once, for example "[#{id}]"')
    if not (value.startswith(("[#", "(#", "{#", "<#")) and len(value) <= 40):
        raise ValueError('must begin with "[#" so that replies are recognised, for example "[#{id}]"')
    return value


Span = Annotated[timedelta, BeforeValidator(_span)]
OptionalSpan = Annotated[timedelta | None, BeforeValidator(_optional_span)]
Size = Annotated[int, BeforeValidator(_size)]
MailAddress = Annotated[str, AfterValidator(_address)]
AddressPattern = Annotated[str, AfterValidator(_pattern)]
TimeZone = Annotated[str, AfterValidator(_zone)]
SubjectTag = Annotated[str, AfterValidator(_tag)]
Security = Literal["tls", "starttls", "none"]
