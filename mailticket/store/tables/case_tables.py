"""I/O: the tables of people and cases as the newest migration leaves them. Rows never leave the store.

`key_id` stands where content does: it names the key under which the row is sealed, NULL while it is in the clear.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee
from peewee import BigAutoField, BigIntegerField, BooleanField, ForeignKeyField, IntegerField

from mailticket.store.engine.fields import Key, Moment, MomentMap, Rank, Span, Text, TextList, TextMap
from mailticket.store.engine.proxies import database


def reference(table: type[peewee.Model], **options: Any) -> Any:
    """A foreign key that gives the other row's id and never loads it behind our back."""
    return ForeignKeyField(table, lazy_load=False, **{"index": False, **options})


class Table(peewee.Model):
    class Meta:
        database = database
        legacy_table_names = False


class Customer(Table):
    """One address; see `store.customers`."""

    id = BigAutoField()
    address_key = Key(unique=True)
    address = Text()
    name = Text(default="")
    created_at = Moment()
    person = BigIntegerField(null=True)
    number = Key(default="")
    phone = Text(default="")
    language = Text(default="")
    organisation = Text(default="")
    fields = TextMap(default=dict)

    class Meta:
        table_name = "customer"


Customer.add_index(Customer.index(Customer.person, name="customer_person", where=Customer.person.is_null(False)))
Customer.add_index(Customer.index(Customer.number, name="customer_number", where=Customer.number != ""))


class Organisation(Table):
    """What everybody at a domain belongs to."""

    domain = Key(primary_key=True)
    name = Text()

    class Meta:
        table_name = "organisation"


class Csr(Table):
    """A CSR of the config. Those who are gone stay, inactive, so that old cases keep their names."""

    id = BigAutoField()
    key = Key(unique=True)
    email = Text()
    name = Text(default="")
    place = IntegerField(default=0)
    is_active = BooleanField(default=True)
    last_assigned_at = Moment(null=True)

    class Meta:
        table_name = "csr"


class CsrAlias(Table):
    address_key = Key(primary_key=True)
    csr = reference(Csr, index=True, on_delete="CASCADE")

    class Meta:
        table_name = "csr_alias"


class Role(Table):
    id = BigAutoField()
    name = Key(unique=True)
    is_active = BooleanField(default=True)

    class Meta:
        table_name = "role"


class RoleMember(Table):
    """Who is in a role, and whether they are away in it. Outlives the config, so availability is kept."""

    id = BigAutoField()
    role = reference(Role, on_delete="CASCADE")
    csr = reference(Csr, index=True, on_delete="CASCADE")
    place = IntegerField(default=0)
    is_active = BooleanField(default=True)
    is_away = BooleanField(default=False)
    changed_by = Text(default="")
    changed_at = Moment(null=True)
    reason = Text(default="")

    class Meta:
        table_name = "role_member"
        indexes = ((("role", "csr"), True),)


class Blacklist(Table):
    """An address or *@domain, and a subject or "" for any. `is_config`: projected from the config file."""

    id = BigAutoField()
    address = Key()
    subject = Key(default="")
    is_config = BooleanField(default=False)
    by = Text(default="")
    at = Moment(null=True)

    class Meta:
        table_name = "blacklist"
        indexes = ((("address", "subject", "is_config"), True),)


class Case(Table):
    """`case_id` is what people see. `entries` counts entries, `version` changes; `rings_at` is the first timer."""

    id = BigAutoField()
    case_id = Key(unique=True)
    service = Key()
    subject = Text(default="")
    status = Key()
    customer = reference(Customer)
    created_at = Moment()
    updated_at = Moment()
    priority = Rank()
    channel = Text()
    csr = Key(default="")
    role = Key(default="")
    waiting_since = Moment(null=True)
    due_at = Moment(null=True)
    pending_until = Moment(null=True)
    resolved_at = Moment(null=True)
    closed_at = Moment(null=True)
    resolution = Text(default="")
    before_spam = Text(default="")
    language = Text(default="")
    thread_root = Text(default="")
    tags = TextList(default=())
    linked = TextList(default=())
    entries = IntegerField(default=0)
    version = IntegerField(default=0)
    type = Text(default="")
    fields = TextMap(default=dict)
    watchers = TextList(default=())
    time_worked = Span(default=timedelta(0))
    merged_into = Key(default="")
    skills = TextList(default=())
    wanted = Key(default="")
    respond_by = Moment(null=True)
    resolve_by = Moment(null=True)
    counts_from = Moment(null=True)
    answered_at = Moment(null=True)
    acted_at = Moment(null=True)
    paused_at = Moment(null=True)
    timers = MomentMap(default=dict)
    fired = MomentMap(default=dict)
    rings_at = Moment(null=True)
    watching = TextMap(default=dict)
    erased_at = Moment(null=True)

    class Meta:
        table_name = "cases"
        indexes = (
            (("csr", "status"), False),
            (("csr", "id"), False),
            (("service", "id"), False),
            (("created_at", "id"), False),
            (("customer", "id"), False),
            (("service", "status", "resolved_at"), False),
            (("status", "id"), False),
        )


