"""Rules in a decision: which fire, in what order, how often, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mailticket.config.models import Assignment, Config, Letters, Limits
from mailticket.config.rules import CustomField, Trigger, Workflow
from mailticket.domain.case import Case, EntryKind, Priority, Status
from mailticket.domain.case_intents import AddSkills, LookIdle, SetPriority, SetStatus
from mailticket.domain.decision import Alarm, Call, Decision, LetterKind, RuleTrial
from mailticket.domain.facts import Known
from mailticket.domain.intents import Answer, Append, AppendAutomatic, Intent
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests import cast
from tests.builders import NOW, OTHER_ID, Ids, case, known, words
from tests.cast import ANN, BO, CARLA, CLOCK, as_csr, as_customer
from tests.law.deciding import entries, inquiry, letters, of_kind, outcome, the_case

HIGH: dict[str, Any] = {"priority": "high"}


def rule(*then: dict[str, Any], on: str = "case.created", when: str = "", name: str = "r", **more: Any) -> Trigger:
    return Trigger.model_validate({"name": name, "on": on, "when": when, "then": then, **more})


def ruled(
    rules: Sequence[Trigger], intents: Intent | None = None, before: Case | None = None, **config: Any
) -> Decision:
    """What follows under these rules; by default from Carla's new inquiry."""
    skilled = (ANN, BO.model_copy(update={"skills": ("Billing",)}), cast.EVE)
    desk: Config = cast.config(config.pop("service", None), csr=skilled, trigger=tuple(rules), **config)
    wish = intents or inquiry()
    facts: Known = known(before, case(id=OTHER_ID, key=2)) if before else known()
    return decide((wish,), before, facts, Policy(desk, desk.service[0]), NOW, Ids())


def events(decision: Decision) -> list[str]:
    return [one.words.text for one in entries(decision) if one.kind is EntryKind.EVENT]


def fired(decision: Decision) -> list[str]:
    return [one.rule for one in decision.rules if one.has_fired]


def test_on_an_event_when_a_condition_holds_its_actions_are_done_and_say_by_which_rule() -> None:
    decision = ruled([rule(HIGH, when="'question' in subject|lower", name="questions first")])
    assert the_case(decision).priority is Priority.HIGH
    assert 'Priority normal to high, by the rule "questions first".' in events(decision)
    assert decision.rules == (
        RuleTrial(
            "questions first",
            "case.created",
            True,
            "'question' in subject|lower: Priority normal to high, by the rule \"questions first\".",
        ),
    )


def test_a_rule_whose_condition_does_not_hold_does_nothing_and_says_why() -> None:
    decision = ruled([rule(HIGH, when="customer.domain == 'elsewhere.example'")])
    assert the_case(decision).priority is Priority.NORMAL
    assert decision.rules[0].told == "its condition does not hold: customer.domain == 'elsewhere.example'"


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ({"priority": "urgent"}, "priority", Priority.URGENT),
        ({"skill": ["billing", "BILLING"]}, "skills", ("billing",)),
        ({"assign": "bo@example.com"}, "wanted", BO.key),
        ({"assign": "Bo Baker"}, "role", "support"),
        ({"assign": "experts"}, "role", "experts"),
        ({"escalate": True}, "status", Status.ESCALATED),
        ({"escalate": True}, "role", "experts"),
        ({"escalate": "Eve Expert"}, "wanted", cast.EVE.key),
        ({"status": "opened"}, "status", Status.NEW),
        ({"status": "resolved test"}, "resolution", "test"),
        ({"status": "pending 3d"}, "status", Status.PENDING),
        ({"tag": ["vip", "new"]}, "tags", ("vip", "new")),
        ({"field": {"serial": "A-1", "seen": True}}, "fields", {"serial": "A-1", "seen": "yes"}),
        ({"watch": ["boss@example.com", "experts"]}, "watchers", ("boss@example.com", "experts")),
    ],
)
def test_what_a_rule_can_do_to_a_case(action: dict[str, Any], field: str, value: object) -> None:
    custom = (CustomField(name="serial"), CustomField(name="seen", kind="checkbox"))
    decision = ruled([rule(action)], field=custom)
    if action == {"status": "opened"}:  # only pending and escalated cases are opened without a person
        assert "failed" in decision.rules[0].told
    else:
        assert fired(decision) == ["r"]
    assert getattr(the_case(decision), field) == value


