"""Erasure and retention, tried at a whole desk: nothing of the person is left, everything of the others."""

from __future__ import annotations

from functools import partial

import pytest

from mailticket import failpoints
from mailticket.desk.assign import assign
from mailticket.desk.privacy import erasing as verb
from mailticket.desk.privacy.erasing import Erased, erase, go_on, plan
from mailticket.desk.privacy.masking import Choice
from mailticket.desk.privacy.masking import mask as mask_words
from mailticket.desk.privacy.records import Records, Request
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.people import Person
from mailticket.errors import Temporary
from mailticket.mime import compose
from mailticket.store import customers
from mailticket.store.backups import verify
from mailticket.store.tables.mail_tables import Outbox
from tests.cast import ANN, CARLA, DIRK, as_admin
from tests.desk.house import House, mail, reply
from tests.desk.traces import traces

WHY = Request(as_admin("jane"), "she asked for it")


def person(house: House, address: Address = CARLA) -> Person:
    found = house.in_store(lambda: customers.at(address))
    assert isinstance(found, Person)
    return found


def all_sent(house: House) -> None:
    """As if every letter had reached the relay."""
    house.in_store(lambda: Outbox.update(state="sent", next_at=None).where(Outbox.state == "queued").execute())


def answered(house: House, *mails: bytes) -> None:
    house.take_in(*mails)
    assign(house.office)
    house.take_in(reply(house.letters("csr_case")[-1], ANN.address, "We look after Zanzibar at once."))
    all_sent(house)


def test_nothing_of_an_erased_customer_is_left_in_any_byte(each_house: House) -> None:
    house = each_house
    answered(house, mail(CARLA, "Zanzibar burns", "My Zanzibar pump."))
    done = erase(Records.of(house.office), person(house), WHY)
    assert (done.waits, done.left) == ("", "")
    assert traces(house, "Zanzibar", "zanzibar", CARLA.address, CARLA.name) == []
    case = house.case()
    assert case.status is Status.CLOSED and case.csr == ANN.key and len(house.entries(case)) == case.entries
    assert house.in_store(lambda: customers.at(CARLA)) is None


def test_the_others_of_a_case_keep_their_words_and_get_the_answers(each_house: House) -> None:
    house = each_house
    answered(house, mail(CARLA, "Zanzibar burns", "My Zanzibar pump.", cc=str(DIRK)))
    house.take_in(mail(DIRK, "Re: it", "I see smoke.", in_reply_to=house.letters("customer_reply")[-1].message_id))
    all_sent(house)
    erase(Records.of(house.office), person(house), WHY)
    assert traces(house, "My Zanzibar", CARLA.address, CARLA.name) == []
    case = house.case()
    assert case.customer.address.key == DIRK.key and case.status is not Status.CLOSED
    texts = [one.words.text.strip() for one in house.entries(case)]
    assert "I see smoke." in texts and "We look after Zanzibar at once." in texts


def test_a_later_mail_of_an_erased_customer_is_a_new_customers(house: House) -> None:
    first = mail(CARLA, "Zanzibar burns")
    answered(house, first)
    before = person(house).id
    erase(Records.of(house.office), person(house), WHY)
    house.take_in(mail(CARLA, "Hello again"))
    assert person(house).id != before and len(house.cases()) == 2


