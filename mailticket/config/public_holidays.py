"""PURE: the public holidays of a country or region; the only importer of holidays, an extra."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mailticket.domain.near_names import hint, nearest


def trouble_with(region: str) -> str:
    """Why the holidays of this region ("DE", "DE-BE": ISO 3166) cannot be told, "" if they can."""
    if not region:
        return ""
    if find_spec("holidays") is None:
        return 'holidays need one more package: pip install "mailticket[holidays]"'
    country, _, part = region.partition("-")
    known: dict[str, list[str]] = _library().list_supported_countries()
    if country not in known:
        meant = nearest(country, known)
        fix = f'did you mean "{meant}"?' if meant else 'write two letters, and a region if it has some: "DE", "DE-BE"'
        return f'no country "{country}" is known; {fix}'
    if part and part not in known[country]:
        return f'{country} has no region "{part}"{hint(part, known[country])}'
    return ""


def is_public_holiday(region: str, day: date) -> bool:
    """`region` as in `trouble_with`, checked before; with "" no day is one."""
    return bool(region) and day in _of_year(region, day.year)


@lru_cache(maxsize=256)
def _of_year(region: str, year: int) -> frozenset[date]:
    """With the days off that stand in for a holiday on a weekend, where the law of the land knows them."""
    country, _, part = region.partition("-")
    return frozenset(_library().country_holidays(country, subdiv=part or None, years=year))


def _library() -> Any:
    """Imported with its first user: it is large, and few desks have it."""
    return import_module("holidays")
