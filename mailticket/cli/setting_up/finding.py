"""What `check` found out about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `said` is what was seen, `fix` what to do unless all is well."""

    status: Status
    what: str
    said: str
    fix: str = ""


def ok(what: str, said: str) -> Finding:
    return Finding(Status.OK, what, said)


def warning(what: str, said: str, fix: str = "") -> Finding:
    return Finding(Status.WARNING, what, said, fix)


def failed(what: str, said: str, fix: str = "") -> Finding:
    return Finding(Status.FAILED, what, said, fix)
