"""One sentence for each mistake in a config: where it stands, what is wrong, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import UnionType
from typing import Any, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailticket.config.models import Config
from mailticket.domain.near_names import nearest

#: The path of a key: table, number in an array of tables, keys; as pydantic counts, from 0.
Loc = tuple[int | str, ...]
Raw = Mapping[str, Any]

#: A key whose name says this has a value that is never shown.
SECRET_WORDS = re.compile(r"\w*(?:passw|secret|token|database|webhook)\w*", re.IGNORECASE)
_NAME_KEYS = ("name", "email", "address")
_MISFIT = re.compile(r"(?P<loc>[a-z_]+(?:\.\w+)*): (?P<what>.*)", re.DOTALL)
_PATTERNS = {
    "files": 'write "local", or "s3://bucket/prefix"',
    "rate": 'write for example "25/min" (per sec, min, hour or day)',
    "name": 'begin with a letter or digit, then letters, digits, blanks, ".", "_" and "-"',
}


def where(loc: Loc, raw: Raw) -> str:
    """The path as the admin finds it in the file: `[[service]] "support" imap.port`. Items count from 1."""
    head, *rest = loc
    if rest and isinstance(rest[0], int):
        shown = f"[[{head}]] {_name_of(raw, str(head), rest.pop(0))}"
    else:
        shown = f"[{head}]" if rest else str(head)
    keys = (str(part + 1) if isinstance(part, int) else part for part in rest if part != "[key]")
    return f"{shown} {'.'.join(keys)}".rstrip()


def loc_of_misfit(line: str) -> tuple[Loc, str]:
    """A line of `config.fits` as path and words: "role.0.members.1: no ..." has ("role", 0, "members", 1)."""
    match = _MISFIT.fullmatch(line)
    if not match:
        return ("config",), line
    parts = match["loc"].split(".")
    return tuple(int(part) if part.isdigit() else part for part in parts), match["what"]


def sentence(error: ErrorDetails) -> str:
    """What is wrong with one value, and what is allowed."""
    words = _WORDS.get(error["type"])
    return words(error) if words else error["msg"]


def _name_of(raw: Raw, table: str, number: int | str) -> str:
    """How the admin calls an item of an array of tables."""
    items = raw.get(table)
    item = items[number] if isinstance(items, list) and isinstance(number, int) and number < len(items) else {}
    names = (item.get(key) for key in _NAME_KEYS) if isinstance(item, dict) else ()
    name = next((one for one in names if isinstance(one, str) and one), "")
    return f'"{name}"' if name else f"number {int(number) + 1}"


def _unknown(error: ErrorDetails) -> str:
    *table, key = error["loc"]
    known = _keys_at(tuple(table))
    below = [home for home, keys in _homes(tuple(table)) if str(key) in keys]
    close = nearest(str(key), known)
    beside = [home for home, keys in _homes(tuple(table[:1])) if str(key) in keys]
    if below:
        return f"unknown key here; it belongs in {' or '.join(below)}"
    if close and not table:
        return f"unknown table; did you mean {_bracketed(close)}?"
    if close:
        return f'unknown key; did you mean "{close}"?'
    if beside:
        return f"unknown key here; it belongs in {' or '.join(beside)}"
    return f"unknown key; the keys here are {', '.join(known)}"


def _missing(error: ErrorDetails) -> str:
    return "required, but missing"


def _own_words(error: ErrorDetails) -> str:
    return str(error["ctx"]["error"])


def _choice(error: ErrorDetails) -> str:
    known = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    close = nearest(str(error["input"]), known)
    listed = "one of " + ", ".join(f'"{one}"' for one in known)
    return _not_allowed(error, f'did you mean "{close}"? It is {listed}' if close else listed)


def _bounds(error: ErrorDetails) -> str:
    metadata = field.metadata if (field := _field_at(error["loc"])) else []
    least = next((_bound(one.ge) for one in metadata if isinstance(one, Ge)), "")
    most = next((_bound(one.le) for one in metadata if isinstance(one, Le)), "")
    return _not_allowed(error, f"{least} to {most}" if least and most else f"{least} or more" if least else most)


def _bound(value: object) -> str:
    return f"{value.total_seconds():g}s" if isinstance(value, timedelta) else str(value)


def _pattern(error: ErrorDetails) -> str:
    return _not_allowed(error, _PATTERNS.get(str(error["loc"][-1]), f"must match {error['ctx'].get('pattern')}"))


def _empty(error: ErrorDetails) -> str:
    return "must not be empty"


def _too_long(error: ErrorDetails) -> str:
    return _not_allowed(error, f"at most {error['ctx']['max_length']} letters")


def _must_be(kind: str) -> Callable[[ErrorDetails], str]:
    return lambda error: _not_allowed(error, f"must be {kind}")


def _list_wanted(error: ErrorDetails) -> str:
    if len(error["loc"]) == 1:
        return f"there may be several, so write [[{error['loc'][0]}]] with two brackets"
    return _not_allowed(error, 'must be a list, for example ["one", "two"]')


def _table_wanted(error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"] if isinstance(part, str))
    if isinstance(error["input"], list):
        return f"there is only one, so write [{path}] with one pair of brackets"
    return _not_allowed(error, f"must be a table; write [{path}] and its keys below it")


_WORDS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "value_error": _own_words,
    "literal_error": _choice,
    "greater_than_equal": _bounds,
    "less_than_equal": _bounds,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _empty,
    "string_too_long": _too_long,
    "string_type": _must_be("text in quotes"),
    "bool_type": _must_be("true or false"),
    "bool_parsing": _must_be("true or false"),
    "int_type": _must_be("a whole number"),
    "int_parsing": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "time_delta_type": _must_be('a span of time such as "90s", "15m", "1h30m" or "14d"'),
    "tuple_type": _list_wanted,
    "dict_type": _table_wanted,
    "model_type": _table_wanted,
}


def _not_allowed(error: ErrorDetails, allowed: str) -> str:
    """The value in front of what is allowed, unless it is a secret or too big to show."""
    value = error["input"]
    is_secret = any(SECRET_WORDS.search(str(part)) for part in error["loc"])
    if is_secret or not isinstance(value, str | int | float) or len(str(value)) > 80:
        return allowed
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{text} is not allowed; {allowed}"


def model_of(annotation: object) -> type[BaseModel] | None:
    """The model in an annotation such as `Imap`, `OAuth | None` or `tuple[Service, ...]`; None if there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is tuple or isinstance(annotation, UnionType):
        return next((found for one in get_args(annotation) if (found := model_of(one))), None)
    return None


