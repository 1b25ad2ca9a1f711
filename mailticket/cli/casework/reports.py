"""`mailticket report`: what the desk's cases tell when one looks at many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.opened import opened
from mailticket.cli.show import Column, Row
from mailticket.cli.words import Asked, Whole, Words
from mailticket.domain.texts.common_requests import CommonRequest, grouped

if TYPE_CHECKING:
    from mailticket.store.index.similar import Sample

#: Inquiries that are compared, of many so many evenly chosen ones; with --all, more than a year of most desks.
_SAMPLE = 700
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
    "--limit", type=Whole(1, 1000), default=20, show_default=True, metavar="N", help="At most so many, up to 1000."
)
@click.option("--all", "is_whole", is_flag=True, help="Compare every inquiry, up to 100,000: takes up to a minute.")
@click.pass_obj
def requests(asked: Asked, since: str, service: str | None, limit: int, is_whole: bool) -> None:
    """List the most common requests, similar inquiries as one: candidates for the FAQ, each with an answer.

    Of more than 700 inquiries 700 are compared, evenly chosen; the numbers are estimates then.
    """
    from mailticket.cli.casework.searching import moment_of
    from mailticket.store import search
    from mailticket.store.index import similar

    with opened(asked) as desk:
        begins = moment_of("--since", since, desk.config.mailticket.timezone)
        if not search.is_complete():
            click.echo("The older cases are still being indexed: some may be missing here.", err=True)
        sample = similar.inquiries(begins, service, _MOST if is_whole else _SAMPLE)
        rows = [_row(one, sample.every) for one in grouped(sample.inquiries, limit)]
        if sample.every > 1:
            click.echo(_estimated(sample, is_whole), err=True)
        columns = [
            Column("INQUIRIES", "number"),
            Column("REQUEST", "subject"),
            Column("FOR EXAMPLE", "cases"),
            Column("ANSWERED", lambda row: " ".join(row["answer"].split())[:_SHOWN_ANSWER]),
        ]
        show.listing(rows, columns, as_json=asked.as_json, nothing="No two inquiries of that time ask for the same.")


def _estimated(sample: Sample, is_whole: bool) -> str:
    compared = f"{len(sample.inquiries):,} inquiries were compared, chosen evenly of {sample.there:,} cases"
    return f"{compared}: the numbers are estimates.{'' if is_whole else ' --all compares more.'}"


def _row(request: CommonRequest, every: int) -> Row:
    """The answer is the newest one to the inquiry that has most in common with all. One of `every` was compared."""
    from mailticket.store.index import similar

    answers = similar.answers(one.key for one in request.examples)
    return {
        "number": request.number * every,
        "subject": request.examples[0].subject,
        "cases": [one.case for one in request.examples[:_SHOWN_CASES]],
        "answer": next((answers[one.key] for one in request.examples if one.key in answers), ""),
    }
