"""I/O: the tables of mails, in and out, as the newest migration leaves them. Rows never leave the store."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigAutoField, BigIntegerField, BooleanField, CompositeKey, IntegerField

from mailticket.store.engine.fields import Key, Moment, Packed, Text, TextList, TextMap, is_true
from mailticket.store.engine.proxies import blob_database
from mailticket.store.tables.case_tables import Case, Table, reference


class Blob(peewee.Model):
    """A raw mail or a small file under the SHA-256 of its bytes. `put_at` is the last time, or hours before it."""

    sha256 = Key(primary_key=True)
    content = peewee.BlobField()
    put_at = Moment(constraints=[peewee.SQL("DEFAULT 0")])

    class Meta:
        database = blob_database
        legacy_table_names = False
        table_name = "blob"


class Inbox(Table):
    """What was taken in. `is_waiting` while a worker has yet to settle it; `next_at` is when one may have it
    (NULL: now), and the end of the lease while `lease_owner` has it. `writer` is the sender's address key. While it
    waits: `is_fresh` if it depends on nothing before it, and `from_key`, that of the address that its header names."""

    id = BigAutoField()
    source = Key()
    source_key = Key()
    service = Key()
    channel = Text()
    blob = Key(index=True)
    size = BigIntegerField()
    received_at = Moment()
    collected_at = Moment()
    state = Key()
    is_waiting = BooleanField(default=True)
    next_at = Moment(null=True)
    lease_owner = Text(default="")
    attempts = IntegerField(default=0)
    outcome = Text(default="")
    reason = Text(default="")
    error = Text(default="")
    traceback = Text(default="")
    message_id = Key(default="", index=True)
    content_hash = Text(default="")
    subject = Text(default="")
    sender = Text(default="")
    case = reference(Case, null=True, index=True, on_delete="SET NULL")
    entry = IntegerField(default=0)
    is_silent = BooleanField(default=False)
    uidvalidity = BigIntegerField(default=0)
    uid = BigIntegerField(default=0)
    server = Text(default="none")
    server_state = Key(default="")
    server_at = Moment(null=True)
    shunted_at = Moment(null=True)
    key_id = BigIntegerField(null=True)
    writer = Key(default="")
    is_fresh = BooleanField(default=False, constraints=[peewee.SQL("DEFAULT FALSE")])
    from_key = Key(default="", constraints=[peewee.SQL("DEFAULT ''")])

    class Meta:
        table_name = "inbox"
        indexes = (
            (("source", "source_key"), True),
            (("is_waiting", "id"), False),
            (("state", "id"), False),
            (("source", "server_state", "uidvalidity", "uid"), False),
            (("writer", "collected_at"), False),
            (("outcome", "collected_at"), False),
        )


_waits = is_true(Inbox.is_waiting)
Inbox.add_index(Inbox.index(Inbox.service, Inbox.id, name="inbox_waiting", where=_waits))
_arrived = (Inbox.service, Inbox.received_at, Inbox.id)
Inbox.add_index(Inbox.index(*_arrived, name="inbox_fresh", where=_waits & is_true(Inbox.is_fresh)))
Inbox.add_index(Inbox.index(Inbox.from_key, name="inbox_from", where=_waits))


class Logical(Table):
    """The same mail is the same Message-ID and the same content: the first copy of each has the row."""

    id = BigAutoField()
    service = Key()
    logical_key = Key()
    inbox = reference(Inbox, index=True, on_delete="CASCADE")

    class Meta:
        table_name = "logical"
        indexes = ((("service", "logical_key"), True),)


class Folder(Table):
    """`restored_at`: when an older backup was restored; mail from before that moment may have been handled once."""

    id = BigAutoField()
    service = Key()
    folder = Key()
    uidvalidity = BigIntegerField()
    activated_uidnext = BigIntegerField()
    activated_at = Moment()
    scanned_uid = BigIntegerField(default=0)
    restored_at = Moment(null=True)

    class Meta:
        table_name = "folder"
        indexes = ((("service", "folder"), True),)


class Outbox(Table):
    """What is to be sent. `rank` puts human before notify before auto; `next_at` is when it is due,
    and the end of the lease while `lease_owner` sends it. `recipient_key` is its address, normalised, `budget_key`
    what budgets count it by. `seen` is the number of the newest entry of the case when it was written, `shows` are the
    numbers of those that a customer's letter holds."""

    id = BigAutoField()
    idem_key = Key(unique=True)
    kind = Key()
    rank = IntegerField()
    letter = Key()
    service = Key()
    case = reference(Case, null=True, on_delete="SET NULL")
    entry = IntegerField(default=0)
    message_id = Key(unique=True)
    envelope_from = Text(default="")
    recipient = Text()
    recipient_key = Key()
    csr = Key(default="")
    skeleton = Packed()
    state = Key()
    phase = Text(default="")
    attempts = IntegerField(default=0)
    next_at = Moment(null=True)
    lease_owner = Text(default="")
    unknowns = IntegerField(default=0)
    reply = Text(default="")
    error = Text(default="")
    reason = Text(default="")
    created_at = Moment()
    sent_at = Moment(null=True)
    bounced_at = Moment(null=True)
    bounce = Text(default="")
    key_id = BigIntegerField(null=True)
    budget_key = Key(default="")
    seen = IntegerField(default=0)
    shows = TextList(default=())

    class Meta:
        table_name = "outbox"
        indexes = (
            (("case", "letter"), False),
            (("recipient_key", "letter", "created_at"), False),
            (("budget_key", "letter", "created_at"), False),
            (("service", "kind", "created_at"), False),
            (("service", "letter", "created_at"), False),
        )


