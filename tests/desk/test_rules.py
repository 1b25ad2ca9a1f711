"""Rules and time at a whole desk: what is written, who gets a mail, and that nothing of it happens twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.hours import Targets
from mailticket.config.models import Assignment
from mailticket.config.rules import Trigger, Workflow
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import look_at_idle, sweep
from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind, Priority, Status
from mailticket.domain.case_intents import Escalate, SetDue, SetStatus
from mailticket.domain.intents import AddNote
from mailticket.store import cases, people
from mailticket.store.casework import queues
from mailticket.store.operation import calls
from tests.builders import words
from tests.cast import ANN, BO, EVE, as_csr, config, service
from tests.desk.house import House, mail

BO_BILLS = BO.model_copy(update={"skills": ("billing",)})


def rule(*then: dict[str, Any], on: str = "case.created", when: str = "", name: str = "r", **more: Any) -> Trigger:
    return Trigger.model_validate({"name": name, "on": on, "when": when, "then": then, **more})


def with_rules(house: House, *rules: Trigger, assignment: Assignment | None = None, **changes: Any) -> House:
    desk = service(assignment=assignment or Assignment(), targets=changes.pop("targets", Targets()))
    house.with_config(config(desk, csr=(ANN, BO_BILLS, EVE), trigger=rules, **changes))
    return house


def events(house: House) -> list[str]:
    return [one.words.text for one in house.entries() if one.kind is EntryKind.EVENT]


def away(house: House, *csrs: str) -> None:
    for csr in csrs:
        house.in_store(lambda csr=csr: people.set_away(csr, "", True, "test", house.clock(), ""))


BILLING = rule({"skill": "billing"}, {"priority": "high"}, {"due": "1 business day"}, when="'fire' in subject")


def test_a_mail_is_sorted_by_its_content_and_the_able_csr_gets_it(each_house: House) -> None:
    house = with_rules(each_house, BILLING, assignment=Assignment(new_case="skills"))
    house.take_in(mail())
    case = house.case()
    assert (case.skills, case.priority, case.due_at) == (("billing",), Priority.HIGH, house.clock() + timedelta(days=1))
    assert assign(house.office) == 1 and house.case().csr == BO.key
    assert "among those who know about billing" in house.letter("csr_case").reason


def test_where_nobody_able_is_there_the_least_loaded_gets_it_and_reads_what_is_missing(house: House) -> None:
    with_rules(house, BILLING, assignment=Assignment(new_case="skills"))
    away(house, BO.key)
    house.take_in(mail())
    assert assign(house.office) == 1 and house.case().csr == ANN.key
    assert "nobody here knows about billing" in house.letter("csr_case").reason


def skilled(house: House, nobody_able: str, limit: int = 5) -> House:
    """A desk of Ann and Bo, who knows about billing; mails about fire need that skill."""
    rule = Assignment.model_validate({"new_case": "skills", "nobody_able": nobody_able, "limit": limit})
    return with_rules(house, BILLING, assignment=rule)


def fires(house: House, count: int) -> None:
    for number in range(count):
        house.take_in(mail(Address("", f"fire{number}@many.example"), "A fire"))
        house.clock.forward(seconds=1)


def test_where_all_the_able_are_away_a_case_waits_for_them_and_keeps_no_other_waiting(each_house: House) -> None:
    house = skilled(each_house, "wait")
    away(house, BO.key)
    fires(house, 2)
    house.take_in(mail(Address("", "c@many.example"), "A question"))
    assert assign(house.office) == 1
    assert [one.csr for one in house.cases()] == ["", "", ANN.key]
    house.in_store(lambda: people.set_away(BO.key, "", False, "test", house.clock(), ""))
    assert assign(house.office) == 2 and {one.csr for one in house.cases()[:2]} == {BO.key}


def test_cases_that_wait_for_one_skill_cost_one_transaction_however_many(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(skilled(house, "wait"), BO.key)
    fires(house, 4)
    locked: list[list[str]] = []
    monkeypatch.setattr(cases, "lock", lambda ids: locked.append(ids))
    monkeypatch.setattr("mailticket.desk.assign.AT_ONCE", 1)
    assert assign(house.office) == 0 and len(locked) == 1


def test_where_all_the_able_are_at_their_limit_whoever_has_room_gets_it_then_it_waits(house: House) -> None:
    fires(skilled(house, "limit", limit=1), 3)
    assert assign(house.office) == 2
    assert [one.csr for one in house.cases()] == [BO.key, ANN.key, ""]
    assert "though nobody with room knows about billing" in house.letters("csr_case")[-1].reason


def test_whom_a_rule_wants_gets_the_case_if_they_are_there(house: House) -> None:
    with_rules(house, rule({"assign": "Bo Baker"}))
    house.take_in(mail(), mail(Address("", "c@many.example")))
    assert assign(house.office) == 2
    assert {one.csr for one in house.cases()} == {BO.key} and {one.wanted for one in house.cases()} == {""}
    away(house, BO.key)
    house.take_in(mail(Address("", "d@many.example")))
    assert assign(house.office) == 1 and house.cases()[-1].csr == ANN.key


def test_a_rule_pushes_nobody_over_the_limit(house: House) -> None:
    with_rules(house, rule({"assign": BO.email}), assignment=Assignment(new_case="limit", limit=1))
    for number in range(3):
        house.take_in(mail(Address("", f"c{number}@many.example")))
    assert assign(house.office) == 2
    assert sorted(one.csr for one in house.cases()) == ["", ANN.key, BO.key]


def test_a_full_role_with_very_many_waiting_keeps_no_other_role_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailticket.desk.assign.BATCH", 2)
    with_rules(house, assignment=Assignment(new_case="limit", limit=1))
    for number in range(7):
        house.take_in(mail(Address("", f"c{number}@many.example")))
    carry_out(house.office, (Escalate(as_csr(ANN), role="experts"),), house.cases()[-1].id, "test:1")
    read: list[int] = []
    real = queues.waiting
    monkeypatch.setattr(queues, "waiting", lambda *asked: read.append(len(found := real(*asked))) or found)
    assert assign(house.office) == 3
    assert house.cases()[-1].csr == EVE.key
    assert sum(read) < 7  # those of the full role were not even read


def test_the_acknowledgement_promises_the_target(house: House) -> None:
    with_rules(house, targets=Targets(first_response={"normal": "4 business hours"}))
    house.take_in(mail())
    text = house.as_sent(house.letter("auto_reply")).as_bytes().decode()
    assert "You can expect our answer by 15 Jul 2026, 13:30" in text


def test_a_due_date_reminds_once_and_its_rules_run(each_house: House) -> None:
    house = with_rules(each_house, rule({"priority": "urgent"}, on="case.due"))
    house.take_in(mail())
    assign(house.office)
    wish = SetDue(as_csr(ANN), house.clock() + timedelta(hours=2))
    carry_out(house.office, (wish,), house.case().id, "test:1")
    assert sweep(house.office) == 0
    house.clock.forward(hours=2)
    assert sweep(house.office) == 1 and sweep(house.office) == 0
    assert house.case().priority is Priority.URGENT
    assert house.letter("reminder").recipient == ANN.key
    assert "It is due." in house.as_sent(house.letter("reminder")).as_bytes().decode()


def test_nobody_has_answered_yet_then_it_is_late(house: House) -> None:
    with_rules(house, targets=Targets(first_response={"normal": "4h"}))
    house.take_in(mail())
    house.clock.forward(hours=3)
    assert sweep(house.office) == 1
    assert [one.recipient for one in house.letters("reminder")] == [ANN.key, BO.key]
    house.clock.forward(hours=1)
    assert sweep(house.office) == 1 and len(house.letters("reminder")) == 4
    assert any("the first response is late" in one for one in events(house))


def test_a_pending_case_is_left_in_peace(house: House) -> None:
    with_rules(house, targets=Targets(first_response={"normal": "4h"}))
    house.take_in(mail())
    assign(house.office)
    wish = SetStatus(as_csr(ANN), Status.PENDING, until=house.clock() + timedelta(days=2))
    carry_out(house.office, (wish,), house.case().id, "test:1")
    house.clock.forward(days=1)
    assert sweep(house.office) == 0 and house.letters("reminder") == []


def test_an_idle_case_is_found_once_for_each_time_that_it_lies_idle(house: House) -> None:
    with_rules(house, rule({"note": "Still here."}, on="case.idle", when="case.idle_days >= 3"))
    house.take_in(mail())
    house.clock.forward(days=2)
    assert look_at_idle(house.office) == 0 and house.case().version == 0
    house.clock.forward(days=1)
    assert look_at_idle(house.office) == 1 and look_at_idle(house.office) == 0
    house.clock.forward(days=5)
    assert look_at_idle(house.office) == 0
    carry_out(house.office, (AddNote(as_csr(ANN), words("I look into it.")),), house.case().id, "test:1")
    house.clock.forward(days=3)
    assert look_at_idle(house.office) == 1


def test_an_idle_rule_that_fails_is_told_once(house: House) -> None:
    with_rules(house, rule({"due": "2020-01-01"}, on="case.idle"))
    house.take_in(mail())
    house.clock.forward(days=1)
    assert look_at_idle(house.office) == 1
    house.clock.forward(days=1)
    assert look_at_idle(house.office) == 0
    assert len([one for one in events(house) if "failed on case.idle" in one]) == 1


def test_a_webhook_call_is_queued_with_the_case_in_one_transaction(house: House) -> None:
    with_rules(house, rule({"webhook": "https://hooks.example.com/desk"}))
    house.take_in(mail())
    (call,) = [house.in_store(lambda: calls.claim("test", house.clock()))]
    assert call.target == "https://hooks.example.com/desk"
    assert json.loads(call.body)["case"]["id"] == house.case().id
    assert house.in_store(lambda: calls.claim("test", house.clock())) is None


def test_somebody_who_is_no_csr_gets_a_notice_without_a_word_that_anybody_wrote(house: House) -> None:
    with_rules(house, rule({"notify": "boss@elsewhere.example"}))
    house.take_in(mail(text="My secret is 42."))
    notice = house.as_sent(house.letter("rule_notice"))
    told = notice.as_bytes().decode()
    assert house.case().id in told and "Printer on fire" in told and 'the rule "r"' in told
    assert "secret" not in told


def test_a_closed_case_tells_its_customer_where_a_rule_wants_it(house: House) -> None:
    with_rules(house, rule({"letter": "case_closed"}, on="case.status", when="case.status == 'closed'"))
    house.take_in(mail())
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), house.case().id, "test:1")
    assert "We have closed your case" in house.as_sent(house.letter("case_closed")).as_bytes().decode()


def test_with_a_workflow_a_new_case_is_assigned_to_nobody_and_people_are_told(house: House) -> None:
    flow = (Workflow.model_validate({"name": "tell", "then": [{"notify": ["experts"]}]}),)
    with_rules(house, assignment=Assignment(new_case="workflow", workflow="tell"), workflow=flow)
    house.take_in(mail())
    assert assign(house.office) == 0 and house.case().csr == ""
    assert [one.recipient for one in house.letters("csr_case")] == [EVE.key]


def _failing() -> Sequence[Trigger]:
    return (rule({"due": "2020-01-01"}, name="bad"), rule({"tag": "seen"}, name="good"))


def test_a_rule_that_fails_stops_no_mail_and_admins_hear_of_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with_rules(house, *_failing())
    (row,) = house.take_in(mail())
    assert row.outcome == "opened" and house.case().tags == ("seen",)
    assert "ALARM rule:bad" in caplog.text
    assert any(one.startswith('The rule "bad" failed on case.created and was skipped') for one in events(house))
