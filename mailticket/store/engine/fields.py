"""I/O: the column types of our own. Text that every driver takes, keys that every index takes, moments in UTC."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import peewee

from mailticket.domain.case import Priority
from mailticket.domain.texts.storable import clean
from mailticket.writing.packing import PackedText, packed, unpacked

if TYPE_CHECKING:
    _Field = peewee.Field[Any]
else:  # generic for the type checker only
    _Field = peewee.Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: PostgreSQL refuses index rows above 2,704 bytes; four bytes a character and a hash stay well below.
_KEY_LENGTH = 400
_KEY_KEPT = 300

_RANKS = {Priority.LOW: 0, Priority.NORMAL: 1, Priority.HIGH: 2, Priority.URGENT: 3}
_PRIORITIES = {rank: priority for priority, rank in _RANKS.items()}


#: `json.dumps` would make an encoder each time.
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def bounded(key: str) -> str:
    """What stands in an indexed column for this key: itself, or its beginning and its hash if it is very long."""
    key = clean(key)
    if len(key) <= _KEY_LENGTH:
        return key
    return f"{key[:_KEY_KEPT]} sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the store takes aware datetimes only")
    return (moment - _EPOCH) // _MICROSECOND


class Text(_Field):
    """Text of any length, cleaned on its way in."""

    field_type = "TEXT"

    def db_value(self, value: str | None) -> str | None:
        if type(value) is str and value.isascii() and "\0" not in value:
            return value  # as most are, told without a call
        return None if value is None else clean(str(value))


class Packed(Text):
    """A long text that is much like others of its column. It is kept packed, so nothing in it is found by SQL."""

    def db_value(self, value: str | None) -> str | None:
        if value is None or isinstance(value, PackedText):
            return value
        return packed(clean(value))

    def python_value(self, value: str | None) -> str | None:
        return None if value is None else unpacked(value)


class Key(Text):
    """Text that rows are looked up by."""

    def db_value(self, value: str | None) -> str | None:
        if type(value) is str and len(value) <= _KEY_LENGTH and value.isascii() and "\0" not in value:
            return value
        return None if value is None else bounded(str(value))


class Moment(_Field):
    """A moment, kept as microseconds since 1970: it sorts alike and means the same in both databases."""

    field_type = "BIGINT"

    def db_value(self, value: datetime | None) -> int | None:
        return None if value is None else microseconds(value)

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


class TextList(Text):
    """A tuple of short texts, kept as a JSON list. Nothing is ever looked up by it."""

    def db_value(self, value: Iterable[str] | None) -> str | None:
        if not value:  # as most are
            return None if value is None else "[]"
        return _as_json([clean(one) for one in value])

    def python_value(self, value: str | None) -> tuple[str, ...] | None:
        if value is None or value == "[]":
            return None if value is None else ()
        return tuple(json.loads(value))


class TextMap(_Field):
    """Short texts by name, kept as a JSON object. Nothing is ever looked up by it."""

    field_type = "TEXT"

    def db_value(self, value: Mapping[str, str] | None) -> str | None:
        if not value:
            return None if value is None else "{}"
        return _as_json({clean(name): clean(text) for name, text in value.items()})

    def python_value(self, value: str | None) -> dict[str, str] | None:
        if value is None or value == "{}":
            return None if value is None else {}
        return dict(json.loads(value))


class MomentMap(_Field):
    """Moments by name, kept as a JSON object of microseconds since 1970. Nothing is ever looked up by it."""

    field_type = "TEXT"

    def db_value(self, value: Mapping[str, datetime] | None) -> str | None:
        if not value:
            return None if value is None else "{}"
        return _as_json({clean(name): microseconds(moment) for name, moment in value.items()})

    def python_value(self, value: str | None) -> dict[str, datetime] | None:
        if value is None or value == "{}":
            return None if value is None else {}
        return {name: _EPOCH + moment * _MICROSECOND for name, moment in json.loads(value).items()}


class Span(_Field):
    """A length of time, kept in whole seconds."""

    field_type = "BIGINT"

    def db_value(self, value: timedelta | None) -> int | None:
        return None if value is None else round(value.total_seconds())

    def python_value(self, value: int | None) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


class Rank(_Field):
    """A priority, kept as a number so that the database can sort by it."""

    field_type = "SMALLINT"

    def db_value(self, value: Priority | str | None) -> int | None:
        return None if value is None else _RANKS[Priority(value)]

    def python_value(self, value: int | None) -> Priority | None:
        return None if value is None else _PRIORITIES[value]


def is_true(column: Any) -> Any:
    """`column = TRUE`, spelled so that SQLite uses an index for it (a bare column is only tested), and so that both use
    an index of those rows alone (which they do for no parameter)."""
    return peewee.Expression(column, peewee.OP.EQ, peewee.SQL("TRUE"))


def by_no_index(column: Any) -> Any:
    """The text column, said so that SQLite takes no index of it (sqlite.org/optoverview.html). What a Key is compared
    with must be `bounded`."""
    return peewee.fn.COALESCE(column, "")
