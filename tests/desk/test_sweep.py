"""Sweep: what time does, once, whoever runs it and however often."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.rules import Trigger
from mailticket.desk import sweep as verb
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import forget_rejected, sweep
from mailticket.domain.case import Case, Channel, EntryKind, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.texts.search_words import parse_query
from mailticket.errors import Refused, Temporary
from mailticket.store import blacklist, inbox, outbox_claims, search
from mailticket.store.files import blobs
from mailticket.store.inbox import Arrival
from mailticket.store.index import search_index
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.search_tables import SearchProgress
from tests.cast import ANN, CARLA, DIRK, as_csr, config
from tests.desk.aged import aged
from tests.desk.house import House, mail
from tests.desk.steps import steps


def given(house: House, *wishes: SetStatus, from_: Any = CARLA) -> Case:
    """A case of Ann's to which these wishes were done."""
    house.take_in(mail(from_))
    assign(house.office)
    case = house.cases()[-1]
    for wish in wishes:
        carry_out(house.office, (wish,), case.id, f"test:{case.id}:{wish.status}")
    return case


def pending(house: House, **span: float) -> SetStatus:
    return SetStatus(as_csr(ANN), Status.PENDING, until=house.clock() + timedelta(**span))


def test_a_pending_case_wakes_when_its_moment_comes_and_its_csr_is_told(each_house: House) -> None:
    house = each_house
    given(house, pending(house, days=3))
    house.clock.forward(days=2, hours=23)
    assert sweep(house.office) == 0 and house.case().status is Status.PENDING
    house.clock.forward(hours=2)
    assert sweep(house.office) == 1 and house.case().status is Status.OPENED
    assert "the moment has come" in house.letters("csr_case")[-1].reason
    assert sweep(house.office) == 0 and len(house.letters("csr_case")) == 2


def test_a_resolved_case_closes_after_its_time(each_house: House) -> None:
    house = each_house
    given(house, SetStatus(as_csr(ANN), Status.RESOLVED))
    house.clock.forward(days=13)
    assert sweep(house.office) == 0
    house.clock.forward(days=2)
    assert sweep(house.office) == 1
    assert house.case().status is Status.CLOSED and house.case().closed_at == house.clock()
    assert sweep(house.office) == 0


def test_a_case_that_was_put_off_again_meanwhile_is_not_woken(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case = given(house, pending(house, hours=1))
    house.clock.forward(hours=2)
    real = verb.carry_out

    def overtaken(*arguments: Any, **named: Any) -> Any:
        monkeypatch.undo()
        carry_out(house.office, (pending(house, days=1),), case.id, "test:again")
        return real(*arguments, **named)

    monkeypatch.setattr(verb, "carry_out", overtaken)
    assert sweep(house.office) == 0
    assert house.case().status is Status.PENDING


def test_one_case_that_breaks_our_code_stops_neither_the_others_nor_the_rest(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad = given(house, pending(house, hours=1))
    good = given(house, pending(house, hours=1), from_=DIRK)
    real = verb.carry_out

    def faulty(office: Any, intents: Any, case: str, *rest: Any, **named: Any) -> Any:
        if case == bad.id:
            raise ZeroDivisionError("our fault")
        return real(office, intents, case, *rest, **named)

    monkeypatch.setattr(verb, "carry_out", faulty)
    house.clock.forward(hours=2)
    assert sweep(house.office) == 1
    assert {one.id: one.status for one in house.cases()} == {bad.id: Status.PENDING, good.id: Status.OPENED}
    assert "our fault" in caplog.text and bad.id in caplog.text


def test_a_database_in_trouble_ends_the_sweep_and_the_next_one_does_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(house, pending(house, hours=1))
    house.clock.forward(hours=2)

    def fails(*_: object, **__: object) -> None:
        raise Temporary("The database is gone.")

    with monkeypatch.context() as broken:
        broken.setattr(verb, "carry_out", fails)
        with pytest.raises(Temporary):
            sweep(house.office)
    assert sweep(house.office) == 1


def test_orphans_without_a_role_to_wait_for_stay_where_they_are(house: House) -> None:
    given(house)
    house.with_config(config(csr=(), role=()))
    assert sweep(house.office) == 0 and house.case().csr == ANN.key


def test_letters_left_behind_by_a_dead_process_go_on(house: House) -> None:
    id = house.post()
    house.in_store(lambda: outbox_claims.claim("support", "dead:1:1", house.clock()))
    house.woken.clear()
    house.clock.forward(minutes=16)
    sweep(house.office)
    assert house.outbox(id).state == "queued" and "deliver" in house.woken


def test_two_sweeps_at_once_change_each_case_once(postgres_house: House) -> None:
    house = postgres_house
    for number in range(6):
        given(house, pending(house, hours=1), from_=f"c{number}@many.example")
    house.clock.forward(hours=2)
    start, changed = threading.Barrier(3), []

    def one_more() -> None:
        start.wait(10)
        changed.append(sweep(house.office))

    threads = [threading.Thread(target=one_more) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sum(changed) == 6
    for case in house.cases():
        events = [one.words.text for one in house.entries(case) if one.kind is EntryKind.EVENT]
        assert len([text for text in events if "Pending to opened" in text]) == 1
    assert len(house.letters("csr_case")) == 12


def test_a_wish_about_a_case_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="There is no case 7F3K-9QX6"):
        carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), "7F3K-9QX6", "test:1")


