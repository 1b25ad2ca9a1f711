"""I/O: step 22, SQLite's search can be asked which words it holds, so that a beginning becomes its words.

Nothing is stored: it is a view of the index (sqlite.org/fts5.html section 9), so what is forgotten is gone from it too.
"""

from __future__ import annotations

from typing import Any


def up(_migrator: Any, database: Any) -> None:
    if not database.locks_rows:
        database.execute_sql("CREATE VIRTUAL TABLE entry_words USING fts5vocab(entry_search, instance)")
