"""I/O: the tables of search besides the full-text index itself, which each database has in its own way (`search`)."""

from __future__ import annotations

import peewee
from peewee import BigIntegerField, IntegerField

from mailticket.store.engine.fields import Key
from mailticket.store.tables.case_tables import Case, Table, reference


class SearchProgress(Table):
    """One row: entries with an id below `below` are not in the index yet; 0 when all are."""

    id = IntegerField(primary_key=True)
    below = BigIntegerField()

    class Meta:
        table_name = "search_progress"


class CaseWord(Table):
    """A word that an inquiry is about, by which similar ones are found: the newest of a word in one look-up."""

    service = Key()
    word = Key()
    case = reference(Case, on_delete="CASCADE")

    class Meta:
        table_name = "case_word"
        primary_key = peewee.CompositeKey("service", "word", "case")
        indexes = ((("case", "word"), False),)


SEARCH_TABLES: tuple[type[peewee.Model], ...] = (SearchProgress, CaseWord)