Case.add_index(
    Case.index(Case.priority.desc(), Case.waiting_since, name="cases_waiting", where=Case.waiting_since.is_null(False))
)
Case.add_index(Case.index(Case.pending_until, name="cases_pending", where=Case.pending_until.is_null(False)))
Case.add_index(Case.index(Case.merged_into, name="cases_merged_into", where=Case.merged_into != ""))
Case.add_index(Case.index(Case.csr, Case.due_at, name="cases_csr_due", where=Case.due_at.is_null(False)))
Case.add_index(Case.index(Case.rings_at, name="cases_rings_at", where=Case.rings_at.is_null(False)))
_is_kept = Case.closed_at.is_null(False) & Case.erased_at.is_null()
Case.add_index(Case.index(Case.service, Case.closed_at, name="cases_closed_at", where=_is_kept))


class Participant(Table):
    id = BigAutoField()
    case = reference(Case, on_delete="CASCADE")
    address_key = Key(index=True)
    address = Text()
    name = Text(default="")
    is_customer = BooleanField()
    since = IntegerField(default=0)

    class Meta:
        table_name = "participant"
        indexes = ((("case", "address_key"), True),)


class Entry(Table):
    """`held` is why a reply was not sent; `is_held` while nobody has released or dropped it."""

    id = BigAutoField()
    case = reference(Case, on_delete="CASCADE")
    number = IntegerField()
    kind = Text()
    at = Moment()
    author_name = Text(default="")
    author_address = Text(default="")
    text = Text(default="")
    html = Text(default="")
    whole = Text(default="")
    method = Text(default="whole")
    subject = Text(default="")
    csr = Key(default="")
    held = Text(default="")
    is_held = BooleanField(default=False)
    parties = TextList(default=())
    message_id = Text(default="")
    key_id = BigIntegerField(null=True)
    from_case = Key(default="")
    greeting = BooleanField(default=True)
    door = Text(default="")

    class Meta:
        table_name = "entry"
        indexes = ((("case", "number"), True), (("case", "is_held", "number"), False))


class EntryFile(Table):
    id = BigAutoField()
    entry = reference(Entry, index=True, on_delete="CASCADE")
    name = Text()
    type = Text()
    size = BigIntegerField()
    sha256 = Key(index=True)
    inline = BooleanField(default=False)
    cid = Text(default="")
    key_id = BigIntegerField(null=True)

    class Meta:
        table_name = "entry_file"


class LinkUse(Table):
    """A link that was used: `digest` of its token. `before` and `after` hold what it changed, as JSON, to undo it."""

    digest = Key(primary_key=True)
    case = reference(Case, index=True, on_delete="CASCADE")
    csr = Key()
    act = Text()
    argument = Text(default="")
    used_at = Moment()
    before = Text(default="")
    after = Text(default="")

    class Meta:
        table_name = "link_use"


class RevokedLetter(Table):
    """A letter of ours whose links are dead; `letter` is what they call it (`tokens.letter_name`)."""

    letter = Key(primary_key=True)
    revoked_at = Moment()
    reason = Text(default="")

    class Meta:
        table_name = "revoked_letter"


TABLES: tuple[type[peewee.Model], ...] = (
    Customer, Organisation, Csr, CsrAlias, Role, RoleMember, Blacklist, Case, Participant, Entry, EntryFile, LinkUse,
    RevokedLetter,
)  # fmt: skip
