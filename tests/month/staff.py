"""The desk of the month: three services, eight CSRs, three roles, rules, targets, hours, holidays, one blacklist."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mailticket.config.hours import Hours, Targets
from mailticket.config.models import Assignment, BlacklistRule, Cases, Config, Csr, Imap, Role, Service, Smtp
from mailticket.config.rules import Trigger

CSRS = tuple(
    Csr(email=f"{name.lower()}@example.com", name=name, skills=skills)
    for name, skills in zip(
        ("Ann", "Bo", "Cem", "Dee", "Eve", "Fay", "Gil", "Hal"),
        (("print",), ("billing",), ("print", "billing"), (), ("law",), ("law",), ("print",), ()),
        strict=True,
    )
)
TOPICS = ("My invoice is wrong", "The printer prints nothing", "A question of law", "Hello there")
UNWANTED = "spam.example"
COMPLETE_AFTER = timedelta(days=5)


def _trigger(name: str, on: str, when: str, *then: dict[str, Any]) -> Trigger:
    return Trigger.model_validate({"name": name, "on": on, "when": when, "then": then})


TRIGGERS = (
    _trigger("billing", "case.created", "'invoice' in subject", {"skill": "billing"}, {"due": "1 business day"}),
    _trigger("printers", "case.created", "'printer' in subject", {"skill": "print"}, {"due": "4 business hours"}),
    _trigger("law", "case.created", "'law' in subject", {"priority": "high"}, {"due": "friday"}, {"assign": "Eve"}),
    _trigger("left alone", "case.idle", "case.idle_days >= 3", {"escalate": True}),
    _trigger("due", "case.due", "case.status != 'escalated'", {"priority": "urgent"}),
)


def _service(name: str, first: str, limit: int, **hours: Any) -> Service:
    return Service(
        name=name,
        address=f"{name}@example.com",
        first_level=first,
        second_level="experts",
        imap=Imap(host="localhost", username=name),
        smtp=Smtp(host="localhost"),
        assignment=Assignment.model_validate({"new_case": "limit", "limit": limit}),
        cases=Cases(complete_after=COMPLETE_AFTER),
        hours=Hours.model_validate(hours),
        targets=Targets(
            first_response={"normal": "4 business hours", "high": "2h"}, resolution={"normal": "2 business days"}
        ),
    )


def config(limit: int) -> Config:
    """`limit`: so many active cases a CSR may have by rule."""
    names = [one.email for one in CSRS]
    night = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "20:00-04:00")
    return Config.model_validate(
        {
            "mailticket": {"timezone": "Europe/Berlin"},
            "csr": CSRS,
            "role": (
                Role(name="desk", members=tuple(names[:4])),
                Role(name="shop", members=tuple(names[2:6])),
                Role(name="experts", members=tuple(names[4:])),
            ),
            "service": (
                _service("support", "desk", limit, holidays="DE-BE"),
                _service("shop", "shop", limit, week=night),
                _service("office", "desk", limit, week={"mon": "09:00-12:00, 13:00-17:00", "thu": "08:00-20:00"}),
            ),
            "trigger": TRIGGERS,
            "blacklist": (BlacklistRule(address=f"*@{UNWANTED}"),),
        }
    )
