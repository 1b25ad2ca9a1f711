"""How letters, and what they are made from, travel to another process: read at once, and made anew there. I/O.

Python takes a frozen value apart field by field, in a call of its own for each object (`__getstate__`).
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache, partial
from operator import attrgetter
from types import ModuleType
from typing import Any

from mailticket.domain import address, case, decision, mail, people
from mailticket.domain.texts import alike
from mailticket.mime import compose
from mailticket.writing import matter

#: Where these values are.
_MODULES: tuple[ModuleType, ...] = (address, case, decision, mail, people, alike, matter, compose)


@cache
def pack_quickly() -> None:
    """From now on this process sends them so; whoever gets them needs to know nothing of it."""
    for module in _MODULES:
        for kind, names in _values(module):
            copyreg.pickle(kind, partial(_apart, kind, attrgetter(*names)))


def _values(module: ModuleType) -> Iterator[tuple[type, list[str]]]:
    """The dataclasses of a module with the names of their fields; those of one field are sent as Python does it."""
    for kind in vars(module).values():
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__:
            names = [one.name for one in fields(kind)]
            if len(names) > 1:
                yield kind, names


def _apart(kind: type, read: Callable[[Any], tuple[Any, ...]], value: Any) -> tuple[type, tuple[Any, ...]]:
    return kind, read(value)
