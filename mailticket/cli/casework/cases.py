"""`mailticket case`: the cases as they stand in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import click

from mailticket.cli import show
from mailticket.cli.acting import id_of
from mailticket.cli.casework import case_acts, case_change, case_new
from mailticket.cli.opened import Opened, opened
from mailticket.cli.privacy import masking
from mailticket.cli.show import Column, Row, moment
from mailticket.cli.words import COUNT, Asked, Name, Words
from mailticket.domain.address import Address
from mailticket.domain.case import OPEN, Case, Entry, EntryKind, Status
from mailticket.domain.times.spans import shown_size, shown_span
from mailticket.errors import Permanent


@click.group(cls=Words)
def case() -> None:
    """List, show, open cases; answer, note, assign, change, merge, split, mask, delete them."""


@case.command("list")
@click.option("--status", type=Name([status.value for status in Status]), help="Only cases in this status.")
@click.option("--service", metavar="NAME", help="Only cases of this service.")
@click.option("--csr", metavar="ADDRESS", help="Only cases of this CSR.")
@click.option("--limit", type=COUNT, metavar="N", help="At most so many, the newest.")
@click.option(
    "--search",
    "words",
    metavar="WORDS",
    help='Only cases with these words; "side by side", -without; notes are searched too.',
)
@click.option("--customer", metavar="ADDRESS", help="Only cases of this customer, from any of their addresses.")
@click.option("--since", metavar="SPAN|DAY", help='Only cases opened since then, such as "30d" or "2026-10-01".')
@click.option("--until", metavar="SPAN|DAY", help="Only cases opened before then.")
@click.pass_obj
def list_(
    asked: Asked, /, status: str | None, service: str | None, csr: str | None, limit: int | None, **narrowed: str | None
) -> None:
    """List cases, the newest first."""
    from mailticket.cli.casework import searching

    with opened(asked) as desk:
        wanted = Status(status) if status else None
        key = Address("", csr).key if csr else None
        words = narrowed.pop("words")
        by = {"service": service, "status": wanted, "csr": key, "limit": limit}
        found = searching.listed(desk.config.mailticket.timezone, words, narrowed, **by)
        rows = (as_row(one) for one in found)
        show.listing(rows, _columns(desk.zone), as_json=asked.as_json, nothing="There are no such cases.")


@case.command("show")
@click.argument("wanted", metavar="CASE")
@click.pass_obj
def show_(asked: Asked, wanted: str) -> None:
    """Show one case with its history.

    CASE is written as in subjects, with or without brackets.
    """
    from mailticket.store import entries as history_of

    with opened(asked) as desk:
        found = named(wanted)
        entries = history_of.entries(found.key, newest_first=False)
        if asked.as_json:
            click.echo(show.as_json(as_whole(found, entries)))
        else:
            _print(found, entries, desk)


def named(written: str) -> Case:
    """The case with that case ID. Raises Permanent."""
    from mailticket.store import cases

    known = id_of(written)
    found = cases.load([known]).get(known)
    if found is None:
        raise Permanent(f"There is no case {known}.", "`mailticket case list` has them all.")
    return found


def as_row(one: Case) -> Row:
    """A case as listings in JSON have it."""
    return {
        "id": one.id,
        "subject": one.subject,
        "status": one.status,
        "priority": one.priority,
        "service": one.service,
        "channel": one.channel,
        "customer": _address(one.customer.address),
        "csr": one.csr,
        "role": one.role,
        "tags": one.tags,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "due_at": one.due_at,
    }


def as_whole(one: Case, entries: Sequence[Entry]) -> Row:
    """A case with all that belongs to it."""
    people = [
        {**_address(each.address), "is_customer": each.is_customer, "since": each.since} for each in one.participants
    ]
    return {
        **as_row(one),
        "entries": [_entry(entry) for entry in entries if entry.kind is not EntryKind.EVENT],
        "events": [
            {
                "number": entry.number,
                "at": entry.at,
                "author": _address(entry.author),
                "text": entry.words.text,
                "door": entry.door,
            }
            for entry in entries
            if entry.kind is EntryKind.EVENT
        ],
        "files": [
            {"entry": entry.number, **_file(entry, place)}
            for entry in entries
            for place in range(len(entry.words.files))
        ],
        "participants": people,
        "type": one.type,
        "fields": dict(one.fields),
        "skills": one.skills,
        "waiting_since": one.waiting_since,
        "watchers": one.watchers,
        "watching": dict(one.watching),
        "language": one.language,
        "resolution": one.resolution,
        "time_worked_seconds": int(one.time_worked.total_seconds()),
        "linked": one.linked,
        "merged_into": one.merged_into,
    }


def _entry(entry: Entry) -> Row:
    return {
        "number": entry.number,
        "kind": entry.kind,
        "at": entry.at,
        "author": _address(entry.author),
        "subject": entry.subject,
        "text": entry.words.text,
        "is_private": entry.is_private,
        "held": entry.held,
        "message_id": entry.message_id,
        "door": entry.door,
        "from_case": entry.from_case,
    }


def _file(entry: Entry, place: int) -> Row:
    file = entry.words.files[place]
    return {"name": file.name, "type": file.type, "size": file.size, "sha256": file.sha256, "inline": file.inline}


def _address(address: Address) -> Row:
    return {"name": address.name, "address": address.address}


def _watcher(one: Case, name: str) -> str:
    return f"{name} ({one.watching[name]})" if name in one.watching else name


def _columns(zone: tzinfo) -> list[Column]:
    return [
        Column("CASE", "id"),
        Column("STATUS", "status"),
        Column("PRIORITY", "priority"),
        Column("CSR", lambda row: row["csr"] or "-"),
        Column("CUSTOMER", lambda row: row["customer"]["name"] or row["customer"]["address"]),
        Column("UPDATED", lambda row: moment(row["updated_at"], zone)),
        Column("SUBJECT", "subject"),
    ]


def _print(one: Case, entries: Sequence[Entry], desk: Opened) -> None:
    _print_facts(one, desk)
    for entry in entries:
        _print_entry(entry, desk.zone)


def _print_facts(one: Case, desk: Opened) -> None:
    from mailticket.cli.casework import waiting

    zone = desk.zone
    also = [str(each.address) for each in one.participants if each.address.key != one.customer.address.key]
    show.facts(
        [
            ("Case", one.id),
            ("Subject", one.subject),
            ("Status", f"{one.status} ({one.resolution})" if one.resolution else one.status),
            ("Priority", one.priority),
            ("Service", one.service),
            ("Customer", one.customer.address),
            ("Also", also),
            ("CSR", one.csr or ("nobody yet" if one.status in OPEN else "nobody")),
            ("Role", one.role),
            ("Waits", waiting.told(one, desk)),
            ("Skills", one.skills),
            ("Tags", one.tags),
            ("Type", one.type),
            ("Language", one.language),
            *one.fields.items(),
            ("Watchers", [_watcher(one, name) for name in one.watchers]),
            ("Worked", shown_span(one.time_worked) if one.time_worked else ""),
            ("Created", moment(one.created_at, zone)),
            ("Updated", moment(one.updated_at, zone)),
            ("Due", moment(one.due_at, zone)),
            ("Pending until", moment(one.pending_until, zone)),
            ("Linked", one.linked),
            ("Merged into", one.merged_into),
        ]
    )


def _print_entry(entry: Entry, zone: tzinfo) -> None:
    if entry.kind is EntryKind.EVENT:
        click.echo()
        door = f" ({entry.door})" if entry.door else ""
        show.facts([(f"{entry.number}. {moment(entry.at, zone)}", f"{entry.words.text}{door}")])
        return
    private = ", private" if entry.is_private else ""
    held = f", held: {entry.held}" if entry.held else ""
    kind = entry.kind.value.replace("_", " ")
    show.heading(f"{entry.number}. {moment(entry.at, zone)}  {kind}{private}{held}  {entry.author}")
    show.long_text(entry.words.text)
    for file in entry.words.files:
        show.long_text(f"[{file.name}, {file.type}, {shown_size(file.size)}]")


for one in (
    case_new.new,
    case_acts.reply,
    case_acts.note,
    case_acts.assign,
    case_acts.status,
    case_change.change,
    case_acts.merge,
    case_acts.split,
    case_acts.delete,
    masking.mask,
    masking.unmask,
):
    case.add_command(one)
