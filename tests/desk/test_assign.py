"""Assign: who gets a waiting case, in what order, and never one too many."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

import mailticket.desk.assign as verb
from mailticket.config.models import Assignment, Role
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import sweep
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Priority, Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus
from mailticket.domain.decision import Decision
from mailticket.errors import LeftOver
from mailticket.mime import compose
from mailticket.store import cases, outbox, people
from mailticket.store.outbox import NewLetter
from tests.cast import ANN, BO, CLOCK, EVE, as_csr, config, service
from tests.desk.house import House, mail


def customers(house: House, count: int) -> list[Case]:
    """So many waiting cases, each of another customer, the oldest first."""
    for number in range(count):
        house.take_in(mail(Address("", f"c{number}@many.example"), f"Matter {number}"))
        house.clock.forward(seconds=1)
    return house.cases()


def with_rule(house: House, **rule: Any) -> None:
    house.with_config(config(service(assignment=Assignment(**rule))))


def holders(house: House) -> list[str]:
    return [one.csr for one in house.cases()]


def test_cases_go_to_whoever_has_fewest_and_the_csrs_mail_says_why(each_house: House) -> None:
    customers(each_house, 4)
    assert assign(each_house.office) == 4
    assert holders(each_house) == [ANN.key, BO.key, ANN.key, BO.key]
    letters = each_house.letters("csr_case")
    assert [one.recipient for one in letters] == holders(each_house)
    assert "fewest open cases (1)" in letters[-1].reason
    assert "fewest open cases" in each_house.bytes_of(letters[0]).decode()
    assert not any(one.waiting_since for one in each_house.cases())


def test_among_equals_it_goes_to_whoever_had_none_for_longest(house: House) -> None:
    for number in range(3):
        house.take_in(mail(Address("", f"c{number}@many.example")))
        house.clock.forward(minutes=1)
        assert assign(house.office) == 1
        carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), house.cases()[-1].id, f"test:{number}")
    assert holders(house) == [ANN.key, BO.key, ANN.key]


def test_at_the_limit_the_rest_waits_and_goes_on_when_a_case_ends(house: House) -> None:
    with_rule(house, new_case="limit", limit=1)
    first, *_ = customers(house, 3)
    assert assign(house.office) == 2 and holders(house) == [ANN.key, BO.key, ""]
    assert assign(house.office) == 0
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), first.id, "test:1")
    assert assign(house.office) == 1 and holders(house)[2] == ANN.key


def test_higher_priority_goes_first_then_the_longest_waiting(house: House) -> None:
    *_, last = customers(house, 3)
    house.in_store(lambda: cases.change(last, {"priority": Priority.URGENT}))
    with_rule(house, new_case="limit", limit=1)
    assert assign(house.office) == 2
    assert [bool(one) for one in holders(house)] == [True, False, True]


def test_nobody_is_available_until_somebody_comes_back(house: House) -> None:
    for one in (ANN, BO):
        house.in_store(lambda csr=one.key: people.set_away(csr, "", True, "test", house.clock(), ""))
    customers(house, 1)
    assert assign(house.office) == 0 and house.case().waiting_since
    house.in_store(lambda: people.set_away(BO.key, "support", False, "test", house.clock(), ""))
    assert assign(house.office) == 1 and house.case().csr == BO.key


def test_a_case_waits_for_the_role_that_it_was_escalated_to(house: House) -> None:
    (case,) = customers(house, 1)
    assign(house.office)
    carry_out(house.office, (Escalate(as_csr(ANN), role="experts"),), case.id, "test:1")
    assert house.case().csr == "" and house.case().waiting_since
    assert assign(house.office) == 1
    assert (house.case().csr, house.case().role, house.case().status) == (EVE.key, "experts", Status.ESCALATED)


def test_a_full_role_keeps_no_other_role_waiting(house: House) -> None:
    with_rule(house, new_case="limit", limit=1)
    *_, last = customers(house, 4)
    carry_out(house.office, (Assign(CLOCK, role="experts"),), last.id, "test:1")
    assert assign(house.office) == 3
    assert holders(house) == [ANN.key, BO.key, "", EVE.key]


def test_a_full_role_costs_one_transaction_however_many_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rule(house, new_case="limit", limit=1)
    customers(house, 6)
    assign(house.office)
    locked: list[list[str]] = []
    monkeypatch.setattr(cases, "lock", lambda ids: locked.append(ids))
    assert assign(house.office) == 0
    assert len(locked) == 1


def test_many_cases_are_given_in_one_transaction(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    customers(house, 6)
    locked: list[list[str]] = []
    monkeypatch.setattr(cases, "lock", lambda ids: locked.append(ids))
    monkeypatch.setattr("mailticket.desk.assign.TOGETHER", 60.0)
    assert assign(house.office) == 6
    assert locked == [[one.id for one in house.cases()]]


def test_the_letters_of_cases_that_are_given_together_show_each_its_own_history(each_house: House) -> None:
    texts = {f"c{number}@many.example": f"the matter of number {number}" for number in range(3)}
    for address, text in texts.items():
        each_house.take_in(mail(Address("", address), text=text))
    each_house.take_in(mail(Address("", "c1@many.example"), "More", "another matter"))
    assert assign(each_house.office) == 4
    shown = [compose.thaw(one.skeleton).text for one in each_house.letters("csr_case")]
    for number, text in enumerate(texts.values()):
        assert [text in one for one in shown] == [place == number for place in range(4)]
    assert ["More" in one for one in shown] == [False, True, False, True]  # an earlier case, and the case itself


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_case_that_breaks_our_code_keeps_no_other_waiting_and_is_named(
    house: House, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = customers(house, 3)[place]
    real = verb.apply

    def break_at_that_one(office: Any, decision: Decision, *rest: Any) -> Any:
        settled = real(office, decision, *rest)
        if decision.case and decision.case.id == bad.id:
            raise ZeroDivisionError
        return settled

    monkeypatch.setattr(verb, "apply", break_at_that_one)
    with pytest.raises(LeftOver, match=f"Case {bad.id} waits.*ZeroDivisionError"):
        assign(house.office)
    assert [bool(one) for one in holders(house)] == [one != place for one in range(3)]
    assert len(house.letters("csr_case")) == 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_case_whose_letter_cannot_be_kept_keeps_no_other_waiting(
    house: House, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = customers(house, 3)[place]
    real = outbox.post_many

    def refuse_that_one(letters: Sequence[NewLetter], now: datetime) -> Any:
        if bad.key in {one.case for one in letters}:
            raise ZeroDivisionError
        return real(letters, now)

    monkeypatch.setattr(outbox, "post_many", refuse_that_one)
    with pytest.raises(LeftOver):
        assign(house.office)
    assert [bool(one) for one in holders(house)] == [one != place for one in range(3)]


def test_those_behind_the_first_batch_are_reached(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailticket.desk.assign.BATCH", 2)
    with_rule(house, new_case="limit", limit=1)
    *_, last = customers(house, 6)
    carry_out(house.office, (Assign(CLOCK, role="experts"),), last.id, "test:1")
    assign(house.office)
    assert holders(house)[-1] == EVE.key


def test_a_rule_that_assigns_nothing_lets_no_case_wait(house: House) -> None:
    with_rule(house, new_case="none")
    (case,) = customers(house, 1)
    assert case.waiting_since is None and assign(house.office) == 0
    assert not house.letters("csr_case")


def test_the_cases_of_a_removed_csr_wait_for_another(house: House) -> None:
    (case,) = customers(house, 1)
    assign(house.office)
    assert case.csr == "" and house.case().csr == ANN.key
    only_bo = (Role(name="support", members=(BO.email,)), Role(name="experts", members=(EVE.email,)))
    house.with_config(config(csr=(BO, EVE), role=only_bo))
    assert sweep(house.office) == 1
    assert house.case().csr == "" and house.case().waiting_since
    assert assign(house.office) == 1 and house.case().csr == BO.key
    assert sweep(house.office) == 0


def test_a_case_that_cannot_be_given_is_told_and_stops_no_other(house: House, caplog: pytest.LogCaptureFixture) -> None:
    first, _ = customers(house, 2)
    house.in_store(lambda: cases.change(first, {"status": Status.CLOSED}))  # as a fault of ours might leave it
    assert assign(house.office) == 1
    assert holders(house) == ["", ANN.key] and "can be given to nobody" in caplog.text
    assert assign(house.office) == 0


def test_of_two_daemons_none_gives_a_csr_one_too_many(postgres_house: House) -> None:
    house = postgres_house
    with_rule(house, new_case="limit", limit=3)
    customers(house, 12)
    start = threading.Barrier(4)
    given: list[int] = []

    def daemon(number: int) -> None:
        office = house.as_owner(f"other:{number}:1")
        start.wait(10)
        given.append(sum(assign(office) for _ in range(3)))

    threads = [threading.Thread(target=daemon, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sum(given) == 6
    assert sorted(holders(house)) == [""] * 6 + [ANN.key] * 3 + [BO.key] * 3
    assert len(house.letters("csr_case")) == 6