def is_in(letters: Any, *states: str) -> Any:
    """A condition on letters (the table, or an alias of it): in one of these states, of which none is "sent".

    Nearly all letters are sent: the indexes of states hold the others alone, and this is how both databases see that
    one of these will do.
    """
    return letters.state.in_(states) & _is_not_sent(letters)


def _is_not_sent(letters: Any) -> Any:
    return letters.state != peewee.SQL("'sent'")


_left = _is_not_sent(Outbox)
_in_turn = (Outbox.service, Outbox.state, Outbox.rank, Outbox.id)
Outbox.add_index(Outbox.index(*_in_turn, name="outbox_in_turn", where=_left))
Outbox.add_index(Outbox.index(Outbox.case, Outbox.recipient_key, Outbox.state, name="outbox_of_case", where=_left))
Outbox.add_index(Outbox.index(Outbox.state, Outbox.id, name="outbox_in_state", where=_left))


class PackingProgress(Table):
    """One row: letters up to `last` were written before letters were packed; those up to `done` are packed by now."""

    id = IntegerField(primary_key=True)
    done = BigIntegerField()
    last = BigIntegerField()

    class Meta:
        table_name = "packing_progress"


class Account(Table):
    """A relay account. `used` counts what was handed in lately, by slots of time; `refusals` in a row make it rest."""

    name = Key(primary_key=True)
    used = TextMap(default=dict)
    why = Text(default="")
    refused_since = Moment(null=True)
    rests_until = Moment(null=True)
    refusals = IntegerField(default=0)

    class Meta:
        table_name = "account"


class OutboxFile(Table):
    """Which stored files a letter needs until it is sent."""

    outbox = reference(Outbox, on_delete="CASCADE")
    sha256 = Key(index=True)

    class Meta:
        table_name = "outbox_file"
        primary_key = CompositeKey("outbox", "sha256")


class MailId(Table):
    """Every Message-ID that a later mail may name: of an entry, or of a letter of ours (`outbox`)."""

    id = BigAutoField()
    message_id = Key(index=True)
    case = reference(Case, null=True, index=True, on_delete="CASCADE")
    entry = IntegerField(default=0)
    outbox = reference(Outbox, null=True, index=True, on_delete="CASCADE")

    class Meta:
        table_name = "mail_id"


class AccountToken(Table):
    """What a mail account signed in with, sealed. `account` names provider, tenant, application and user."""

    account = Key(primary_key=True)
    sealed = Text()
    obtained_at = Moment()
    expires_at = Moment()

    class Meta:
        table_name = "account_token"


MAIL_TABLES: tuple[type[peewee.Model], ...] = (
    Inbox,
    Logical,
    Folder,
    Outbox,
    Account,
    AccountToken,
    OutboxFile,
    MailId,
    PackingProgress,
)
