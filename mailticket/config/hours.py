"""PURE: when the desk is there, and how soon it wants to answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailticket.config.table import Table

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _workdays() -> dict[Weekday, str]:
    return dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")


class Hours(Table):
    """[service.hours]: business time."""

    week: dict[Weekday, str] = Field(default_factory=_workdays)
    holidays: str = ""


Priority = Literal["low", "normal", "high", "urgent"]


class Targets(Table):
    """[service.targets]: how soon a case of each priority should be answered and resolved."""

    first_response: dict[Priority, str] = Field(default_factory=dict)
    resolution: dict[Priority, str] = Field(default_factory=dict)
