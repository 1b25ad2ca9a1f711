"""Rules, sentence by sentence of the product's own words, each with the tests that show it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from mailticket import settings
from mailticket.config.hours import Hours, Targets
from mailticket.config.models import Assignment, Holds
from mailticket.config.rules import CustomField, Event, Trigger, Workflow
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import look_at_idle, sweep
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Priority
from mailticket.domain.case_intents import SetDue, SetPriority
from mailticket.domain.intents import Answer
from mailticket.domain.people import Door
from mailticket.law.rules.rule_actions import ACTIONS
from mailticket.store.operation import alarms
from tests.builders import words
from tests.cast import ANN, BO, EVE, as_csr, config, service
from tests.desk.house import House, mail
from tests.sentences import assert_is_there, shown_by

HERE, LAW, DESK, CLI = "tests.rules.test_sentences_of_rules", "tests.law", "tests.desk", "tests.cli"
TRIGGER, RULES, SETTINGS = f"{LAW}.test_trigger", f"{DESK}.test_rules", "tests.test_settings"

#: As the product's own words have it.
EXAMPLE = """
[[trigger]]
name = "billing by tomorrow"
on = "case.created"
when = "'invoice' in subject|lower or customer.domain == 'example.org'"    # a Jinja2 expression, sandboxed
then = [ {priority = "high"}, {due = "1 business day"}, {skill = "billing"}, {notify = ["boss@example.com"]} ]
"""

#: Each sentence, and where it is shown.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "[[trigger]] billing by tomorrow": (
        f"{HERE}:test_the_example_is_a_config_without_mistakes",
        f"{HERE}:test_the_example_does_what_it_says",
        f"{HERE}:test_the_example_leaves_other_cases_alone",
    ),
    "on: case.created, case.customer_replied, case.csr_replied, case.status, case.assigned, case.idle, case.due": (
        f"{HERE}:test_these_are_the_events",
        f"{TRIGGER}:test_the_events_of_a_rule",
        f"{HERE}:test_every_event_fires_at_a_whole_desk",
    ),
    "when: a Jinja2 expression, sandboxed": (
        "tests.test_conditions:test_a_condition_answers_yes_or_no",
        "tests.test_conditions:test_what_reaches_out_loops_or_grows_is_refused_before_it_runs",
        "tests.test_conditions:test_what_goes_wrong_as_it_runs_is_told_and_costs_nothing",
        f"{SETTINGS}:test_a_mistake_in_a_rule_is_named_with_its_place_and_the_nearest_name",
    ),
    "Actions: priority, due, skill, assign, escalate, status, tag, field, watch, notify, letter, note, webhook, stop": (
        f"{HERE}:test_these_are_the_actions",
        f"{TRIGGER}:test_what_a_rule_can_do_to_a_case",
        f"{TRIGGER}:test_a_rule_sets_the_due_date_in_business_time",
        f"{TRIGGER}:test_notify_sends_csrs_the_case_and_others_a_notice_without_a_word_of_it",
        f"{TRIGGER}:test_a_letter_of_a_rule_goes_to_the_customer_within_the_budgets",
        f"{TRIGGER}:test_a_note_of_a_rule_is_private",
        f"{TRIGGER}:test_a_webhook_gets_the_event_and_the_case",
        f"{RULES}:test_a_webhook_call_is_queued_with_the_case_in_one_transaction",
        f"{RULES}:test_whom_a_rule_wants_gets_the_case_if_they_are_there",
        f"{TRIGGER}:test_stop_keeps_the_later_rules_from_this_event_only",
    ),
    "The same list serves [[workflow]]": (
        f"{HERE}:test_a_workflow_can_do_all_that_a_trigger_can",
        f"{RULES}:test_with_a_workflow_a_new_case_is_assigned_to_nobody_and_people_are_told",
    ),
    "Business hours and holidays per service": (
        f"{HERE}:test_a_due_date_is_counted_in_the_hours_of_its_service",
        f"{HERE}:test_a_due_date_passes_over_the_holidays_of_its_service",
        "tests.domain.test_business_time:test_the_public_holidays_of_a_region",
        f"{LAW}.test_deadline:test_a_role_may_have_hours_of_its_own",
    ),
    "First-response and resolution targets (SLA) per priority": (
        f"{LAW}.test_deadline:test_a_new_case_has_its_targets_in_business_time",
        f"{LAW}.test_deadline:test_a_new_priority_brings_its_own_targets",
        f"{HERE}:test_each_priority_has_targets_of_its_own",
    ),
    "with a warning before and an alarm after": (
        f"{LAW}.test_deadline:test_a_target_that_has_passed_is_alarmed",
        f"{HERE}:test_a_target_warns_before_it_passes_and_admins_hear_when_it_has",
    ),
    '"nobody has answered yet" to the role before the first-response target passes': (
        f"{LAW}.test_deadline:test_nobody_has_answered_yet_is_told_to_the_role_before_the_target_passes",
        f"{RULES}:test_nobody_has_answered_yet_then_it_is_late",
    ),
    "Answer templates ([[answer]] or files in answers/)": (
        f"{SETTINGS}:test_ready_answers_come_from_the_config_and_from_files",
        f"{DESK}.test_commands:test_a_ready_answer_goes_out_without_greeting",
    ),
    "banned words are config": (
        f"{LAW}.test_hold:test_banned_words_are_whole_words_in_any_case",
        f"{HERE}:test_a_banned_word_of_the_config_holds_an_answer",
    ),
    "custom fields (text, number, date, choice, checkbox) are config": (
        "tests.triage.test_commands_of_facts:test_each_command_asks_for_what_it_says",
        "tests.triage.test_commands_of_facts:test_a_wrong_argument_is_refused_with_what_would_do",
        f"{SETTINGS}:test_mistakes_in_custom_fields_are_told",
    ),
    "required": (
        f"{CLI}.test_case_acts:test_a_required_field_is_asked_for_before_the_case_ends",
        "tests.cases.test_ends_and_returns:test_an_answer_ends_no_case_whose_required_field_is_empty",
    ),
    "per submission type": (
        "tests.cases.test_fields_and_people:test_a_case_with_an_empty_required_field_does_not_end",
        "tests.triage.test_commands_of_facts:test_a_wrong_argument_is_refused_with_what_would_do",
    ),
}
BILLS = BO.model_copy(update={"skills": ("billing",)})
FIELDS = (CustomField(name="serial"),)


@pytest.mark.parametrize("test", shown_by(SENTENCES))
def test_every_sentence_has_tests_that_are_there(test: str) -> None:
    assert_is_there(test)


def rule(on: str, *then: dict[str, Any], name: str = "r") -> Trigger:
    return Trigger.model_validate({"name": name, "on": on, "then": then})


def example() -> tuple[Trigger, ...]:
    return tuple(Trigger.model_validate(one) for one in tomllib.loads(EXAMPLE)["trigger"])


def ruled(house: House, *rules: Trigger, **desk: Any) -> House:
    house.with_config(config(service(**desk), csr=(ANN, BILLS, EVE), trigger=rules, field=FIELDS))
    return house


def test_the_example_is_a_config_without_mistakes(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[[csr]]\nemail = "{BO.email}"\nname = "Bo"\nskills = ["billing"]\n{EXAMPLE}'
    )
    assert settings.load(tmp_path / "config.toml", environ={}).trigger == example()


@pytest.mark.parametrize(
    ("subject", "sender"),
    [("My INVOICE is wrong", "c@many.example"), ("Printer on fire", "c@example.org")],
    ids=["by the subject", "by the customer's domain"],
)
def test_the_example_does_what_it_says(house: House, subject: str, sender: str) -> None:
    ruled(house, *example(), assignment=Assignment(new_case="skills")).take_in(mail(Address("", sender), subject))
    case = house.case()
    assert (case.priority, case.skills) == (Priority.HIGH, ("billing",))
    assert case.due_at == house.clock() + timedelta(days=1)  # from a Wednesday to a Thursday
    assert house.letter("rule_notice").recipient == "boss@example.com"
    assert assign(house.office) == 1 and house.case().csr == BO.key


def test_the_example_leaves_other_cases_alone(house: House) -> None:
    ruled(house, *example()).take_in(mail())
    case = house.case()
    assert (case.priority, case.skills, case.due_at, house.letters("rule_notice")) == (Priority.NORMAL, (), None, [])


EVENTS = ("created", "customer_replied", "csr_replied", "status", "assigned", "idle", "due")


def test_these_are_the_events() -> None:
    assert get_args(Event) == tuple(f"case.{one}" for one in EVENTS)


def test_every_event_fires_at_a_whole_desk(house: House) -> None:
    ruled(house, *(rule(f"case.{one}", {"tag": one}, name=one) for one in EVENTS)).take_in(mail())
    assert house.case().tags == ("created",)
    assign(house.office)
    assert house.case().tags == ("created", "assigned")
    house.take_in(mail(subject=f"[#{house.case().id}] more"))
    carry_out(house.office, (Answer(as_csr(ANN), words("Pull the plug.")),), house.case().id, "test:answer")
    due = SetDue(as_csr(ANN), house.clock() + timedelta(hours=3))
    carry_out(house.office, (due,), house.case().id, "test:due")
    house.clock.forward(hours=2)
    assert look_at_idle(house.office) == 1
    house.clock.forward(hours=2)
    assert sweep(house.office) == 1
    expected = ("created", "assigned", "customer_replied", "csr_replied", "status", "idle", "due")
    assert house.case().tags == expected


#: A value for each action, in the order of the product's own words.
DONE: dict[str, Any] = {
    "priority": "high",
    "due": "1 business day",
    "skill": "billing",
    "assign": "Bo Baker",
    "escalate": True,
    "status": "pending 3d",
    "tag": "hot",
    "field": {"serial": "4711"},
    "watch": "experts",
    "notify": "experts",
    "letter": "escalation_notice",
    "note": "Look twice.",
    "webhook": "https://hooks.example.com/desk",
    "stop": True,
}


def test_these_are_the_actions() -> None:
    assert tuple(ACTIONS) == tuple(DONE)


@pytest.mark.parametrize("action", DONE)
def test_a_workflow_can_do_all_that_a_trigger_can(house: House, action: str) -> None:
    ruled(house, rule("case.created", {action: DONE[action]})).take_in(mail())
    by_trigger = house.case()
    flow = (Workflow.model_validate({"name": "w", "then": [{action: DONE[action]}]}),)
    desk = service(assignment=Assignment(new_case="workflow", workflow="w"))
    house.with_config(config(desk, csr=(ANN, BILLS, EVE), workflow=flow, field=FIELDS))
    house.take_in(mail(Address("", "d@many.example")))
    by_workflow = house.cases()[-1]
    for name in ("priority", "due_at", "skills", "wanted", "tags", "fields", "watchers", "pending_until"):
        assert getattr(by_workflow, name) == getattr(by_trigger, name), name
    assert _did(house, by_workflow) == _did(house, by_trigger)
    assert _did(house, by_workflow) or action == "stop"


def _did(house: House, case: Case) -> list[str]:
    """What a rule did, without who it was."""
    by_rule = [one.words.text for one in house.entries(case) if one.door == Door.RULE]
    return [one.replace(' the workflow "w"', "").replace(' the rule "r"', "") for one in by_rule]


def due_by(house: House, hours: Hours, at: datetime) -> datetime | None:
    """When a case is due for which a rule says so at this moment."""
    house.clock.now = at
    ruled(house, rule("case.created", {"due": "2 business hours"}), hours=hours).take_in(mail())
    return house.case().due_at


@pytest.mark.parametrize(
    ("week", "hour"), [({"wed": "09:00-17:00"}, 12), ({"wed": "13:00-20:00"}, 15)], ids=["mornings", "afternoons"]
)
def test_a_due_date_is_counted_in_the_hours_of_its_service(house: House, week: Any, hour: int) -> None:
    now = house.clock().replace(hour=10, minute=0)
    assert due_by(house, Hours(week=week), now) == now.replace(hour=hour)


@pytest.mark.parametrize(("region", "day"), [("DE", 2), ("", 1)], ids=["with holidays", "without"])
def test_a_due_date_passes_over_the_holidays_of_its_service(house: House, region: str, day: int) -> None:
    may_day = house.clock().replace(year=2029, month=5, day=1, hour=8, minute=0)  # a Tuesday
    assert due_by(house, Hours(holidays=region), may_day) == may_day.replace(day=day, hour=11)


def test_each_priority_has_targets_of_its_own(house: House) -> None:
    ruled(house, targets=Targets(first_response={"urgent": "1h"}, resolution={"normal": "1 business day"}))
    house.take_in(mail())
    before = house.case()
    assert (before.respond_by, before.resolve_by) == (None, house.clock() + timedelta(days=1))
    carry_out(house.office, (SetPriority(as_csr(ANN), Priority.URGENT),), before.id, "test:1")
    assert (house.case().respond_by, house.case().resolve_by) == (house.clock() + timedelta(hours=1), None)


@pytest.mark.parametrize("target", ["first_response", "resolution"])
def test_a_target_warns_before_it_passes_and_admins_hear_when_it_has(house: House, target: str) -> None:
    ruled(house, targets=Targets.model_validate({target: {"normal": "4h"}})).take_in(mail())
    assign(house.office)
    house.clock.forward(hours=3)
    assert sweep(house.office) == 1 and ANN.key in [one.recipient for one in house.letters("reminder")]
    assert late(house) == []
    house.clock.forward(hours=1)
    assert sweep(house.office) == 1 and len(late(house)) == 1


def late(house: House) -> list[str]:
    """What admins are to hear of targets."""
    found = house.in_store(lambda: alarms.untold(house.clock()))
    return [one.key for one in found if one.key.startswith("late-")]


def test_a_rule_that_fails_again_and_again_is_one_alarm(house: House) -> None:
    ruled(house, rule("case.created", {"due": "2020-01-01"}, name="bad"))
    for number in range(3):
        house.take_in(mail(Address("", f"c{number}@many.example")))
    rung = house.in_store(lambda: alarms.untold(house.clock()))
    assert [one.key for one in rung if one.key.startswith("rule:")] == ["rule:bad"]
    assert len(house.cases()) == 3


def test_a_banned_word_of_the_config_holds_an_answer(house: House) -> None:
    ruled(house, holds=Holds(banned_words=("guarantee",))).take_in(mail())
    assign(house.office)
    carry_out(house.office, (Answer(as_csr(ANN), words("We GUARANTEE it.")),), house.case().id, "test:answer")
    assert house.letters("customer_reply") == [] and house.letter("hold_notice").recipient == ANN.key
