"""I/O: the tables of masking, retention and erasure. Rows never leave the store."""

from __future__ import annotations

import peewee
from peewee import BigAutoField, BigIntegerField, IntegerField

from mailticket.store.engine.fields import Key, Moment, Text, TextList
from mailticket.store.tables.case_tables import Case, Entry, Table, reference


class CaseKey(Table):
    """The key of a case, wrapped under the key file. Without it nothing that is sealed under it can be read."""

    id = BigAutoField()
    case = reference(Case, unique=True, on_delete="CASCADE")
    wrapped = Text()
    made_at = Moment()

    class Meta:
        table_name = "case_key"


class SealedEntry(Table):
    """An entry as it was before anything in it was masked."""

    entry = reference(Entry, primary_key=True, on_delete="CASCADE")
    key_id = BigIntegerField(index=True)
    sealed = Text()

    class Meta:
        table_name = "sealed_entry"


class UnwantedBlob(Table):
    """Stored bytes that go as soon as no row needs them."""

    sha256 = Key(primary_key=True)
    since = Moment()

    class Meta:
        table_name = "unwanted_blob"


class Erasure(Table):
    """One customer's erasure. `customers` are the ids of their rows until it is done; nothing else tells who it was."""

    id = BigAutoField()
    customers = TextList()
    by = Text()
    why = Text()
    asked_at = Moment()
    done_at = Moment(null=True)
    cases = IntegerField(default=0)

    class Meta:
        table_name = "erasure"


Erasure.add_index(Erasure.index(Erasure.asked_at, name="erasure_undone", where=Erasure.done_at.is_null()))


class KeyInForce(Table):
    """One row: the fingerprint of the key that seals for this database."""

    id = IntegerField(primary_key=True)
    fingerprint = Text()

    class Meta:
        table_name = "key_in_force"


PRIVACY_TABLES: tuple[type[peewee.Model], ...] = (CaseKey, SealedEntry, UnwantedBlob, Erasure, KeyInForce)