@pytest.mark.parametrize("kept", ["duplicate", f"duplicate of {OTHER_ID}"])
def test_a_condition_reads_why_a_case_was_resolved_whatever_case_it_repeats(kept: str) -> None:
    told = rule({"tag": "twice"}, on="case.status", when="case.resolution == 'duplicate'")
    wish = SetStatus(as_csr(), Status.RESOLVED, resolution=kept)
    before = case(csr=ANN.key)
    decision = ruled([told], wish, before)
    assert (the_case(decision).tags, the_case(decision).resolution) == (("twice",), kept)


def test_a_rule_sets_the_due_date_in_business_time() -> None:
    decision = ruled([rule({"due": "1 business day"})])
    assert the_case(decision).due_at == NOW.replace(day=16)
    assert the_case(decision).timers["due"] == NOW.replace(day=16)


def test_notify_sends_csrs_the_case_and_others_a_notice_without_a_word_of_it() -> None:
    decision = ruled([rule({"notify": ["experts", "ann@example.com", "boss@elsewhere.example"]})])
    sent = letters(decision)
    assert (LetterKind.CSR_CASE, cast.EVE.key) in sent and (LetterKind.CSR_CASE, ANN.key) in sent
    assert (LetterKind.RULE_NOTICE, "boss@elsewhere.example") in sent


def test_a_note_of_a_rule_is_private() -> None:
    [note] = [one for one in entries(ruled([rule({"note": "Look twice."})])) if one.kind is EntryKind.NOTE]
    assert (note.words.text, note.is_private) == ("Look twice.", True)


def test_a_webhook_gets_the_event_and_the_case() -> None:
    [call] = of_kind(ruled([rule({"webhook": "https://hooks.example.com/desk"})]), Call)
    assert (call.url, call.body["type"], call.body["case"]["status"]) == (
        "https://hooks.example.com/desk",
        "case.created",
        "new",
    )
    assert call.body["case"]["customer"]["address"] == CARLA.address


def test_a_letter_of_a_rule_goes_to_the_customer_within_the_budgets() -> None:
    quiet = cast.service(letters=Letters(auto_reply=False))
    assert letters(ruled([rule({"letter": "auto_reply"})], service=quiet)) == [(LetterKind.AUTO_REPLY, CARLA.key)]
    spent = cast.service(letters=Letters(auto_reply=False), limits=Limits(ack_per_address=0))
    over = ruled([rule({"letter": "auto_reply"})], service=spent)
    assert letters(over) == [] and "No auto_reply to the customer" in events(over)[-1]


def test_a_letter_of_a_rule_never_answers_a_machine() -> None:
    decision = ruled([rule({"letter": "auto_reply"})], inquiry(is_automatic=True))
    assert letters(decision) == [] and events(decision)[-1].endswith("a machine wrote.")


def test_rules_run_in_the_order_of_the_file_and_see_what_those_before_did() -> None:
    decision = ruled([rule(HIGH, name="one"), rule({"tag": "vip"}, when="case.priority == 'high'", name="two")])
    assert fired(decision) == ["one", "two"]
    turned = ruled([rule({"tag": "vip"}, when="case.priority == 'high'", name="two"), rule(HIGH, name="one")])
    assert fired(turned) == ["one"]


def test_stop_keeps_the_later_rules_from_this_event_only() -> None:
    rules = [
        rule({"status": "resolved test"}, {"stop": True}, name="one"),
        rule(HIGH, name="two"),
        rule({"tag": "done"}, on="case.status", name="three"),
    ]
    decision = ruled(rules)
    assert fired(decision) == ["one", "three"]
    assert decision.rules[1].told == 'rule "one" stopped those behind it'


def test_what_one_rule_does_wakes_another_but_none_wakes_itself() -> None:
    rules = [
        rule({"status": "resolved test"}, name="start"),
        rule({"status": "pending"}, on="case.status", name="ping", when="case.status == 'resolved'"),
        rule({"tag": "moved"}, on="case.status", name="pong"),
    ]
    decision = ruled(rules)
    assert fired(decision) == ["start", "pong"]
    assert "failed" in decision.rules[1].told  # what is resolved cannot be pending


def test_two_rules_that_undo_each_other_end() -> None:
    back = [
        rule({"status": "pending"}, on="case.status", name="a", when="case.status == 'opened'"),
        rule({"status": "opened"}, on="case.status", name="b", when="case.status == 'pending'"),
    ]
    wish = SetStatus(as_csr(), Status.PENDING)
    decision = ruled(back, wish, case(Status.OPENED, csr=ANN.key))
    assert fired(decision) == ["b", "a"] and the_case(decision).status is Status.PENDING


