"""Retention of closed cases: by age, case by case, killed or stopped in the middle, beside many others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.models import Cases
from mailticket.desk.answer import carry_out
from mailticket.desk.privacy import retiring as verb
from mailticket.desk.privacy.erasing import go_on
from mailticket.desk.privacy.retiring import retire
from mailticket.domain.case import Case, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.errors import Conflict
from mailticket.mime import compose
from mailticket.store import customers
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Customer
from mailticket.store.tables.mail_tables import Outbox
from tests import cast
from tests.cast import ANN, CARLA, DIRK, as_csr
from tests.desk.aged import aged
from tests.desk.house import House, mail
from tests.desk.steps import steps
from tests.desk.test_erasing import all_sent, answered
from tests.desk.traces import traces

LONG_AGO = timedelta(days=400)


def kept_for_30_days(house: House) -> House:
    house.with_config(cast.config(cast.service(cases=Cases(retain_closed="30d"))))
    return house


def old(house: House, count: int, first: int = 0) -> list[str]:
    return aged(house, count, house.clock() - LONG_AGO, first)


def left(house: House) -> int:
    return int(house.in_store(lambda: CaseRow.select().where(CaseRow.erased_at.is_null()).count()))


def closed(house: House, case: Case) -> None:
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), case.id, f"test:close:{case.id}")
    all_sent(house)


def test_closed_cases_are_erased_after_their_time_and_their_figures_stay(each_house: House) -> None:
    house = kept_for_30_days(each_house)
    answered(house, mail(CARLA, "Zanzibar burns"))
    closed(house, house.case())
    house.clock.forward(days=29)
    assert retire(house.office) == 0 and traces(house, "Zanzibar")
    house.clock.forward(days=2)
    assert retire(house.office) == 1 and traces(house, "Zanzibar", CARLA.address) == []
    assert house.case().closed_at is not None and house.case().csr == ANN.key
    assert retire(house.office) == 0 and house.in_store(lambda: customers.at(CARLA)) is None


def test_the_spam_box_is_emptied_of_words_after_the_same_time(house: House) -> None:
    kept_for_30_days(house)
    answered(house, mail(CARLA, "Zanzibar burns"))
    spam = SetStatus(as_csr(ANN), Status.SPAM, resolution="spam")
    carry_out(house.office, (spam,), house.case().id, "test:spam")
    all_sent(house)
    house.clock.forward(days=31)
    assert retire(house.office) == 1 and traces(house, "Zanzibar", CARLA.address) == []
    assert (house.case().status, retire(house.office)) == (Status.SPAM, 0)


def test_who_takes_part_in_a_case_that_is_kept_keeps_name_and_words_there(house: House) -> None:
    kept_for_30_days(house)
    answered(house, mail(DIRK, "Zanzibar burns"))
    closed(house, house.case())
    house.clock.forward(days=20)
    house.take_in(mail(CARLA, "A fire", "Dirk saw it.", cc=str(DIRK)))
    house.take_in(mail(DIRK, f"Re: [#{house.cases()[-1].id}] A fire", "I see smoke."))
    all_sent(house)
    house.clock.forward(days=20)
    assert retire(house.office) == 1 and go_on(house.office) == 0 and traces(house, "Zanzibar") == []
    assert "I see smoke." in [one.words.text.strip() for one in house.entries(house.cases()[-1])]
    assert house.in_store(lambda: customers.at(DIRK)) is not None


def test_a_case_that_was_opened_again_meanwhile_is_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (case_id,) = old(kept_for_30_days(house), 1)
    real = verb.cases.lock

    def overtaken(ids: Any) -> None:
        monkeypatch.undo()
        CaseRow.update(status="reopened").where(CaseRow.case_id == case_id).execute()
        real(ids)

    monkeypatch.setattr(verb.cases, "lock", overtaken)
    assert retire(house.office) == 0 and left(house) == 1


def test_cases_whose_letters_are_under_way_keep_no_other_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "_PAGE", 2)
    ids = old(kept_for_30_days(house), 8)
    stuck = CaseRow.select(CaseRow.id).where(CaseRow.case_id.in_(ids[:4]))
    house.in_store(lambda: Outbox.update(state="queued").where(Outbox.case.in_(stuck)).execute())
    assert retire(house.office) == 4 and left(house) == 4
    all_sent(house)
    assert retire(house.office) == 4 and left(house) == 0


def test_a_round_that_was_killed_goes_on_and_forgets_what_it_had_begun_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = old(kept_for_30_days(house), 9)
    card = compose.freeze(compose.Skeleton((), f"your desk: {ids[0]} Old canary", "", (), "b" * 12))
    house.post(recipient=ANN.email, skeleton=card)
    all_sent(house)
    whole, calls = verb.retiring.retire, list[int]()

    def killed_at_the_fifth(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 5:
            raise SystemExit
        whole(*given)

    monkeypatch.setattr(verb.retiring, "retire", killed_at_the_fifth)
    with pytest.raises(SystemExit):
        retire(house.office)
    monkeypatch.undo()
    assert left(house) == 5 and traces(house, f"your desk: {ids[0]}")
    assert retire(house.office) == 5 and traces(house, "canary", "many.example") == []
    assert house.in_store(verb.retiring.undone_round) is None


def test_a_daemon_that_is_to_stop_does_not_wait_for_the_end_of_the_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "_PAGE", 2)
    old(kept_for_30_days(house), 8)
    asked: list[int] = []
    stopping = replace(house.office, may_expire=lambda: asked.append(1) or len(asked) < 3)
    assert retire(stopping) == 4 and left(house) == 4
    assert retire(house.office) == 4


def test_a_case_that_cannot_go_leaves_its_customer_alone_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    old(kept_for_30_days(house), 1)

    def under_way(*_: Any) -> None:
        raise Conflict("A letter has yet to be sent.")

    monkeypatch.setattr(verb.retiring.erasing, "addressed", under_way)
    assert retire(house.office) == 0 and left(house) == 1
    assert house.in_store(lambda: Customer.select().where(Customer.address.startswith("old")).count()) == 1


def test_the_work_of_a_case_does_not_grow_with_the_number_of_cases(house: House) -> None:
    """In steps of SQLite's machine, so that no busy computer makes it fail; so is the longest transaction."""
    kept_for_30_days(house)
    old(house, 60)
    with steps(house) as few:
        assert retire(house.office) == 60
    old(house, 240, first=60)
    with steps(house) as many:
        assert retire(house.office) == 240
    assert left(house) == 0
    assert sum(many) / 240 < 1.5 * sum(few) / 60
    assert max(many[:-1]) < 4 * max(few[:-1]), "a transaction that grows with the desk keeps writers waiting"
