"""Assignment: who gets a case, when it is tried again, who may go over the limit, and what is told to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailticket.config.models import Assignment, Letters, Role
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import sweep
from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind, Priority, Status, Words
from mailticket.domain.case_intents import Assign, Escalate, SetStatus
from mailticket.domain.intents import SetAway
from mailticket.errors import Refused
from mailticket.store import cases, people
from tests.cast import ANN, BO, EVE, as_csr, config, service
from tests.desk.house import House, mail, reply


def with_rule(house: House, **rule: Any) -> House:
    house.with_config(config(service(assignment=Assignment(**rule))))
    return house


def inquiries(house: House, count: int) -> None:
    for number in range(count):
        house.take_in(mail(Address("", f"c{number}@many.example"), f"Matter {number}"))
        house.clock.forward(seconds=1)


def away(house: House, is_away: bool, *csrs: str) -> None:
    for csr in csrs:
        house.in_store(lambda csr=csr: people.set_away(csr, "", is_away, "test", house.clock(), ""))


def holders(house: House) -> list[str]:
    return [one.csr for one in house.cases()]


def test_none_keeps_the_case_and_notifies_nobody(house: House) -> None:
    inquiries(with_rule(house, new_case="none"), 1)
    assert (assign(house.office), holders(house), house.letters("csr_case")) == (0, [""], [])


@pytest.mark.parametrize("rule", ["limit", "random", "least-load", "round-robin", "skills"])
def test_candidates_are_the_available_members_of_the_1st_level_role(house: House, rule: str) -> None:
    with_rule(house, new_case=rule)
    away(house, True, ANN.key)
    inquiries(house, 3)
    assert assign(house.office) == 3 and set(holders(house)) == {BO.key}


def test_cases_that_wait_are_tried_again_whenever_a_case_is_closed(house: House) -> None:
    inquiries(with_rule(house, new_case="limit", limit=1), 3)
    assign(house.office)
    house.woken.clear()
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), house.cases()[0].id, "test:1")
    assert "assign" in house.woken
    assert assign(house.office) == 1 and holders(house)[2] == ANN.key


def test_oldest_first_and_higher_priority_before(house: House) -> None:
    away(house, True, ANN.key, BO.key)
    inquiries(with_rule(house, new_case="limit", limit=1), 3)
    urgent = house.cases()[2]
    house.in_store(lambda: cases.change(urgent, {"priority": Priority.URGENT}))
    away(house, False, BO.key)
    assert assign(house.office) == 1 and holders(house) == ["", "", BO.key]
    away(house, False, ANN.key)
    assert assign(house.office) == 1 and holders(house) == [ANN.key, "", BO.key]


def test_a_person_may_push_a_csr_over_the_limit(house: House) -> None:
    inquiries(with_rule(house, new_case="limit", limit=1), 2)
    assign(house.office)
    carry_out(house.office, (Assign(as_csr(BO), csr=ANN.key),), house.cases()[1].id, "test:1")
    assert holders(house) == [ANN.key, ANN.key]


def test_a_reopened_case_stays_with_its_csr_over_the_limit_too(house: House) -> None:
    inquiries(with_rule(house, new_case="limit", limit=1), 1)
    assign(house.office)
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.RESOLVED),), house.cases()[0].id, "test:1")
    away(house, True, BO.key)
    house.take_in(mail(Address("", "next@many.example")))
    assert assign(house.office) == 1
    acknowledgement = next(one for one in house.letters("auto_reply") if one.recipient == "c0@many.example")
    house.take_in(reply(acknowledgement, Address("", "c0@many.example"), "It is broken again, what now?"))
    assert holders(house) == [ANN.key, ANN.key] and house.cases()[0].status is Status.REOPENED


def test_a_service_without_first_level_assigns_nothing(house: House) -> None:
    house.with_config(config(service(first_level="")))
    inquiries(house, 1)
    assert (assign(house.office), holders(house)) == (0, [""])


def test_without_second_level_escalation_names_a_csr(house: House) -> None:
    house.with_config(config(service(second_level="")))
    inquiries(house, 1)
    assign(house.office)
    carry_out(house.office, (Escalate(as_csr(ANN), csr=EVE.key),), house.cases()[0].id, "test:1")
    assert (holders(house), house.cases()[0].status) == ([EVE.key], Status.ESCALATED)


def test_the_cases_of_a_csr_who_left_the_config_wait_again(house: House) -> None:
    inquiries(house, 1)
    assign(house.office)
    roles = (Role(name="support", members=(BO.email,)), Role(name="experts", members=(EVE.email,)))
    house.with_config(config(csr=(BO, EVE), role=roles))
    assert (sweep(house.office), assign(house.office), holders(house)) == (1, 1, [BO.key])


@pytest.mark.parametrize("rule", ["limit", "random", "least-load", "round-robin", "skills"])
def test_every_notification_says_why_this_csr_got_it(house: House, rule: str) -> None:
    inquiries(with_rule(house, new_case=rule), 1)
    assign(house.office)
    letter = house.letter("csr_case")
    assert letter.reason and letter.reason in " ".join(house.as_sent(letter).get_payload()[0].as_string().split())


def test_a_csr_s_out_of_office_means_away(house: House) -> None:
    inquiries(house, 1)
    assign(house.office)
    letter = house.letter("csr_case")
    house.take_in(reply(letter, ANN.address, "I am away until Monday.", auto_submitted="auto-replied"))
    assert ("support", ANN.key) in house.in_store(people.away)


def test_escalation_tells_the_customer_if_the_service_wants_it(house: House) -> None:
    house.with_config(config(service(letters=Letters(escalation_notice=True))))
    inquiries(house, 1)
    assign(house.office)
    carry_out(house.office, (Escalate(as_csr(ANN), role="experts"),), house.cases()[0].id, "test:1")
    assert house.letter("escalation_notice").recipient == "c0@many.example"


def test_the_private_text_is_a_note_and_shown_first_to_a_csr_who_is_found_later(house: House) -> None:
    inquiries(house, 1)
    assign(house.office)
    away(house, True, EVE.key)
    wish = Escalate(as_csr(ANN), role="experts", words=Words("She is a lawyer."))
    carry_out(house.office, (wish,), house.cases()[0].id, "test:1")
    assert assign(house.office) == 0
    away(house, False, EVE.key)
    assert assign(house.office) == 1
    text = house.as_sent(house.letters("csr_case")[-1]).get_payload()[0].as_string()
    assert text.index("She is a lawyer.") < text.index("What now?")
    assert [one.kind for one in house.entries(house.cases()[0]) if "lawyer" in one.words.text] == [EntryKind.NOTE]
    assert not any("lawyer" in house.bytes_of(one).decode() for one in house.letters() if one.recipient != EVE.key)


def test_a_case_that_has_ended_is_given_to_nobody(house: House) -> None:
    inquiries(house, 1)
    assign(house.office)
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), house.cases()[0].id, "test:1")
    with pytest.raises(Refused, match="cannot be given to anybody"):
        carry_out(house.office, (Assign(_looking(), csr=BO.key),), house.cases()[0].id, "test:2")


def _looking() -> Any:
    return replace(as_csr(ANN), sees_outcome=True)


def test_whoever_is_back_gets_what_waits(house: House) -> None:
    away(house, True, ANN.key, BO.key)
    inquiries(house, 1)
    assert assign(house.office) == 0
    carry_out(house.office, (SetAway(as_csr(BO), BO.key, False),), house.cases()[0].id, "test:1")
    assert assign(house.office) == 1 and holders(house) == [BO.key]
