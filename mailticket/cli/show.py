"""How answers look: JSON for programs, tables on a terminal, plain aligned text in a pipe. Writes to stdout."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from mailticket.cli.visible import visible, visible_json, visible_lines

Row = Mapping[str, Any]
#: Of so many letters, as a day has, is a word that a table never breaks, however narrow the terminal.
_WHOLE_WORD = 10
#: Called with how much is done, of how much, and what is being done.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and what of a row stands in it (a key, or a function of the row).

    `styles` colours cells with these words on a terminal.
    """

    heading: str
    value: str | Callable[[Row], Any]
    styles: Mapping[str, str] = field(default_factory=dict)

    def of(self, row: Row) -> str:
        """The cell as text that a terminal can bear."""
        found = row[self.value] if isinstance(self.value, str) else self.value(row)
        return visible(_words(found))


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one) for one in value)
    return str(value)


def moment(at: datetime | None, zone: tzinfo = UTC) -> str:
    """A time for people, to the minute, in the desk's time zone; "" for none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def as_json(value: Any, indent: int | None = 2) -> str:
    """Stored values as JSON: times in ISO 8601 UTC, dataclasses as objects; harmless on a terminal."""
    return visible_json(json.dumps(value, ensure_ascii=False, indent=indent, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return as_row(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def as_row(value: Any) -> Row:
    """The fields of a dataclass that the store gave, by their names."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def json_array(rows: Iterable[Row]) -> None:
    """Print an array row by row, so that a hundred thousand need no memory."""
    opening = "["
    for row in rows:
        click.echo(f"{opening}\n{as_json(row, indent=None)}", nl=False)
        opening = ","
    click.echo("[]" if opening == "[" else "\n]")


def table(rows: Iterable[Row], columns: Sequence[Column], nothing: str) -> None:
    """Print rows as a table on a terminal, as aligned text in a pipe; `nothing` if there are none."""
    cells = [[column.of(row) for column in columns] for row in rows]
    if not cells:
        click.echo(nothing)
    elif sys.stdout.isatty():
        _on_terminal(columns, cells)
    else:
        _in_pipe([column.heading for column in columns], cells)


def listing(rows: Iterable[Row], columns: Sequence[Column], *, as_json: bool, nothing: str) -> None:
    """A listing, as JSON or as a table."""
    if as_json:
        json_array(rows)
    else:
        table(rows, columns, nothing)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one pair a line, the empty ones left out."""
    shown = [(name, visible(_words(value))) for name, value in pairs if value not in (None, "", (), [])]
    width = max((len(name) for name, _value in shown), default=0)
    for name, value in shown:
        click.echo(f"{click.style(name.ljust(width), dim=True)}  {value}")


def long_text(text: str, indent: str = "    ") -> None:
    """Print a longer text as it is, indented, its unsafe characters visible."""
    for line in visible_lines(text.strip("\n")):
        click.echo(f"{indent}{line}".rstrip())


def heading(text: str) -> None:
    """Print a heading with an empty line before it."""
    click.echo()
    click.secho(visible(text), bold=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on stderr while the block runs, if somebody watches; nothing in pipes and units."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=visible(what))


def _on_terminal(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    places = _worth_showing(columns, cells, console.width)
    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for place in places:
        least = _longest_whole_word([columns[place].heading, *(row[place] for row in cells)])
        made.add_column(columns[place].heading, overflow="fold", min_width=least)
    for row in cells:
        # Text, not str: "[red]" in a subject is no markup.
        made.add_row(*(Text(row[place], columns[place].styles.get(row[place], "")) for place in places))
    console.print(made)


def _worth_showing(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> Sequence[int]:
    """The columns, but the empty ones where a narrow terminal has no room to spare."""
    widths = [max(len(columns[place].heading), *(len(row[place]) for row in cells)) for place in range(len(columns))]
    if sum(widths) + 2 * len(widths) <= width:
        return range(len(columns))
    return [place for place in range(len(columns)) if any(row[place] for row in cells)]


def _longest_whole_word(texts: Iterable[str]) -> int:
    """Of those that are never broken: case IDs, days, statuses, headings."""
    return max((len(word) for text in texts for word in text.split() if len(word) <= _WHOLE_WORD), default=1)


def _in_pipe(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    rows = [headings, *cells]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(headings))]
    for row in rows:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
