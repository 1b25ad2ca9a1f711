"""I/O: the tables of what operators are told and did, and which daemon works at what. Rows never leave the store."""

from __future__ import annotations

import peewee
from peewee import BigAutoField, BigIntegerField, IntegerField

from mailticket.store.engine.fields import Key, Moment, Text
from mailticket.store.tables.case_tables import Table

#: Who did what was done by age alone.
THE_CLOCK = "the clock"
#: What people did, as the index of it has it, word for word: no database uses such an index for a bound value.
BY_PEOPLE = peewee.SQL("\"by\" <> 'the clock'")


class Alarm(Table):
    """One trouble, by its key. It rang `untold` times since an admin was told last, first at `rung_at`."""

    key = Key(primary_key=True)
    service = Key(default="")
    text = Text()
    rung_at = Moment()
    untold = IntegerField(default=0)
    told_at = Moment(null=True)

    class Meta:
        table_name = "alarm"
        indexes = ((("untold", "told_at"), False),)


class AlarmRound(Table):
    """One telling: a letter to each admin and a webhook call. Budgets count these."""

    id = BigAutoField()
    told_at = Moment(index=True)
    alarms = IntegerField()

    class Meta:
        table_name = "alarm_round"


class WebhookCall(Table):
    """What is to be posted to a web address. `target` is "alarm_webhook" (the config's address in force) or a URL."""

    id = BigAutoField()
    idem_key = Key(unique=True)
    target = Text()
    body = Text()
    state = Key()
    attempts = IntegerField(default=0)
    next_at = Moment(null=True)
    lease_owner = Text(default="")
    error = Text(default="")
    created_at = Moment()
    done_at = Moment(null=True)

    class Meta:
        table_name = "webhook_call"
        indexes = ((("state", "next_at"), False),)


class OperatorAct(Table):
    """What a human did to a mail on the command line or in the console: who, when, what and why. Never removed."""

    id = BigAutoField()
    at = Moment()
    by = Text()
    act = Key()
    item = Key(index=True)
    why = Text(default="")

    class Meta:
        table_name = "operator_act"


OperatorAct.add_index(
    OperatorAct.index(OperatorAct.id, name="operator_act_by_people", where=OperatorAct.by != THE_CLOCK)
)


class Lease(Table):
    """Who owns what until when (microseconds of the database's own clock). `epoch` grows with every new owner."""

    name = Key(primary_key=True)
    owner = Text()
    epoch = BigIntegerField()
    until = BigIntegerField()

    class Meta:
        table_name = "lease"


WATCH_TABLES: tuple[type[peewee.Model], ...] = (Alarm, AlarmRound, WebhookCall, OperatorAct, Lease)
