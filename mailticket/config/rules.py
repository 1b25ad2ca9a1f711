"""PURE: what an admin may write any number of: blacklist, custom fields, triggers, workflows, ready answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mailticket.config.kinds import AddressPattern
from mailticket.config.table import Table


class BlacklistRule(Table):
    """[[blacklist]]: an address or *@domain, and a subject or any."""

    address: AddressPattern
    subject: str = ""


class CustomField(Table):
    """[[field]]: a custom field of cases. `default` is in the form that the store keeps."""

    name: str
    kind: Literal["text", "number", "date", "choice", "checkbox"] = "text"
    types: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    required: bool = False
    default: str = ""
    visible: Literal["customer", "csr"] = "customer"


Event = Literal[
    "case.created",
    "case.customer_replied",
    "case.csr_replied",
    "case.status",
    "case.assigned",
    "case.idle",
    "case.due",
]


class Trigger(Table):
    """[[trigger]]: on an event, when a condition holds, do actions. `once`: at most once for one case."""

    name: str = Field(min_length=1, max_length=100)
    on: Event
    when: str = ""
    then: tuple[dict[str, Any], ...]
    once: bool = False


class Workflow(Table):
    """[[workflow]]: a named list of actions."""

    name: str = Field(min_length=1, max_length=100)
    then: tuple[dict[str, Any], ...]


class AnswerTemplate(Table):
    """[[answer]]: a ready answer that CSRs choose by name."""

    name: str
    text: str
    subject: str = ""
