"""PURE: what must fit together in a config: roles exist, addresses are unique, passwords stay off the wire."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from mailticket.config.models import OF_CUSTOMERS, Config, Imap, Service, Smtp
from mailticket.config.rules import CustomField
from mailticket.domain.near_names import hint
from mailticket.domain.rate import account_name

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def is_loopback(host: str) -> bool:
    """This machine itself: the only place where a password may go without TLS."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() in ("localhost", "ip6-localhost")


def misfits(config: Config) -> Iterator[str]:
    """Everything in which one key contradicts another: one line each, with the key's path."""
    yield from _twice("csr", "email", [key for one in config.csr for key in sorted(one.keys)])
    yield from _twice("role", "name", [one.name.lower() for one in config.role])
    yield from _field_misfits(config)
    yield from _twice("service", "name", [one.name.lower() for one in config.service])
    yield from _twice("service", "address", [key for one in config.service for key in sorted(one.keys)])
    for number, role in enumerate(config.role):
        for place, member in enumerate(role.members):
            if config.csr_at(member) is None:
                known = [one.email for one in config.csr]
                yield f"role.{number}.members.{place}: no [[csr]] has the address {member}{hint(member, known)}"
    services = frozenset().union(*(one.keys for one in config.service))
    for number, csr in enumerate(config.csr):
        for key in sorted(csr.keys & services):
            yield f"csr.{number}.email: {key} is a service's address; a CSR needs an address of their own"
    for number, service in enumerate(config.service):
        yield from _service_misfits(config, service, f"service.{number}")
    yield from _different_rates(config)


def _field_misfits(config: Config) -> Iterator[str]:
    yield from _twice("field", "name", [one.name.lower() for one in config.field])
    for number, field in enumerate(config.field):
        if field.default and (wrong := _wrong_default(field)):
            yield f'field.{number}.default: "{field.default}" {wrong}'
        if field.kind == "choice" and not field.choices:
            yield f'field.{number}.choices: a field of the kind "choice" needs its choices'
        if "=" in field.name or not field.name.strip():
            yield f'field.{number}.name: "{field.name}" cannot be written in #set; use letters and digits'


def _wrong_default(field: CustomField) -> str:
    """Why a new case cannot begin with it, "" if it can."""
    if OF_CUSTOMERS in field.types:
        return "is for cases to begin with; a field of customers has none"
    if field.kind == "choice" and field.default not in field.choices:
        return f"is none of the choices{hint(field.default, field.choices)}"
    if field.kind == "checkbox" and field.default not in ("yes", "no"):
        return 'must be "yes" or "no"'
    if field.kind == "number" and not _NUMBER.fullmatch(field.default):
        return "must be a number such as 1250.50"
    return "must be a date such as 2026-12-24" if field.kind == "date" and not _is_day(field.default) else ""


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _service_misfits(config: Config, service: Service, path: str) -> Iterator[str]:
    for key in ("first_level", "second_level"):
        name = getattr(service, key)
        if name and config.role_named(name) is None:
            known = [one.name for one in config.role]
            yield f'{path}.{key}: there is no [[role]] "{name}"{hint(name, known)}'
    for key, server in (("imap", service.imap), ("smtp", service.smtp)):
        if server.security == "none" and not is_loopback(server.host):
            yield f'{path}.{key}.security: "none" is for loopback only; use "tls" or "starttls" for {server.host}'
        if server.password.get_secret_value() and server.oauth:
            yield f"{path}.{key}: give either a password or oauth, not both"
    for door, server in (("imap", service.imap), ("smtp", service.smtp)):
        yield from _oauth_misfits(server, f"{path}.{door}")
    if service.assignment.new_case == "workflow" and not service.assignment.workflow:
        yield f'{path}.assignment.workflow: new_case = "workflow" needs the name of a [[workflow]]'
    names = [one.name for one in config.workflow]
    if service.assignment.workflow and service.assignment.workflow not in names:
        what = f'there is no [[workflow]] "{service.assignment.workflow}"{hint(service.assignment.workflow, names)}'
        yield f"{path}.assignment.workflow: {what}"
    if service.trust == "strict" and not service.authserv_ids:
        yield f'{path}.authserv_ids: trust = "strict" needs the id of your server; see `mailticket check`'


def _different_rates(config: Config) -> Iterator[str]:
    """What is sent is counted by account, so services that share one share its limit."""
    rates: dict[str, str] = {}
    for number, service in enumerate(config.service):
        smtp = service.smtp
        if rates.setdefault(account_name(smtp.username, smtp.host, smtp.port), smtp.rate) != smtp.rate:
            yield f"service.{number}.smtp.rate: another service sends by the same account; give both the same rate"


def _oauth_misfits(server: Imap | Smtp, path: str) -> Iterator[str]:
    """What a sign-in by OAuth lacks, or has too much."""
    oauth = server.oauth
    if oauth is None:
        return
    if server.password.get_secret_value() or server.password_file:
        yield f"{path}.oauth: there is a password as well; keep one of the two"
    if not server.username:
        yield f"{path}.username: oauth needs the mailbox that it signs in for"
    for key in {"microsoft": ("tenant", "client_id"), "google": ("client_secret_file",)}[oauth.provider]:
        if not getattr(oauth, key):
            yield f'{path}.oauth.{key}: provider = "{oauth.provider}" needs it (docs/oauth.md)'
    for key in {"microsoft": (), "google": ("tenant", "client_id")}[oauth.provider]:
        if getattr(oauth, key):
            yield f'{path}.oauth.{key}: provider = "{oauth.provider}" has none; remove it'


def _twice(table: str, key: str, values: list[str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{table}.{key}: {value} stands there {count} times; it must be unique"
