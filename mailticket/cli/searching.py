"""What `--search` means: a condition on cases, and word where the index is not complete yet. Writes to stderr."""

from __future__ import annotations

from typing import Any

import click

from mailticket.domain.search_words import parse_query
from mailticket.store import search


def condition(text: str | None) -> Any:
    """For `cases.list_cases(that=...)`; None asks for nothing."""
    if text is None:
        return True
    query = parse_query(text)
    if query.is_empty:
        raise click.BadParameter("there is no word in it to look for", param_hint="--search")
    if not search.is_complete():
        click.echo("The older cases are still being indexed: some may be missing here.", err=True)
    return search.of_staff(query)