def test_erasure_goes_on_after_a_crash_in_the_middle(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(house, mail(CARLA, "Zanzibar burns"))
    answered(house, mail(CARLA, "Zanzibar sinks"))

    def dies(*_: object) -> None:
        raise SystemExit

    whole, calls = verb.erasing.whole, list[int]()
    monkeypatch.setattr(
        verb.erasing, "whole", lambda *given: calls.append(1) or (whole if len(calls) < 2 else dies)(*given)
    )
    with pytest.raises(SystemExit):
        erase(Records.of(house.office), person(house), WHY)
    monkeypatch.undo()
    assert traces(house, "Zanzibar") and go_on(house.office) == 1
    assert traces(house, "Zanzibar", CARLA.address) == [] and go_on(house.office) == 0


@pytest.mark.parametrize("moment", ["erase.case:error:1", "erase.case:error:2", "erase.elsewhere:error"])
def test_an_erasure_that_ends_in_the_middle_goes_on_in_the_daemon(each_house: House, moment: str) -> None:
    house = each_house
    answered(house, mail(CARLA, "Zanzibar burns"))
    answered(house, mail(CARLA, "Zanzibar sinks"))
    failpoints.arm(moment)
    try:
        with pytest.raises(Temporary):
            erase(Records.of(house.office), person(house), WHY)
    finally:
        failpoints.arm("")
    assert traces(house, CARLA.address) and go_on(house.office) == 1
    assert traces(house, "Zanzibar", CARLA.address) == [] and go_on(house.office) == 0


def test_all_that_names_a_customer_elsewhere_goes_in_pages_of_short_transactions(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Desk cards of colleagues, in whatever capitals and however broken into lines; the others' letters stay."""
    answered(house, mail(CARLA, "Zanzibar burns"))
    monkeypatch.setattr("mailticket.store.privacy.elsewhere._PAGE", 2)
    monkeypatch.setattr("mailticket.desk.privacy.erasing._AT_ONCE", 1)
    names = (CARLA.address.upper(), "CARLA\ncustomer", house.case().id, "Dirk Driver", "nobody")
    for text in names:
        house.post(recipient=ANN.email, skeleton=compose.freeze(compose.Skeleton((), f"of {text}.", "", (), "b" * 12)))
    for number in range(3):
        house.post(recipient=CARLA.address, message_id=f"<{number}@x.example>")
    all_sent(house)
    erase(Records.of(house.office), person(house), WHY)
    assert [compose.thaw(one.skeleton).text for one in house.letters()] == ["of Dirk Driver.", "of nobody."]
    assert traces(house, CARLA.address.upper(), "CARLA") == []


def test_erasure_waits_for_a_letter_that_has_yet_to_go(house: House) -> None:
    house.take_in(mail(CARLA, "Zanzibar burns"))
    waits: Erased = erase(Records.of(house.office), person(house), WHY)
    assert "has yet to be sent" in waits.waits and go_on(house.office) == 0
    all_sent(house)
    assert go_on(house.office) == 1 and traces(house, "Zanzibar", CARLA.address) == []


def test_a_plan_says_what_would_go_and_what_cannot_and_changes_nothing(house: House) -> None:
    answered(house, mail(CARLA, "Zanzibar burns"))
    before = (house.case(), house.entries())
    planned = house.in_store(lambda: plan(person(house)))
    assert planned.whole == (house.case().id,) and planned.shared == ()
    assert planned.mails >= 2 and planned.letters >= 2 and any("backups" in one for one in planned.beyond)
    assert (house.case(), house.entries()) == before


def test_a_desk_is_whole_after_masking_and_erasure(house: House) -> None:
    answered(house, mail(CARLA, "Zanzibar burns"))
    answered(house, mail(DIRK, "Smoke", "My number is 4711-0815."))
    mask_words(Records.of(house.office), house.cases()[1].id, Choice(1, ("4711-0815",)), WHY)
    erase(Records.of(house.office), person(house), WHY)
    told = partial(verify.faults, house.office.store, house.clock(), lambda *_: None)
    assert house.in_store(lambda: [one for one in told() if not one.is_harmless]) == []


def test_a_letter_to_somebody_else_that_mentions_the_case_goes_too(house: House) -> None:
    answered(house, mail(CARLA, "Zanzibar burns"))
    skeleton = compose.freeze(compose.Skeleton((), f"as in {house.case().id}: Zanzibar", "", (), "b" * 12))
    house.post(recipient=ANN.email, skeleton=skeleton)
    all_sent(house)
    assert [name for name in traces(house, "Zanzibar") if name.startswith("letters in ")]
    erase(Records.of(house.office), person(house), WHY)
    assert traces(house, "Zanzibar") == []
