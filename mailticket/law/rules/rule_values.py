"""PURE: what a rule's condition may read: one table, from which docs/rules.md and the check at load are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from mailticket.conditions import MOST_READ, Named
from mailticket.config.models import Config
from mailticket.config.rules import CustomField, Event
from mailticket.domain import languages, resolution
from mailticket.domain.case import Case, Channel, Entry, EntryKind, Priority, Status
from mailticket.domain.near_names import hint
from mailticket.domain.times.business_time import WEEKDAYS
from mailticket.law.draft import Draft

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule looks at: the decision so far, the event, the case as it was before all this (None: not yet open)."""

    draft: Draft
    event: str
    before: Case | None

    @property
    def case(self) -> Case:
        return self.draft.here

    @property
    def words(self) -> Entry | None:
        """The newest words of a person in this decision."""
        return next((one for one in reversed(self.draft.new_entries()) if one.kind is not EntryKind.EVENT), None)


@dataclass(frozen=True, slots=True)
class Field:
    """A value by its path, as docs/rules.md tells it. `words` are all that it may be, None: nobody knows them."""

    path: str
    kind: str
    help: str
    get: Callable[[Seen], Any]
    words: Callable[[Config], Iterable[str]] | None = None


def _hours_since(seen: Seen, moment: Any) -> float:
    return float((seen.draft.now - moment).total_seconds() / _HOUR) if moment else 0.0


def _hours_to_due(seen: Seen) -> float | None:
    due_at = seen.case.due_at
    return (due_at - seen.draft.now).total_seconds() / _HOUR if due_at else None


def _idle_since(seen: Seen) -> Any:
    return seen.case.acted_at or seen.case.updated_at


def _calendar(seen: Seen) -> Any:
    return seen.draft.policy.calendar(seen.case.role)


def _here(seen: Seen) -> Any:
    return seen.draft.now.astimezone(_calendar(seen).zone)


FIELDS: tuple[Field, ...] = (
    Field("event", "text", "the event that it fires on", lambda seen: seen.event, lambda _config: get_args(Event)),
    Field("subject", "text", "the case's subject", lambda seen: seen.case.subject),
    Field("text", "text", "the new words; empty where time or a click did it", lambda seen: _text(seen)),
    Field("customer.name", "text", "the customer's name", lambda seen: seen.case.customer.name),
    Field("customer.first_name", "text", "their first name", lambda seen: seen.case.customer.first_name),
    Field("customer.address", "text", "their address, in lower case", lambda seen: seen.case.customer.address.key),
    Field(
        "customer.domain", "text", "what stands behind its @", lambda seen: seen.case.customer.address.domain.lower()
    ),
    Field("case.id", "text", "its case ID", lambda seen: seen.case.id),
    Field("case.status", "text", "its status", lambda seen: str(seen.case.status), lambda _config: Status),
    Field(
        "case.was",
        "text",
        "its status before; empty if it is new",
        lambda seen: str(seen.before.status) if seen.before else "",
        lambda _config: Status,
    ),
    Field(
        "case.priority",
        "text",
        "low, normal, high or urgent",
        lambda seen: str(seen.case.priority),
        lambda _config: Priority,
    ),
    Field("case.type", "text", "its submission type", lambda seen: seen.case.type, lambda one: one.submission_types),
    Field(
        "case.channel",
        "text",
        "mail, form, api, file, console or chat",
        lambda seen: str(seen.case.channel),
        lambda _config: Channel,
    ),
    Field("case.language", "text", "its language, such as en", lambda seen: seen.case.language),
    Field(
        "case.csr",
        "text",
        "the address of its CSR; empty: nobody's",
        lambda seen: seen.case.csr,
        lambda config: (one.key for one in config.csr),
    ),
    Field(
        "case.role",
        "text",
        "the role that has it",
        lambda seen: seen.case.role,
        lambda config: (one.name for one in config.role),
    ),
    Field(
        "case.resolution",
        "text",
        f"why it was resolved internally: {', '.join(resolution.KINDS[:-1])} or {resolution.KINDS[-1]}",
        lambda seen: resolution.kind(seen.case.resolution),
        lambda _config: resolution.KINDS,
    ),
    Field("case.tags", "list", "its tags", lambda seen: list(seen.case.tags)),
    Field(
        "case.skills",
        "list",
        "what its CSR should know about",
        lambda seen: list(seen.case.skills),
        lambda config: _skills_given(config),
    ),
    Field("case.watchers", "list", "who watches it", lambda seen: list(seen.case.watchers)),
    Field("case.entries", "number", "how many entries it has, events too", lambda seen: seen.case.entries),
    Field("case.is_answered", "yes or no", "was it ever answered?", lambda seen: seen.case.answered_at is not None),
    Field(
        "case.age_hours", "number", "hours since it was opened", lambda seen: _hours_since(seen, seen.case.created_at)
    ),
    Field("case.idle_hours", "number", "hours since a person did anything", lambda s: _hours_since(s, _idle_since(s))),
    Field("case.idle_days", "number", "the same in days", lambda s: _hours_since(s, _idle_since(s)) / 24),
    Field("case.due_in_hours", "number", "hours until it is due; none if it has no due date", _hours_to_due),
    Field(
        "service.name",
        "text",
        "the service's name",
        lambda seen: seen.draft.policy.service.name,
        lambda config: (one.name for one in config.service),
    ),
    Field(
        "service.address",
        "text",
        "its address",
        lambda seen: seen.draft.policy.service.address,
        lambda config: (one.address for one in config.service),
    ),
    Field("mail.sender", "text", "who wrote the new words: their address", lambda seen: _sender(seen)),
    Field("mail.subject", "text", "the subject of their mail", lambda seen: seen.words.subject if seen.words else ""),
    Field("mail.files", "list", "the names of its files", lambda seen: _files(seen)),
    Field("mail.has_files", "yes or no", "does it bring files?", lambda seen: bool(_files(seen))),
    Field("hours.is_open", "yes or no", "is it business time now?", lambda s: _calendar(s).is_open(s.draft.now)),
    Field("hours.is_holiday", "yes or no", "is it a holiday?", lambda s: _calendar(s).is_holiday(_here(s).date())),
    Field(
        "hours.weekday",
        "text",
        "mon, tue, wed, thu, fri, sat or sun",
        lambda seen: WEEKDAYS[_here(seen).weekday()],
        lambda _config: WEEKDAYS,
    ),
    Field("hours.hour", "number", "the hour of the day, 0 to 23", lambda seen: _here(seen).hour),
    Field("hours.date", "text", "today, as 2026-12-24", lambda seen: _here(seen).date().isoformat()),
)


