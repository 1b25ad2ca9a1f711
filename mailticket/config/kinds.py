"""PURE: the kinds of value in the config: spans, sizes, addresses, zones, each refusing what it is not."""

from __future__ import annotations

import re
import zoneinfo
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from mailticket.domain import languages
from mailticket.domain.near_names import nearest
from mailticket.domain.times.spans import parse_size, parse_span


def _span(value: Any) -> Any:
    return parse_span(value) if isinstance(value, str) else value


def _optional_span(value: Any) -> Any:
    return None if value == "" else _span(value)


def _optional_day(value: Any) -> Any:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f'"{value}" is no day; write for example "2027-06-30"') from error


def _tenant(value: str) -> str:
    """An id or a domain; with "https://" in front the address of one of Microsoft's national clouds."""
    plain = value.strip().rstrip("/")
    is_cloud = re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?/[A-Za-z0-9.-]+", plain)
    if plain and not is_cloud and not re.fullmatch(r"[A-Za-z0-9.-]+", plain):
        raise ValueError(f'"{value}" is no tenant; write its id or its domain, for example "example.onmicrosoft.com"')
    return plain


def _size(value: Any) -> Any:
    return parse_size(value) if isinstance(value, str) else value


def mail_address(value: str) -> str:
    """An address without a name, as the config takes it. Raises ValueError for anything else."""
    local, at, host = value.strip().rpartition("@")
    if not (local and at and host) or any(letter.isspace() or letter in '<>,;"' for letter in value.strip()):
        raise ValueError(f'"{value}" is not a mail address')
    return value.strip()


def _pattern(value: str) -> str:
    everybody, at, domain = value.strip().rpartition("@")
    if everybody != "*" or not at:
        return mail_address(value)
    if not domain:
        raise ValueError(f'"{value}" names no domain; write for example "*@spam.example"')
    return value.strip()


def _personal_pattern(value: str) -> str:
    if sum(one in "#@" or one.isalnum() for one in value) < 4 or len(value) > 60:
        raise ValueError(f'"{value}" is no pattern; write for example "KD-######": # is a digit, @ a letter')
    return value


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        meant = nearest(value, sorted(zoneinfo.available_timezones()))
        fix = f'did you mean "{meant}"?' if meant else 'write for example "Europe/Berlin"'
        raise ValueError(f'"{value}" is not a time zone; {fix}') from error
    return value


def _language(value: str) -> str:
    if value and (what := languages.trouble_with(value)):
        raise ValueError(f'"{value}" is no language{what}')
    return value


def _tag(value: str) -> str:
    if value.count("{id}") != 1:
        raise ValueError('must contain {id} once, for example "[#{id}]"')
    if not (value.startswith(("[#", "(#", "{#", "<#")) and len(value) <= 40):
        raise ValueError('must begin with "[#" so that replies are recognised, for example "[#{id}]"')
    return value


def _listen(value: str) -> str:
    host, colon, port = value.strip().rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError(f'"{value}" is no address with a port; write for example "127.0.0.1:8025"')
    return value.strip()


def _web_url(value: str) -> str:
    """Where people reach the web server; the path may be that of a proxy."""
    if not value.strip():
        return ""
    try:
        parts = urlsplit(value.strip())
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment or parts.username:
        raise ValueError(f'"{value}" is no web address; write for example "https://support.example.com"')
    return value.strip().rstrip("/")


Span = Annotated[timedelta, BeforeValidator(_span)]
OptionalDay = Annotated[date | None, BeforeValidator(_optional_day)]
Tenant = Annotated[str, AfterValidator(_tenant)]
PersonalPattern = Annotated[str, AfterValidator(_personal_pattern)]
OptionalSpan = Annotated[timedelta | None, BeforeValidator(_optional_span)]
Size = Annotated[int, BeforeValidator(_size)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
AddressPattern = Annotated[str, AfterValidator(_pattern)]
Language = Annotated[str, AfterValidator(_language)]
TimeZone = Annotated[str, AfterValidator(_zone)]
Listen = Annotated[str, AfterValidator(_listen)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
SubjectTag = Annotated[str, AfterValidator(_tag)]
Security = Literal["tls", "starttls", "none"]
