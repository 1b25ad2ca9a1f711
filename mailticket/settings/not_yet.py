"""The keys that the config accepts and this version does not carry out; whoever sets one is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailticket.config.models import Config


@dataclass(frozen=True, slots=True)
class _Missing:
    """A key (below its table), what value of it is not carried out, and what happens instead.

    `if_written`: it counts only where the file says it, for the default would warn everybody.
    """

    key: str
    is_set: Callable[[Any], bool]
    instead: str
    if_written: bool = False


def _other_than(default: object) -> Callable[[Any], bool]:
    return lambda value: bool(value != default)


_FILE = (
    _Missing("mailticket.managers", bool, "no reports are sent"),
    _Missing("web.links", _other_than("button"), "links show what they would do and do nothing; mail links work"),
)
_SERVICE = (_Missing("limits.digest_after", bool, "every notification is a mail of its own"),)


def not_yet(config: Config) -> list[str]:
    """One sentence for each key that is set to something this version does not carry out."""
    found = [_sentence(f"{_shown(one.key)}", one) for one in _FILE if _applies(config, one)]
    for service in config.service:
        name = f'[[service]] "{service.name}"'
        found += [_sentence(f"{name} {one.key}", one) for one in _SERVICE if _applies(service, one)]
    return found


def _applies(holder: object, one: _Missing) -> bool:
    *tables, key = one.key.split(".")
    table: Any = holder
    for name in tables:
        table = getattr(table, name)
    return one.is_set(getattr(table, key)) and (not one.if_written or key in table.model_fields_set)


def _shown(key: str) -> str:
    table, dot, rest = key.partition(".")
    is_array = table in ("field", "trigger", "workflow", "answer")
    return f"[[{table}]]" if is_array else f"[{table}]{' ' + rest if dot else ''}"


def _sentence(where: str, one: _Missing) -> str:
    return f"{where}: this version does not carry it out yet; {one.instead}"