def values(seen: Seen) -> dict[str, Any]:
    """What a condition reads now; texts are shortened, so that no mail makes it slow."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        *tables, name = field.path.split(".")
        table = found
        for one in tables:
            table = table.setdefault(one, {})
        value = field.get(seen)
        table[name] = value[:MOST_READ] if isinstance(value, str | list) else value
    found["case"]["fields"] = {
        one.name: seen.case.fields.get(one.name, "")[:MOST_READ] for one in seen.draft.policy.config.field
    }
    return found


def names(config: Config) -> dict[str, Any]:
    """The same names without values, for the check at load: what may stand there, where that is known."""
    known: dict[str, Any] = {}
    for field in FIELDS:
        table, _, name = field.path.rpartition(".")
        (known.setdefault(table, {}) if table else known)[name] = _kind(field, config)
    known["case"]["language"] = Named(languages.trouble_with)
    known["case"]["fields"] = {one.name: _kind_of_custom(one) for one in config.field}
    return known


def _kind(field: Field, config: Config) -> str | Named:
    if field.words is None:
        return field.kind
    return _one_of([str(one) for one in field.words(config)], is_list=field.kind == "list")


def _kind_of_custom(field: CustomField) -> str | Named:
    closed = {"choice": field.choices, "checkbox": ("yes", "no")}
    return _one_of(closed[field.kind]) if field.kind in closed else "text"


def _one_of(words: Sequence[str], *, is_list: bool = False) -> Named:
    return Named(lambda word: "" if word in words else hint(word, words), is_list)


def _skills_given(config: Config) -> list[str]:
    """Only rules give them, and a case keeps them as the rule writes them."""
    done = [*(one.then for one in config.trigger), *(one.then for one in config.workflow)]
    given = [step.get("skill", ()) for steps in done for step in steps]
    return [one for each in given for one in ([each] if isinstance(each, str) else each) if isinstance(one, str)]


def _text(seen: Seen) -> str:
    return seen.words.words.text if seen.words else ""


def _sender(seen: Seen) -> str:
    return seen.words.author.key if seen.words else ""


def _files(seen: Seen) -> list[str]:
    return [one.name for one in seen.words.words.files] if seen.words else []