def _model_at(loc: Loc) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Config
    for part in loc:
        if isinstance(part, str) and model:
            model = model_of(model.model_fields[part].annotation) if part in model.model_fields else None
    return model


def _keys_at(loc: Loc) -> list[str]:
    model = _model_at(loc)
    return list(model.model_fields) if model else []


def _field_at(loc: Loc) -> FieldInfo | None:
    names = [part for part in loc if isinstance(part, str)]
    model = _model_at(tuple(names[:-1]))
    return model.model_fields.get(names[-1]) if model else None


def _homes(loc: Loc) -> Iterator[tuple[str, list[str]]]:
    """Every table at and below a path but the top of the file, as the file writes it, with its keys."""
    model = _model_at(loc)
    path = [str(part) for part in loc if isinstance(part, str)]
    if not model:
        return
    if path:
        yield _bracketed(*path), list(model.model_fields)
    for name, field in model.model_fields.items():
        if model_of(field.annotation):
            yield from _homes((*path, name))


def _bracketed(*path: str) -> str:
    """A table as the file writes it: `[web]`, `[[csr]]`, `[service.imap]`."""
    is_array = len(path) == 1 and get_origin(Config.model_fields[path[0]].annotation) is tuple
    return f"[[{path[0]}]]" if is_array else f"[{'.'.join(path)}]"
