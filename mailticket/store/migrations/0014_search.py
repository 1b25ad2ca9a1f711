"""I/O: step 14, full-text search: the index of entries, and the words by which similar cases are found.

What is there already is indexed afterwards, in small steps while the desk works: `search_progress` says how far.
"""

from __future__ import annotations

from typing import Any

#: The words are folded and split before they come here: each database takes them as they are.
SQLITE = (
    "CREATE VIRTUAL TABLE entry_search USING fts5(words, tokenize = 'ascii', columnsize = 0)",
    "CREATE TRIGGER entry_search_goes AFTER DELETE ON entry BEGIN DELETE FROM entry_search WHERE rowid = old.id; END",
)
POSTGRES = (
    "CREATE TABLE entry_search (entry BIGINT NOT NULL PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,"
    " words TSVECTOR NOT NULL)",
    "CREATE INDEX entry_search_words ON entry_search USING gin (words)",
)
BOTH = (
    "CREATE TABLE search_progress (id INTEGER NOT NULL PRIMARY KEY, below BIGINT NOT NULL)",
    "INSERT INTO search_progress (id, below) SELECT 1, COALESCE(MAX(id), -1) + 1 FROM entry",
    "CREATE TABLE case_word (service TEXT NOT NULL, word TEXT NOT NULL, case_id BIGINT NOT NULL,"
    " PRIMARY KEY (service, word, case_id), FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE)",
    "CREATE INDEX case_word_case_id ON case_word (case_id)",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in (*(POSTGRES if database.locks_rows else SQLITE), *BOTH):
        database.execute_sql(statement if database.locks_rows else statement.replace("BIGINT", "INTEGER"))
