"""PURE: what is wrong with what a rule is to do, before it ever runs; and whom and what its words mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from mailticket.config.models import Config, Csr
from mailticket.config.rules import CustomField
from mailticket.domain import resolution
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.near_names import hint
from mailticket.domain.times.due import parse_due

Check = Callable[[Any, Config], Iterator[str]]

_STATUSES = tuple(str(one) for one in (Status.OPENED, Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM))
#: A rule names no case that another one repeats, and "spam" is a status.
_REASONS = tuple(one for one in resolution.KINDS if one != "spam")
_YES, _NO = ("true", "yes"), ("false", "no")


def texts(value: Any) -> list[str]:
    """One text or several."""
    return [value] if isinstance(value, str) else list(value)


def wrong_text(value: Any, _config: Config) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield "takes a text"


def wrong_texts(value: Any, _config: Config) -> Iterator[str]:
    several = value if isinstance(value, list | tuple) else [value]
    if not several or not all(isinstance(one, str) and one.strip() for one in several):
        yield 'takes a text, or a list such as ["one", "two"]'


def one_of(known: tuple[str, ...]) -> Check:
    def wrong(value: Any, _config: Config) -> Iterator[str]:
        if value not in known:
            yield f'"{value}" is not possible{hint(str(value), known)}'

    return wrong


def wrong_due(value: Any, config: Config) -> Iterator[str]:
    yield from (told := list(wrong_text(value, config)))
    if not told:
        try:
            parse_due(value)
        except ValueError as error:
            yield str(error)


def wrong_skill(value: Any, config: Config) -> Iterator[str]:
    yield from (told := list(wrong_texts(value, config)))
    known = sorted({skill for csr in config.csr for skill in csr.skills})
    for one in [] if told else texts(value):
        if one.lower() not in {skill.lower() for skill in known}:
            yield f'no [[csr]] has the skill "{one}"{hint(one, known)}'


def wrong_receiver(value: Any, config: Config) -> Iterator[str]:
    if not isinstance(value, str) or not (role_named(value, config) or csr_named(value, config)):
        known = [*(one.name for one in config.role), *(name for csr in config.csr for name in (csr.name, csr.email))]
        yield f'no CSR and no role is called "{value}"{hint(str(value), known)}'


def wrong_escalation(value: Any, config: Config) -> Iterator[str]:
    if value is True:
        if not any(one.second_level for one in config.service):
            yield "true needs a service with a second_level; else name a role or a CSR"
    else:
        yield from wrong_receiver(value, config)


def wrong_status(value: Any, config: Config) -> Iterator[str]:
    yield from (told := list(wrong_text(value, config)))
    if not told:
        name, _, rest = value.partition(" ")
        yield from one_of(_STATUSES)(name, config)
        if name == Status.PENDING and rest:
            yield from wrong_due(rest, config)
        elif name == Status.RESOLVED and rest:
            yield from one_of(_REASONS)(rest, config)
        elif rest and name in _STATUSES:
            yield f'"{name}" stands alone; only "pending 3d" and "resolved test" say more'


def wrong_field(value: Any, config: Config) -> Iterator[str]:
    if not isinstance(value, Mapping) or not value:
        yield 'takes names with values, such as { serial = "4711" }'
        return
    for name, wanted in value.items():
        field = field_named(name, config)
        known = [one.name for one in config.field]
        if field is None:
            yield f'there is no [[field]] "{name}"{hint(name, known)}'
        elif kept(field, wanted) is None:
            meant = hint(str(wanted), field.choices) if field.kind == "choice" else ""
            yield f'{field.name} takes {_TAKES[field.kind]}, not "{wanted}"{meant}'


def wrong_people(value: Any, config: Config) -> Iterator[str]:
    """Addresses of anybody, names of CSRs and roles."""
    yield from (told := list(wrong_texts(value, config)))
    services = frozenset().union(*(one.keys for one in config.service))
    for one in [] if told else texts(value):
        if "@" not in one:
            yield from wrong_receiver(one, config)
        elif Address("", one).key in services:
            yield f"{one} is a service's address; a mail to it would open a case"
        elif not Address("", one).can_get_mail:
            yield f'"{one}" is not a mail address'


def wrong_url(value: Any, _config: Config) -> Iterator[str]:
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        yield 'takes a web address such as "https://hooks.example.com/desk"'


def wrong_yes(value: Any, _config: Config) -> Iterator[str]:
    if value is not True:
        yield "takes true; leave it out if it is not wanted"


def csr_named(written: str, config: Config) -> Csr | None:
    """By address or by whole name."""
    named = (one for one in config.csr if one.name.lower() == written.lower())
    return config.csr_at(written) if "@" in written else next(named, None)


def role_named(written: str, config: Config) -> str:
    return next((one.name for one in config.role if one.name.lower() == written.lower()), "")


def field_named(name: str, config: Config) -> CustomField | None:
    return next((one for one in config.field if one.name.lower() == name.lower()), None)


_TAKES = {
    "text": "a text",
    "number": "a number",
    "date": "a date such as 2026-12-24",
    "choice": "one of its choices",
    "checkbox": "true or false",
}


def kept(field: CustomField, value: Any) -> str | None:
    """The value in the form that the store keeps; None if the field takes no such value."""
    written = value.isoformat() if isinstance(value, date) else str(value).lower() if value in (True, False) else value
    text = str(written).strip()
    if field.kind == "checkbox":
        return "yes" if text.lower() in _YES else "no" if text.lower() in _NO else None
    if field.kind == "choice":
        return next((one for one in field.choices if one.lower() == text.lower()), None)
    if field.kind == "number":
        return text if isinstance(value, int | float) and not isinstance(value, bool) else None
    if field.kind == "date":
        return _day(text)
    return text if isinstance(value, str) and text else None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None
