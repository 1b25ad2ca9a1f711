"""PURE: what stands behind a command: names of CSRs and roles, addresses, moments, spans, custom fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from mailticket.config.models import Config, Csr, Role, Service
from mailticket.config.rules import CustomField
from mailticket.domain import near_names
from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.domain.people import Actor
from mailticket.domain.times.moments import parse_day, parse_moment
from mailticket.domain.times.spans import parse_span
from mailticket.triage.language import tag

# Programs put whole tokens before the @; half an address would be somebody else's.
_ADDRESS = re.compile(r"(?<![^\s<>\"(),;:@\[\]])[^\s<>\"(),;:@\[\]]{1,256}@[^\s<>\"(),;:@\[\]]{1,255}")
_YES = frozenset("yes y true on 1 x ja oui si sí tak".split())
_NO = frozenset("no n false off 0 nein non nee nie nej".split())
_LONGEST_VALUE = 1_000


class Unclear(ValueError):
    """The command cannot be carried out as it was written; `fix` tells what would do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command's argument is understood by. `subject` and `message_id` are those of the mail that asks."""

    by: Actor
    config: Config
    service: Service
    now: datetime
    case: Case | None = None
    subject: str = ""
    message_id: str = ""

    @property
    def csr(self) -> Csr | None:
        return self.config.csr_at(self.by.csr)


def nearest(written: str, known: Sequence[str], fix: str) -> str:
    """'Did you mean "high"?' if one of the names is close, else `fix`."""
    meant = near_names.nearest(written, known)
    return f'Did you mean "{meant}"?' if meant else fix


def find_csr(name: str, config: Config) -> Csr | None:
    """The one CSR whom this means: address, full name, or an unambiguous part of either."""
    wanted = name.strip().strip("<>\"'").lower()
    if "@" in wanted:
        return config.csr_at(wanted)
    exact = [one for one in config.csr if one.name.lower() == wanted]
    parts = [one for one in config.csr if wanted in (*one.name.lower().split(), one.email.lower().partition("@")[0])]
    found = exact or parts
    return found[0] if wanted and len(found) == 1 else None


def find_role(name: str, config: Config) -> Role | None:
    return next((one for one in config.role if one.name.lower() == name.strip().lower()), None)


def receiver(name: str, desk: Desk) -> tuple[str, str]:
    """(CSR key, role) for a name; exactly one of them is set. Raises Unclear."""
    csr, role = find_csr(name, desk.config), find_role(name, desk.config)
    if csr:
        return csr.key, ""
    if role:
        return "", role.name
    names = [*(one.name for one in desk.config.csr), *(one.name for one in desk.config.role)]
    words = {word: shown for shown in names for word in (shown.lower(), *shown.lower().split())}
    near = near_names.nearest(name, words)
    fix = f'Did you mean "{words[near]}"?' if near else f"Known are: {', '.join(names)}."
    raise Unclear(f'Nobody here is called "{name}" for certain.', fix)


def watcher(name: str, desk: Desk) -> str:
    """The address or the role's name that `#watch` means: a CSR, a role, or anybody by address. Raises Unclear."""
    if not find_csr(name, desk.config) and not find_role(name, desk.config) and "@" in name:
        return outside_address("watch", name, desk).address
    csr, role = receiver(name, desk)
    return role or csr


def outside_address(command: str, written: str, desk: Desk) -> Address:
    """ "Ann Bee <ann@bee.example>" or the bare address of somebody who is none of us. Raises Unclear."""
    found = _ADDRESS.findall(written)
    if len(found) != 1:
        raise Unclear(f"#{command} needs one mail address.", f"Write for example: #{command} ann@example.org")
    name = written.partition("<")[0].strip().strip("\"'") if "<" in written else ""
    address = Address(name, found[0].rstrip("."))
    if address.key in desk.config.our_keys:
        raise Unclear(f"{address.address} is one of our own addresses.", "Name somebody outside.")
    return address


def moment(command: str, written: str, desk: Desk, otherwise: str) -> datetime:
    """The moment in UTC. Raises Unclear, with `otherwise` as the way out."""
    try:
        return parse_moment(written, desk.now, desk.config.mailticket.timezone)
    except ValueError as error:
        raise Unclear(f"#{command} {written}: {error}.", otherwise) from error


