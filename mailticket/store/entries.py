"""I/O: the entries of cases, with their files: added, changed, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailticket.domain.address import Address
from mailticket.domain.amending import amended
from mailticket.domain.case import Case, Entry, EntryKind, StoredFile, Words
from mailticket.errors import Conflict, Outdated, Permanent
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.engine.proxies import database
from mailticket.store.index import search_index
from mailticket.store.tables import case_tables, mail_tables

_PUBLIC = (str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY))
_COLUMNS = (
    "case", "number", "kind", "at", "author_name", "author_address", "text", "html", "whole", "method", "subject",
    "csr", "held", "is_held", "parties", "message_id", "from_case", "greeting", "door",
)  # fmt: skip
_FILE_COLUMNS = ("entry", *StoredFile.__slots__)
#: What is written with an entry, besides its words in the index, which are put off by themselves.
_TABLES = ("entry", "entry_file", "mail_id", "entry_search", "case_word")


@Prepared
def _counted(holes: Holes) -> Any:
    table = case_tables.Case
    more = table.update(entries=table.entries + holes.more)
    return more.where(table.id == holes.case).returning(table.entries).tuples()


@PreparedRows
def _insert(holes: Holes) -> Any:
    table = case_tables.Entry
    return table.insert_many([holes.columns(_COLUMNS)]).returning(table.case, table.number, table.id).tuples()


@PreparedRows
def _insert_files(holes: Holes) -> Any:
    return case_tables.EntryFile.insert_many([holes.columns(_FILE_COLUMNS)])


@PreparedRows
def _insert_message_ids(holes: Holes) -> Any:
    return mail_tables.MailId.insert_many([holes.columns(("message_id", "case", "entry"))])


@Prepared
def _of_case(holes: Holes, newest_first: bool, public_only: bool, limited: bool) -> Any:
    table = case_tables.Entry
    query = table.select().where(table.case == holes.case)
    if public_only:
        query = query.where(table.kind.in_(_PUBLIC) & (table.held == ""))
    query = query.order_by(table.number.desc() if newest_first else table.number)
    return query.limit(holes.limit if limited else None).dicts()


@Prepared
def _files_of(holes: Holes, count: int) -> Any:
    table = case_tables.EntryFile
    return table.select().where(table.entry.in_(holes.each("entries", count))).order_by(table.id).dicts()


def add_entries(case: Case, new: Sequence[Entry]) -> list[Entry]:
    """The entries in this order, with ids and numbers, their files and Message-IDs, findable at once.

    Raises Conflict if an entry names a number that it cannot get, because somebody else added one meanwhile.
    """
    if not new:
        return []
    last: list[Any] = list(_counted(more=len(new), case=case.key).execute())
    if not last:
        raise Conflict(f"Case {case.id} is gone.")
    numbered = _numbered(amended(case, entries=int(last[0][0])), new)
    return _write([(case, numbered)])


def add_counted(case: Case, new: Sequence[Entry]) -> list[Entry]:
    """The same where the case counts them already, as it was opened or changed with room for them.

    They are written as the transaction ends, with those of other cases, and get their ids then.
    """
    if not new:
        return []
    numbered = _numbered(case, new)
    database.obj.last_things.put_off_rows(_write, [(case, numbered)], *_TABLES)
    return numbered


def _numbered(case: Case, new: Sequence[Entry]) -> list[Entry]:
    """The newest entries of a case that counts them already."""
    numbers = range(case.entries - len(new) + 1, case.entries + 1)
    if any(one.number not in (0, number) for one, number in zip(new, numbers, strict=True)):
        raise Outdated(f"Somebody else added an entry to case {case.id} in the meantime.")
    return [one if one.number else amended(one, number=number) for number, one in zip(numbers, new, strict=True)]


def _write(added: Sequence[tuple[Case, Sequence[Entry]]]) -> list[Entry]:
    """The entries of these cases, with their ids."""
    rows = [_row(case.key, one) for case, new in added for one in new]
    ids = {(case, number): id for case, number, id in _insert.returned(rows)}
    stored = [(case, [amended(one, id=ids[case.key, one.number]) for one in new]) for case, new in added]
    _insert_files.write([row for _, new in stored for one in new for row in _file_rows(one)])
    _insert_message_ids.write([_message_id_row(case.key, one) for case, new in stored for one in new if one.message_id])
    for case, new in stored:
        search_index.index(case, new)
    return [one for _, new in stored for one in new]


def _row(case_key: int, entry: Entry) -> dict[str, Any]:
    return {
        "case": case_key,
        "number": entry.number,
        "kind": str(entry.kind),
        "at": entry.at,
        "author_name": entry.author.name,
        "author_address": entry.author.address,
        "text": entry.words.text,
        "html": entry.words.html,
        "whole": entry.words.whole,
        "method": str(entry.words.method),
        "subject": entry.subject,
        "csr": entry.csr,
        "held": entry.held,
        "is_held": bool(entry.held),
        "parties": entry.parties,
        "message_id": entry.message_id,
        "from_case": entry.from_case,
        "greeting": entry.words.greeting,
        "door": entry.door,
    }


def _file_rows(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"entry": entry.id} | {name: getattr(file, name) for name in StoredFile.__slots__} for file in entry.words.files
    ]


def _message_id_row(case_key: int, entry: Entry) -> dict[str, Any]:
    return {"message_id": entry.message_id, "case": case_key, "entry": entry.number}


def add_entry(case: Case, entry: Entry) -> Entry:
    """One entry more; see `add_entries`."""
    return add_entries(case, [entry])[0]


def change_entry(entry_id: int, changes: Mapping[str, Any]) -> None:
    """New values for `held` or `kind`. A new `held` says who released or dropped the reply: it is held no more."""
    unknown = changes.keys() - {"held", "kind"}
    if unknown:
        raise ValueError(f"entries have no changeable field {', '.join(sorted(unknown))}")
    values = {name: str(value) for name, value in changes.items()}
    settled = {"is_held": False} if "held" in changes else {}
    if not case_tables.Entry.update(values | settled).where(case_tables.Entry.id == entry_id).execute():
        raise Permanent(f"There is no entry with the id {entry_id}.")


def entries(
    case_key: int, newest_first: bool = True, limit: int | None = None, public_only: bool = False
) -> list[Entry]:
    """The entries of a case with their files, in two queries. `public_only`: mails and replies that were sent."""
    return read(_of_case(newest_first, public_only, limit is not None, case=case_key, limit=limit))


def of_cases(case_keys: Iterable[int]) -> dict[int, list[Entry]]:
    """All entries of each of these cases, by its key, with their files, the oldest first: in two queries."""
    wanted = padded(dict.fromkeys(case_keys))
    found: dict[int, list[Entry]] = {key: [] for key in wanted}
    for case, one in read_by_case(_of_cases(len(wanted), cases=wanted)) if wanted else ():
        found[case].append(one)
    return found


@Prepared
def _of_cases(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    return table.select().where(table.case.in_(holes.each("cases", count))).order_by(table.case, table.number).dicts()


def entry(case_key: int, number: int) -> Entry:
    """Raises Permanent if the case has no such entry."""
    is_it = (case_tables.Entry.case == case_key) & (case_tables.Entry.number == number)
    found = read(case_tables.Entry.select().where(is_it).dicts())
    if not found:
        raise Permanent(f"The case has no entry {number}.")
    return found[0]


def read(query: Any) -> list[Entry]:
    """The entries of a query for dictionaries in its order, their files by one more query."""
    return [entry for _, entry in read_by_case(query)]


def read_by_case(query: Any) -> list[tuple[int, Entry]]:
    """The same, each with the key of its case."""
    rows = list(query)
    files: dict[int, list[StoredFile]] = {}
    if rows:
        ids = padded(row["id"] for row in rows)
        for one in _files_of(len(ids), entries=ids):
            file = StoredFile(**{name: one[name] for name in StoredFile.__slots__})
            files.setdefault(one["entry"], []).append(file)
    return [(row["case"], _entry(row, tuple(files.get(row["id"], ())))) for row in rows]


def _entry(row: Mapping[str, Any], files: tuple[StoredFile, ...]) -> Entry:
    return Entry(
        id=row["id"],
        number=row["number"],
        kind=EntryKind(row["kind"]),
        at=row["at"],
        author=Address(row["author_name"], row["author_address"]),
        words=Words(row["text"], row["html"], row["whole"], row["method"], files, row["greeting"]),
        subject=row["subject"],
        csr=row["csr"],
        held=row["held"],
        parties=row["parties"],
        message_id=row["message_id"],
        from_case=row["from_case"],
        door=row["door"],
    )
