"""Every example of docs/rules.md is read by the loader as an admin's file is, and every rule fires where it should."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket import settings
from mailticket.config.models import Config
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Status, StoredFile, Words
from mailticket.domain.case_intents import LookIdle, Ring, SetStatus
from mailticket.domain.decision import Decision
from mailticket.domain.intents import Answer, Append, Intent
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests.builders import NOW, Ids, case, known, words
from tests.cast import CLOCK, as_csr, as_customer
from tests.law.deciding import inquiry
from tests.rule_recipes import RECIPES
from tests.rules_page import page

#: A desk as small as the page needs it; what belongs to the service may follow.
DESK = """
[[csr]]
email = "jane@example.com"
name = "Jane"
skills = ["billing", "german"]
[[csr]]
email = "eve@example.com"
name = "Eve"
[[role]]
name = "support"
members = ["jane@example.com"]
[[role]]
name = "experts"
members = ["eve@example.com"]
[[field]]
name = "product"
kind = "choice"
choices = ["printer", "pump"]
[[service]]
name = "support"
address = "support@example.com"
first_level = "support"
second_level = "experts"
[service.imap]
host = "imap.example.com"
username = "support@example.com"
password = "geheim"
[service.smtp]
host = "smtp.example.com"
"""
EXAMPLES = re.findall(r"```toml\n(.*?)```", page(), re.DOTALL)
LATE = NOW.replace(hour=23)
FILE = StoredFile("order.pdf", "application/pdf", 9, "0" * 64)


def read(folder: Path, example: str) -> Config:
    """The config as the daemon would have it."""
    path = folder / "config.toml"
    path.write_text(DESK + example, "utf-8")
    return settings.load(path, environ={})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: re.sub(r"\W+", " ", one)[:40])
def test_every_example_of_the_page_is_read_without_a_mistake(tmp_path: Path, example: str) -> None:
    assert settings.not_yet(read(tmp_path, example)) == []


def test_all_examples_stand_beside_each_other(tmp_path: Path) -> None:
    desk = read(tmp_path, "\n".join(EXAMPLES))
    assert len(desk.trigger) == "".join(EXAMPLES).count("[[trigger]]") > len(RECIPES)


def new(**changes: Any) -> Intent:
    return inquiry(as_customer(changes.get("customer", Address("", "ann@elsewhere.example"))), **changes)


def old(**changes: Any) -> Case:
    """Jane's case, five hours old."""
    return case(**{"csr": "jane@example.com", "role": "support", "created_at": NOW - timedelta(hours=5)} | changes)


#: By the name of the rule: what happens, to which case (None: a new one), when.
FIRES: dict[str, tuple[Intent, Case | None, Any]] = {
    "billing by tomorrow": (new(subject="My invoice"), None, NOW),
    "nobody touched it for three days": (LookIdle(CLOCK), old(acted_at=NOW - timedelta(days=4)), NOW),
    "say goodbye": (SetStatus(as_csr(), Status.CLOSED), old(), NOW),
    "Example Ltd": (new(customer=Address("Ann", "ann@example.org")), None, NOW),
    "outage": (new(words=words("Since noon nothing works.")), None, NOW),
    "in German": (new(language="de"), None, NOW),
    "orders": (new(subject="An order", words=Words("Here.", files=(FILE,))), None, NOW),
    "newsletters": (new(customer=Address("", "newsletter@shop.example")), None, NOW),
    "by night": (new(), None, LATE),
    "asked twice": (Append(as_customer(), words("Hello?")), old(), NOW),
    "asked back": (Answer(as_csr(), words("Which printer is it?")), old(), NOW),
    "due": (Ring(CLOCK), old(priority="high", due_at=NOW, timers={"due": NOW}), NOW),
    "tell the shop": (SetStatus(as_csr(), Status.CLOSED), old(), NOW),
}
_RULES = re.findall(r'\[\[trigger\]\]\nname = "(.*?)"', page())


def decided(folder: Path, name: str, wish: Intent, before: Case | None, now: Any) -> Decision:
    example = next(one for one in EXAMPLES if f'name = "{name}"' in one)
    desk = read(folder, example)
    facts = known(*((before,) if before else ()))
    return decide((wish,), before, facts, Policy(desk, desk.service[0]), now, Ids())


@pytest.mark.parametrize("name", _RULES)
def test_every_rule_of_the_page_fires_where_it_should(tmp_path: Path, name: str) -> None:
    (trial,) = [one for one in decided(tmp_path, name, *FIRES[name]).rules if one.rule == name]
    assert trial.has_fired, trial.told


@pytest.mark.parametrize("name", [one for one in _RULES if one not in ("say goodbye", "tell the shop")])
def test_and_does_not_fire_on_just_anything(tmp_path: Path, name: str) -> None:
    other = SetStatus(as_csr(), Status.RESOLVED)
    assert not [one for one in decided(tmp_path, name, other, old(), NOW).rules if one.has_fired]
    plain = decided(tmp_path, name, new(subject="Hello", words=words("A word.")), None, NOW)
    assert not [one for one in plain.rules if one.has_fired]