def test_a_rule_that_is_to_fire_once_for_a_case_does_so() -> None:
    once = rule({"note": "Hello"}, on="case.customer_replied", once=True)
    wish = Append(as_customer(), words("More"))
    first = ruled([once], wish, case())
    assert fired(first) == ["r"]
    again = ruled([once], wish, the_case(first))
    assert fired(again) == [] and again.rules[0].told.startswith("it fires once for a case, and did at 2026-07-15")


@pytest.mark.parametrize(
    ("then", "when", "told"),
    [
        ([{"tag": "x"}, {"escalate": True}], "", "has no second_level"),
        ([{"tag": "x"}, {"due": "2020-01-01"}], "", "in the past"),
        ([{"tag": "x"}], "case.due_in_hours < 3", "its condition failed"),
        ([{"tag": "x"}], "1 / case.tags|length > 3", "its condition failed"),
    ],
)
def test_a_rule_that_fails_is_skipped_whole_alarmed_and_visible(then: list[Any], when: str, told: str) -> None:
    decision = ruled([rule(*then, when=when), rule(HIGH, name="next")], service=cast.service(second_level=""))
    assert the_case(decision).tags == () and outcome(decision) == "opened"
    assert fired(decision) == ["next"]
    [alarm] = of_kind(decision, Alarm)
    assert alarm.key == "rule:r" and told in alarm.text
    assert any(one.startswith('The rule "r" failed on case.created') and told in one for one in events(decision))


@pytest.mark.parametrize(
    ("on", "wish", "before"),
    [
        ("case.created", inquiry(), None),
        ("case.customer_replied", Append(as_customer(), words("More")), case()),
        ("case.csr_replied", Answer(as_csr(), words("Yes.")), case()),
        ("case.status", SetStatus(as_csr(), Status.RESOLVED), case()),
        ("case.assigned", Answer(as_csr(), words("Yes.")), case()),
        ("case.idle", LookIdle(CLOCK), case()),
    ],
)
def test_the_events_of_a_rule(on: str, wish: Intent, before: Case | None) -> None:
    names = ["created", "customer_replied", "csr_replied", "status", "assigned", "idle"]
    rules = [rule({"note": one}, on=f"case.{one}", name=f"case.{one}") for one in names]
    assert on in fired(ruled(rules, wish, before))


@pytest.mark.parametrize(
    "wish",
    [
        inquiry(is_silent=True),
        inquiry(is_idle=True, is_automatic=True),
        AppendAutomatic(as_customer(), words("I am away"), why="out of office"),
    ],
)
def test_no_rule_runs_for_imported_history_or_what_needs_nobody(wish: Intent) -> None:
    rules = [rule(HIGH), rule(HIGH, on="case.customer_replied", name="two")]
    before = case() if isinstance(wish, AppendAutomatic) else None
    assert ruled(rules, wish, before).rules == ()


def test_an_answer_that_is_held_is_no_answer_yet() -> None:
    held = Answer(as_csr(), words("Your card 4111 1111 1111 1111"))
    assert ruled([rule(HIGH, on="case.csr_replied")], held, case()).rules == ()


def test_with_a_workflow_nobody_is_assigned_and_it_runs_after_the_triggers() -> None:
    desk = cast.service(assignment=Assignment(new_case="workflow", workflow="tell"))
    flow = (Workflow.model_validate({"name": "tell", "then": [{"notify": ["experts"]}]}),)
    decision = ruled([rule(HIGH)], service=desk, workflow=flow)
    assert fired(decision) == ["r", "tell"]
    assert the_case(decision).waiting_since is None and the_case(decision).csr == ""
    assert (LetterKind.CSR_CASE, cast.EVE.key) in letters(decision)


def test_what_a_rule_finds_to_be_so_already_is_no_news_for_the_csr_who_asked() -> None:
    wish = SetPriority(as_csr(), Priority.HIGH)
    decision = ruled([rule({"tag": "vip"}, on="case.status")], wish, case(Status.NEW, tags=("vip",)))
    assert letters(decision) == letters(ruled([], wish, case(Status.NEW, tags=("vip",))))


def test_skills_are_added_once_whatever_their_capitals() -> None:
    wish = AddSkills(as_csr(), ("BILLING", "law"))
    assert the_case(ruled([], wish, case(skills=("billing",)))).skills == ("billing", "law")
