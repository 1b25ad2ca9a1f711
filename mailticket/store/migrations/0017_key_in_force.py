"""I/O: step 17, which key file is this database's: a fingerprint, so that a daemon with another one is refused."""

from __future__ import annotations

from typing import Any

STATEMENT = "CREATE TABLE key_in_force (id INTEGER NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL)"


def up(_migrator: Any, database: Any) -> None:
    database.execute_sql(STATEMENT)
