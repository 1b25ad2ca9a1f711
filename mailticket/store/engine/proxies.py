"""I/O: the two databases that rows are read from and written to; opening the store says which they are."""

from __future__ import annotations

import peewee

database = peewee.DatabaseProxy()

#: Raw mails and small files: a file of its own with SQLite, the same database with PostgreSQL.
blob_database = peewee.DatabaseProxy()
