"""`mailticket report`: what the desk's cases tell when one looks at many of them."""

from __future__ import annotations

import click

from mailticket.cli import show
from mailticket.cli.casework.searching import moment_of
from mailticket.cli.opened import opened
from mailticket.cli.show import Column, Row
from mailticket.cli.words import Asked, Words
from mailticket.domain.texts.common_requests import CommonRequest, grouped
from mailticket.store import search
from mailticket.store.index import similar

#: Inquiries that are compared; more than a year of most desks.
_MOST = 100_000
_SHOWN_CASES = 3
_SHOWN_ANSWER = 100


@click.group(cls=Words)
def report() -> None:
    """Report on what customers ask for."""


@report.command("requests")
@click.option(
    "--since", default="90d", show_default=True, metavar="SPAN|DAY", help='For example "30d" or "2026-10-01".'
)
@click.option("--service", metavar="NAME", help="Only cases of this service.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N", help="At most so many."
)
@click.pass_obj
def requests(asked: Asked, since: str, service: str | None, limit: int) -> None:
    """List the most common requests, similar inquiries as one: candidates for the FAQ, each with an answer."""
    with opened(asked) as desk:
        begins = moment_of("--since", since, desk.config.mailticket.timezone)
        if not search.is_complete():
            click.echo("The older cases are still being indexed: some may be missing here.", err=True)
        found = grouped(similar.inquiries(begins, service, _MOST), limit)
        rows = [_row(one) for one in found]
        columns = [
            Column("INQUIRIES", "number"),
            Column("REQUEST", "subject"),
            Column("FOR EXAMPLE", "cases"),
            Column("ANSWERED", lambda row: " ".join(row["answer"].split())[:_SHOWN_ANSWER]),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="No two inquiries of that time ask for the same.")


def _row(request: CommonRequest) -> Row:
    """The answer is the newest one to the inquiry that has most in common with all."""
    answers = similar.answers(one.key for one in request.examples)
    return {
        "number": request.number,
        "subject": request.examples[0].subject,
        "cases": [one.case for one in request.examples[:_SHOWN_CASES]],
        "answer": next((answers[one.key] for one in request.examples if one.key in answers), ""),
    }