def test_what_belongs_together_is_written_together_or_not_at_all(house: House) -> None:
    case = given(house)

    def fails() -> None:
        raise Temporary("The database is gone.")

    with pytest.raises(Temporary):
        carry_out(house.office, (SetStatus(as_csr(ANN), Status.CLOSED),), case.id, "test:1", along_with=fails)
    assert house.case().status is Status.NEW


def test_the_copy_of_rejected_mail_goes_after_its_time_and_takes_nothing_else_along(each_house: House) -> None:
    house = each_house
    with house.office.connected():
        blacklist.add(DIRK.address, "", "ann", house.clock())
    kept, rejected = house.take_in(mail(CARLA), mail(DIRK))
    house.clock.forward(days=29)
    assert forget_rejected(house.office) == 0
    house.clock.forward(days=2)
    assert forget_rejected(house.office) == 1 and forget_rejected(house.office) == 0
    with house.office.connected():
        assert blobs.exists(kept.blob) and not blobs.exists(rejected.blob)
        assert (inbox.get(rejected.id).state, inbox.get(rejected.id).outcome) == ("discarded", "rejected")


def test_bytes_that_something_else_needs_stay(house: House) -> None:
    with house.office.connected():
        blacklist.add(DIRK.address, "", "ann", house.clock())
    (rejected,) = house.take_in(mail(DIRK))
    with house.office.connected():
        again = Arrival("ingest", "again", "support", Channel.MAIL, rejected.blob, rejected.size, house.clock())
        inbox.take([again], house.clock())
    house.clock.forward(days=31)
    assert forget_rejected(house.office) == 1
    with house.office.connected():
        assert blobs.exists(rejected.blob)


def test_mail_from_before_the_search_index_becomes_findable(each_house: House) -> None:
    house = each_house
    given(house)
    (number, *_) = [one.id for one in house.entries()]

    def forgotten() -> None:
        search_index.forget([number])
        SearchProgress.update(below=number + 1).execute()

    house.in_store(forgotten)

    def found() -> list[str]:
        return [one.id for one in search.of_staff(parse_query("printer fire"))]

    assert house.in_store(found) == []
    assert verb.index_old_entries(house.office) == 1 and verb.index_old_entries(house.office) == 0
    assert house.in_store(found) == [house.case().id]


def test_cases_that_cannot_be_changed_keep_nobody_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "_BATCH", 1)
    stuck = given(house, pending(house, hours=1))
    fine = given(house, pending(house, hours=2), from_=DIRK)
    real = verb.carry_out

    def refuses(office: Any, intents: Any, case: str, *more: Any, **named: Any) -> Any:
        if case == stuck.id:
            raise Refused("This one never works.")
        return real(office, intents, case, *more, **named)

    monkeypatch.setattr(verb, "carry_out", refuses)
    house.clock.forward(hours=3)
    assert sweep(house.office) == 1
    assert {one.id: one.status for one in house.cases()} == {stuck.id: Status.PENDING, fine.id: Status.OPENED}


def test_an_idle_case_on_which_all_its_rules_have_fired_is_only_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Trigger.model_validate({"name": "left alone", "on": "case.idle", "then": [{"tag": "lonely"}]})
    house.with_config(config().model_copy(update={"trigger": (rule,)}))
    given(house)
    house.clock.forward(hours=2)
    assert verb.look_at_idle(house.office) == 1 and house.case().tags == ("lonely",)
    monkeypatch.delattr(verb, "decide")  # whoever decides now fails
    house.clock.forward(hours=2)
    assert verb.look_at_idle(house.office) == 0


def test_a_sweep_reads_nothing_that_is_not_due(house: House) -> None:
    """However many cases lie on the desk, open or closed, pending or with a timer of their own."""
    spent: list[int] = []
    for first, count in ((0, 40), (40, 400)):
        aged(house, count, house.clock(), first)
        later = house.clock() + timedelta(days=9)
        rings = CaseRow.update(status="opened", csr=ANN.key, timers={"due": later}, rings_at=later)
        waits = CaseRow.update(status="pending", csr=ANN.key, pending_until=later).where(CaseRow.id % 2 == 0)
        house.in_store(lambda rings=rings, waits=waits: (rings.execute(), waits.execute()))
        sweep(house.office)
        with steps(house) as counted:
            assert sweep(house.office) == 0
        spent.append(sum(counted))
    assert spent[1] <= spent[0] + 1
