"""A desk on SQLite with a config in a temporary folder, and the command line run on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mailticket.cli.main import main
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Channel, Entry, EntryKind, Status, StoredFile, Words
from mailticket.domain.people import Participant
from mailticket.store import cases, entries, people
from mailticket.store.database import Store
from tests.cast import CARLA

AT = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)

CONFIG = """
[mailticket]
data = "data"
timezone = "Europe/Berlin"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
aliases = ["a.archer@example.com"]
[[csr]]
email = "bo@example.com"
name = "Bo Baker"
[[role]]
name = "first"
members = ["ann@example.com", "bo@example.com"]
[[role]]
name = "second"
members = ["bo@example.com"]
[[service]]
name = "support"
address = "support@example.com"
first_level = "first"
[service.imap]
host = "127.0.0.1"
username = "support@example.com"
password = "geheim"
[service.smtp]
host = "127.0.0.1"
security = "none"
[[blacklist]]
address = "*@spam.example"
"""


@dataclass
class Desk:
    """A migrated desk. `run` gives the command's result, `json` what it printed, which must be JSON."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def run(self, *words: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), *words], input=stdin)

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for what a test puts in or looks up itself."""
        store = Store("sqlite", self.folder / "data")
        store.open()
        try:
            with store.connection():
                yield store
        finally:
            store.close()

    def open_case(self, id: str = "7F3K-9QX6", **changes: Any) -> Case:
        """A case of Carla's with her mail, a private note and an event."""
        with self.store() as store, store.transaction():
            customer = people.customer(CARLA, AT)
            case = Case(
                **{
                    "key": 0,
                    "id": id,
                    "service": "support",
                    "subject": "Printer on fire",
                    "status": Status.OPENED,
                    "customer": customer,
                    "created_at": AT,
                    "updated_at": AT,
                    "channel": Channel.MAIL,
                    "csr": "ann@example.com",
                    "role": "first",
                    "tags": ("hardware",),
                    "participants": (Participant(CARLA, is_customer=True),),
                    **changes,
                }
            )
            opened = cases.open_case(case)
            for number, (kind, text) in enumerate(ENTRIES, 1):
                files = (StoredFile("fire.jpg", "image/jpeg", 4000, "0" * 64),) if number == 1 else ()
                author = CARLA if kind is EntryKind.CUSTOMER_MAIL else Address("Ann Archer", "ann@example.com")
                entry = Entry(
                    0, number, kind, AT, author, Words(text, files=files), message_id=f"<{number}.{id}@x.example>"
                )
                entries.add_entry(cases.load([id])[id], entry)
        return opened


ENTRIES = (
    (EntryKind.CUSTOMER_MAIL, "It burns.\x1b]0;owned\x07\nPlease help."),
    (EntryKind.NOTE, "Not again."),
    (EntryKind.EVENT, "assigned to Ann Archer: fewest open cases"),
)