def span(written: str) -> timedelta:
    """ "1h30m" or "-15m". Raises Unclear."""
    sign = -1 if written.startswith("-") else 1
    try:
        found = parse_span(written.lstrip("+-"))
    except (ValueError, OverflowError) as error:
        raise Unclear(f'#time: "{written}" is not a span of time.', "Write for example: #time 1h30m") from error
    if not timedelta(0) < found <= timedelta(days=365):
        raise Unclear(f"#time {written} is not between a second and a year.", "Write for example: #time 1h30m")
    return sign * found


def submission_type(written: str, desk: Desk) -> str:
    """The submission type as the config writes it; "" for "" or "none". Raises Unclear."""
    known = desk.config.submission_types
    found = next((one for one in known if one.lower() == written.lower()), None)
    if found is None and written.lower() not in ("", "none"):
        fix = f"There are: {', '.join(known)}." if known else "No [[field]] of the config names one."
        raise Unclear(f'There is no submission type "{written[:60]}".', nearest(written, known, fix))
    return found or ""


def language(written: str) -> str:
    """ "de" or "pt-BR"; "" for "" or "none". Raises Unclear."""
    found = tag(written)
    if written.lower() in ("", "none"):
        return ""
    if not found or found.lower() != written.lower().replace("_", "-"):
        raise Unclear(f'"{written[:60]}" is not a language.', "Write its code, such as de or pt-BR.")
    return found


def customer_field(name: str, value: str, desk: Desk) -> tuple[str, str]:
    """(name, value to keep) of a custom field of customers. Raises Unclear."""
    field = _field_among(desk.config.customer_fields, name, "Customers have no custom fields.")
    return field.name, field_value(field, value, desk)


def custom_field(name: str, desk: Desk, type: str | None = None) -> CustomField:
    """The custom field of this name that the case's submission type has, or that `type` has. Raises Unclear."""
    kind = type if type is not None else desk.case.type if desk.case else ""
    return _field_among(desk.config.fields_of(kind), name, "This case has no custom fields.")


def _field_among(fields: Sequence[CustomField], name: str, none: str) -> CustomField:
    found = next((one for one in fields if one.name.lower() == name.lower()), None)
    if found is None:
        names = [one.name for one in fields]
        fix = f"Fields are: {', '.join(names)}." if names else none
        raise Unclear(f'There is no field "{name}" here.', nearest(name, names, fix))
    return found


def field_value(field: CustomField, written: str, desk: Desk) -> str:
    """The value in the form that the store keeps: "12.5", "2026-12-24", "yes". "" empties it. Raises Unclear."""
    if not written:
        if field.required:
            raise Unclear(f"The field {field.name} must have a value.", f"Write for example: #set {field.name}=...")
        return ""
    if len(written) > _LONGEST_VALUE:
        raise Unclear(f"The value of {field.name} is longer than {_LONGEST_VALUE} characters.", "Put it in a #note.")
    return _KINDS[field.kind](field, written, desk)


def _text(_field: CustomField, written: str, _desk: Desk) -> str:
    return written


def _number(field: CustomField, written: str, _desk: Desk) -> str:
    """A comma before the decimals is a point; with both, or with several, nobody can tell."""
    try:
        if len(written) > 40 or written.count(",") + written.count(".") > 1 or "_" in written:
            raise InvalidOperation
        value = Decimal(written.replace(",", "."))
        if not value.is_finite() or value.adjusted() > 30:
            raise InvalidOperation
    except InvalidOperation as error:
        raise Unclear(f'{field.name} takes a number, and "{written}" is none.', "Write for example: 1250.50") from error
    return f"{value:f}"


def _date(field: CustomField, written: str, desk: Desk) -> str:
    try:
        return parse_day(written, desk.now, desk.config.mailticket.timezone).isoformat()
    except (ValueError, OverflowError) as error:
        raise Unclear(f"{field.name} takes a date: {error}.", "Write for example: 2026-12-24") from error


def _choice(field: CustomField, written: str, _desk: Desk) -> str:
    found = next((one for one in field.choices if one.lower() == written.lower()), None)
    if found is None:
        fix = nearest(written, field.choices, f"Choices are: {', '.join(field.choices)}.")
        raise Unclear(f'{field.name} has no choice "{written}".', fix)
    return found


def _checkbox(field: CustomField, written: str, _desk: Desk) -> str:
    if written.lower() in _YES | _NO:
        return "yes" if written.lower() in _YES else "no"
    raise Unclear(f'{field.name} is yes or no, not "{written}".', f"Write #set {field.name}=yes")


_KINDS: dict[str, Callable[[CustomField, str, Desk], str]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "checkbox": _checkbox,
}
