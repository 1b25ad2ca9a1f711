"""Export: all that is kept about one customer, in a .zip that anybody can read: JSON, files, mails, a page. I/O.

Of cases with several people it holds what this person may see there, by the same rule as their letters (`public`).
"""

from __future__ import annotations

import html
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mailticket.desk.privacy.records import Records
from mailticket.domain.case import Case, EntryKind, StoredFile, public
from mailticket.domain.people import Person
from mailticket.errors import Permanent
from mailticket.mime.octets import file_names
from mailticket.store import cases, entries
from mailticket.store.files import blobs
from mailticket.store.privacy import erasures
from mailticket.store.privacy.erasures import OwnMail

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}pre{{white-space:pre-wrap}}
article{{border-left:3px solid #999;padding-left:1em;margin:1em 0}}</style>
<h1>{title}</h1>{body}</html>
"""


@dataclass(slots=True)
class Exported:
    """What the file holds. `sealed`: mails that were left out because something in them is masked."""

    cases: int = 0
    mails: int = 0
    files: int = 0
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """One item of a case as the export has it."""

    number: int
    at: datetime
    author: str
    text: str
    files: tuple[StoredFile, ...]


@dataclass(slots=True)
class _Export:
    """One export while it is written."""

    archive: zipfile.ZipFile
    person: Person
    with_notes: bool
    our_names: dict[str, str]
    done: Exported = field(default_factory=Exported)
    page: list[str] = field(default_factory=list)

    def case(self, case: Case) -> None:
        """Its facts, what the person may see of its history, the files of that."""
        seen = list(self._seen(case))
        if not seen:
            return
        self.done.cases += 1
        self.page.append(f"<h2>{html.escape(case.id)}: {html.escape(case.subject)}</h2>")
        for one in seen:
            for place, file in enumerate(one.files):
                self._file(case, one.number, place, file)
            heading = html.escape(f"{one.at:%Y-%m-%d %H:%M} UTC, {one.author}")
            self.page.append(f"<article><h3>{heading}</h3><pre>{html.escape(one.text)}</pre></article>")
        facts: dict[str, Any] = {"id": case.id, "subject": case.subject, "status": case.status, "service": case.service}
        facts |= {"created_at": case.created_at, "closed_at": case.closed_at, "language": case.language}
        if case.customer.address.key in self._keys:
            facts["fields"] = dict(case.fields)
        self._json(f"cases/{case.id}.json", facts | {"entries": [asdict(one) for one in seen]})

    @property
    def _keys(self) -> frozenset[str]:
        return frozenset(one.key for one in self.person.addresses)

    def _seen(self, case: Case) -> Iterator[_Shown]:
        viewers = [one for one in case.participants if one.address.key in self._keys]
        is_theirs_alone = len(viewers) == len(case.participants)
        for entry in entries.entries(case.key, newest_first=False):
            views = (public(entry, viewer, self.our_names.get(case.service, "")) for viewer in viewers)
            found = next((one for one in views if one is not None), None)
            if found is not None:
                yield _Shown(found.number, found.at, found.author, found.text, found.files)
            elif self.with_notes and is_theirs_alone and entry.kind is EntryKind.NOTE:
                # Staff's notes on a person are theirs to know (GDPR article 15), if the admin says so.
                author = f"{entry.author.name} (internal note)"
                yield _Shown(entry.number, entry.at, author, entry.words.text, entry.words.files)

    def _file(self, case: Case, number: int, place: int, file: StoredFile) -> None:
        name = f"cases/{case.id}/{number:04d}-{place:02d}-{file_names.cleaned(file.name)}"
        if self._bytes(name, file.sha256):
            self.done.files += 1
            self.page.append(f'<p><a href="{html.escape(name)}">{html.escape(file.name)}</a></p>')

    def mail(self, mail: OwnMail) -> None:
        """A mail of theirs as it came in."""
        if mail.is_sealed:
            self.done.sealed += 1
        elif self._bytes(f"mails/{mail.id}.eml", mail.blob):
            self.done.mails += 1

    def about(self) -> None:
        """What is known of the person, and the page."""
        known = asdict(self.person)
        self._json("customer.json", known)
        facts = "".join(
            f"<p>{html.escape(name)}: {html.escape(str(value))}</p>" for name, value in known.items() if value
        )
        title = html.escape(f"What is kept about {self.person.shown}")
        self.archive.writestr("index.html", _PAGE.format(title=title, body=facts + "".join(self.page)))

    def _bytes(self, name: str, sha256: str) -> bool:
        """False if we do not have them any more."""
        if not blobs.exists(sha256):
            return False
        with self.archive.open(name, "w", force_zip64=True) as part:
            for chunk in blobs.read(sha256):
                part.write(chunk)
        return True

    def _json(self, name: str, value: dict[str, Any]) -> None:
        self.archive.writestr(name, json.dumps(value, ensure_ascii=False, indent=1, default=str))


def export(records: Records, person: Person, place: Path, with_notes: bool) -> Exported:
    """Written whole or not at all, readable by its owner alone. Raises Permanent if the file is there already."""
    unfinished = place.with_name(f".{place.name}.unfinished")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with records.store.connection(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            names = {one.name: one.sender.name for one in records.config.service}
            work = _Export(archive, person, with_notes, names)
            ids = erasures.case_ids(erasures.rows_of(person.id), [one.key for one in person.addresses])
            for id in ids:
                for case in cases.load([id]).values():
                    work.case(case)
            for mail in erasures.mails_of([one.key for one in person.addresses]):
                work.mail(mail)
            work.about()
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, place)
    except FileExistsError as error:
        raise Permanent(f"{place} is there already.", "Name another file with --to.") from error
    finally:
        unfinished.unlink()
    return work.done
