"""Lists cases by what its filters mean. Says on stderr where the index is not complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import click

from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.domain.texts.search_words import Query, parse_query
from mailticket.domain.times.moments import parse_day
from mailticket.domain.times.spans import parse_span
from mailticket.store import cases, search


def listed(zone: str, words: str | None, narrowed: Mapping[str, str | None], **wanted: Any) -> Iterator[Case]:
    """The cases for which all that is asked for holds, the newest first; None asks for nothing."""
    that = _condition(zone, **narrowed)
    if words is None:
        is_of_a_time = narrowed["customer"] is None and bool(narrowed["since"] or narrowed["until"])
        return cases.list_cases(that=that, by_moment=is_of_a_time, **wanted)
    query = _query(words)
    if narrowed["customer"] is not None:
        return cases.list_cases(that=that & search.said(query), **wanted)
    return search.of_staff(query, that=that, **wanted)


def _condition(zone: str, customer: str | None, since: str | None, until: str | None) -> Any:
    begins = moment_of("--since", since, zone) if since is not None else None
    ends = moment_of("--until", until, zone) if until is not None else None
    asked = [search.created(begins, ends)] if begins or ends else []
    if customer is not None:
        asked.append(search.by_customer(Address("", customer).key))
    that: Any = True
    for one in asked:
        that = one if that is True else that & one
    return that


def _query(text: str) -> Query:
    query = parse_query(text)
    if query.is_empty:
        raise click.BadParameter("there is no word in it to look for", param_hint="--search")
    if not search.is_complete():
        click.echo("The older cases are still being indexed: some may be missing here.", err=True)
    return query


def moment_of(option: str, written: str, zone: str) -> datetime:
    """So long ago ("90d"), or the beginning of that day in the desk's time zone. Raises BadParameter."""
    now = datetime.now(UTC)
    is_span = written[:1].isdigit() and written[-1:].isalpha()
    try:
        if is_span:
            return now - parse_span(written)
        return datetime.combine(parse_day(written, now, zone), time(), ZoneInfo(zone))
    except (ValueError, OverflowError) as error:
        other = 'a day such as "2026-10-01"' if is_span else 'a span such as "90d"'
        raise click.BadParameter(f"{error}; or {other}", param_hint=option) from error
