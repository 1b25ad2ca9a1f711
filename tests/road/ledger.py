"""What a desk has written down, by plain SQL and from its folder, for an oracle that does not trust the program."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_MAILS = "SELECT id, uid, blob, state, outcome, attempts, is_waiting, server_state, error FROM inbox ORDER BY id"
_ENTRIES = (
    "SELECT cases.case_id, number, kind, entry.text FROM entry JOIN cases ON cases.id = entry.case_id ORDER BY entry.id"
)
_LETTERS = (
    "SELECT outbox.id, kind, letter, entry, cases.case_id, message_id, recipient, state, phase, unknowns, error "
    "FROM outbox LEFT JOIN cases ON cases.id = outbox.case_id ORDER BY outbox.id"
)
#: What waits for its time is due at once: a quarter of an hour has passed.
_TIME_PASSES = (
    "UPDATE outbox SET next_at = created_at WHERE state = 'queued'",
    "UPDATE inbox SET next_at = NULL WHERE is_waiting",
)


class Ledger:
    """The database and the files of a desk that may be dead. `url` as in the config."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.data = data

    def mails(self) -> list[Row]:
        """The inbox, in its order."""
        return self._rows(_MAILS)

    def entries(self) -> list[Row]:
        return self._rows(_ENTRIES)

    def letters(self) -> list[Row]:
        """The outbox, in its order."""
        return self._rows(_LETTERS)

    def names(self) -> set[str]:
        """What every stored mail and file is called."""
        rows = self._rows("SELECT sha256 FROM blob", "blobs.db")
        return {row["sha256"] for row in rows} | {path.name for path in self._files()}

    def stored(self) -> dict[str, str]:
        """Every stored mail and file: what it is called -> the digest of what is there."""
        rows = self._rows("SELECT sha256, content FROM blob", "blobs.db")
        found = {row["sha256"]: hashlib.sha256(row["content"]).hexdigest() for row in rows}
        return found | {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self._files()}

    def _files(self) -> Iterator[Path]:
        return (self.data / "files").glob("??/??/*")

    def faults(self) -> Iterator[str]:
        """What SQLite's own checks find; PostgreSQL checks its pages and keys by itself."""
        if self.url != "sqlite":
            return
        for name in ("mailticket.db", "blobs.db"):
            for check in ("integrity_check", "foreign_key_check"):
                told = [tuple(row.values()) for row in self._rows(f"PRAGMA {check}", name)]
                if told and told != [("ok",)]:
                    yield f"{check} of {name}: {told[:3]}"

    def let_time_pass(self) -> None:
        """The desk must not be running."""
        if self.url == "sqlite":
            with closing(sqlite3.connect(self.data / "mailticket.db", timeout=20)) as line, line:
                for statement in _TIME_PASSES:
                    line.execute(statement)
            return
        import psycopg

        with psycopg.connect(self.url) as connection:
            for statement in _TIME_PASSES:
                connection.execute(statement)

    def _rows(self, question: str, name: str = "mailticket.db") -> list[Row]:
        if self.url != "sqlite":
            import psycopg
            from psycopg.rows import dict_row

            with psycopg.connect(self.url, row_factory=dict_row) as connection:
                return connection.execute(question).fetchall()
        with closing(sqlite3.connect(self.data / name, timeout=20)) as line:
            line.row_factory = sqlite3.Row
            return [dict(row) for row in line.execute(question)]
