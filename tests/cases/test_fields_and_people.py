"""Submission types, custom fields, language, watchers who choose, and a customer's addresses, at a whole desk."""

from __future__ import annotations

import itertools

import pytest

from mailticket.config.rules import CustomField
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.by_hand.patronage import carry_out_on_customers
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Status, Watching
from mailticket.domain.case_intents import AddPeople, SetField, SetStatus, SetType, Watch
from mailticket.domain.customer_intents import DescribeCustomer, MergeCustomers
from mailticket.domain.decision import Settle
from mailticket.domain.intents import AddNote, Answer, Append, Intent
from mailticket.store import customers
from mailticket.triage.language import tag
from tests import cast
from tests.builders import words
from tests.cast import ANN, BO, CARLA, DIRK, as_csr, as_customer
from tests.desk.house import House, mail

CANARY = "CANARY-5512"
BOSS = "boss@elsewhere.example"
HOME = Address("Carla Customer", "carla@home.example")
BY = as_csr(ANN)
FIELDS = (
    CustomField(name="margin", visible="csr"),
    CustomField(name="serial", types=("repair",), required=True),
)


def opened(house: House, *raws: bytes) -> Case:
    house.take_in(*(raws or (mail(),)))
    assign(house.office)
    return house.cases()[-1]


def do(house: House, *intents: Intent) -> str:
    """What becomes of wishes about the first case."""
    house.clock.forward(minutes=1)
    decision = carry_out(house.office, intents, house.cases()[0].id, f"test:{house.clock():%H%M%S}")
    return next(one.outcome for one in decision.actions if isinstance(one, Settle))


def test_a_csr_field_never_reaches_a_customer(house: House) -> None:
    house.with_config(cast.config(field=FIELDS))
    opened(house)
    do(house, SetField(BY, "margin", CANARY), Watch(BY, BOSS), AddPeople(BY, (DIRK,)))
    do(house, Answer(BY, words("Pull the plug.")))
    do(house, SetStatus(BY, Status.CLOSED))
    letters = house.letters()
    outside = [one for one in letters if not one.csr]
    assert {one.recipient for one in outside} == {CARLA.address, DIRK.address, BOSS}
    assert all(CANARY.encode() not in house.bytes_of(one) for one in outside)
    assert any(CANARY.encode() in house.bytes_of(one) for one in letters if one.csr)


BEGUN = (
    CustomField(name="paid", kind="checkbox", default="no", required=True),
    CustomField(name="place", types=("repair",), default="workshop"),
    CustomField(name="margin"),
)


def test_a_case_begins_with_the_defaults_of_its_fields_and_a_type_brings_its_own(house: House) -> None:
    house.with_config(cast.config(field=BEGUN))
    assert opened(house).fields == {"paid": "no"}
    do(house, SetField(BY, "paid", "yes"))
    assert do(house, SetType(BY, "repair")) == "done"
    assert house.case().fields == {"paid": "yes", "place": "workshop"}
    assert do(house, SetStatus(BY, Status.RESOLVED)) == "done"


def test_a_field_that_was_emptied_is_not_filled_again(house: House) -> None:
    house.with_config(cast.config(field=BEGUN[1:]))
    opened(house)
    do(house, SetType(BY, "repair"), SetField(BY, "place", ""))
    do(house, SetType(BY, "repair"))
    assert house.case().fields == {}


def test_a_case_with_an_empty_required_field_does_not_end(house: House) -> None:
    house.with_config(cast.config(field=FIELDS))
    opened(house)
    do(house, SetType(BY, "repair"))
    assert do(house, SetStatus(BY, Status.RESOLVED)) == "refused"
    assert "serial must be filled in" in house.as_sent(house.letters("csr_receipt")[-1]).as_string()
    assert do(house, SetField(BY, "serial", "47"), SetStatus(BY, Status.RESOLVED)) == "done"


def test_an_unknown_submission_type_is_refused(house: House) -> None:
    opened(house)
    assert do(house, SetType(BY, "repair")) == "refused"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT, en", "de-AT"),
        ("de", "de"),
        ("zh-Hans-CN", "zh-CN"),
        ("mul", ""),
        ("", ""),
        ("x" * 9000, ""),
        ("1; DROP", ""),
    ],
)
def test_the_language_is_what_the_header_says(header: str, language: str) -> None:
    assert tag(header) == language


def test_the_language_of_a_case_is_that_of_the_mail_else_of_the_customers_past(house: House) -> None:
    first = opened(house, b"Content-Language: de-DE\n" + mail())
    second = opened(house, mail(subject="Another"))
    assert (first.language, second.language) == ("de-DE", "de-DE")
    assert opened(house, mail(DIRK)).language == ""


@pytest.mark.parametrize("what", list(Watching))
def test_a_watcher_chooses_what_they_get_copies_of(house: House, what: Watching) -> None:
    opened(house)
    watcher = BO if house.case().csr == ANN.key else ANN
    theirs = as_csr(ANN if watcher is BO else BO)
    do(house, Watch(theirs, watcher.key, what=what))

    def copies() -> int:
        return len([one for one in house.letters("csr_case") if one.csr == watcher.key])

    got = [copies()]
    for wish in (Append(as_customer(), words("Still.")), Answer(theirs, words("Pull.")), AddNote(theirs, words("Hm."))):
        do(house, wish)
        got.append(copies())
    kinds = (Watching.CUSTOMER, Watching.ANSWERS, Watching.NOTES)
    assert [later - before for before, later in itertools.pairwise(got)] == [
        int(what in (Watching.ALL, kind)) for kind in kinds
    ]


def test_outsiders_watch_no_notes(house: House) -> None:
    opened(house)
    assert do(house, Watch(BY, BOSS, what=Watching.NOTES)) == "refused"


def test_somebody_added_to_a_case_sees_nothing_that_was_before(house: House) -> None:
    opened(house, mail(text=f"My secret is {CANARY}."))
    do(house, AddPeople(BY, (DIRK,)))
    do(house, Answer(BY, words("Pull the plug.")))
    [to_dirk] = [one for one in house.letters("customer_reply") if one.recipient == DIRK.address]
    assert CANARY.encode() not in house.bytes_of(to_dirk)


# ------------------------------------------------------------------------------------------------------------ customers


def person(house: House, address: Address) -> int:
    found = house.in_store(lambda: customers.at(address))
    assert found is not None
    return int(found.id)


def merged(house: House) -> None:
    carla, home = person(house, CARLA), person(house, HOME)
    carry_out_on_customers(house.office, (MergeCustomers(BY, home, carla),), (home, carla), "test:merge")


def test_a_customer_writes_on_their_case_from_another_address_of_theirs(house: House) -> None:
    case = opened(house)
    opened(house, mail(HOME, "Something else"))
    answer = f"Re: [#{case.id}] Printer on fire"
    assert [one.outcome for one in house.take_in(mail(HOME, answer))] == ["opened"]
    merged(house)
    assert [one.outcome for one in house.take_in(mail(HOME, answer, "From home."))] == ["appended"]
    people = {one.address.key: one.is_customer for one in house.cases()[0].participants}
    assert people == {CARLA.key: True, HOME.key: True}


def test_a_strangers_mail_is_no_customers_whatever_their_name(house: House) -> None:
    case = opened(house)
    opened(house, mail(HOME, "Something else"))
    merged(house)
    stranger = Address("Carla Customer", "carla@evil.example")
    assert [one.outcome for one in house.take_in(mail(stranger, f"Re: [#{case.id}] x"))] == ["opened"]


def test_the_csrs_mail_has_the_cases_of_all_addresses_and_who_the_customer_is(house: House) -> None:
    case = opened(house)
    opened(house, mail(HOME, "Something else"))
    merged(house)
    carla = person(house, CARLA)
    carry_out_on_customers(house.office, (DescribeCustomer(BY, carla, "number", "K-17"),), (carla,), "test:k")
    opened(house, mail(HOME, "A third matter"))
    told = house.bytes_of(house.letters("csr_case")[-1])
    assert b"K-17" in told and case.id.encode() in told


def test_an_answer_names_nothing_that_is_known_of_the_customer(house: House) -> None:
    opened(house)
    carla = person(house, CARLA)
    for fact in ("number", "phone", "organisation"):
        wish = DescribeCustomer(BY, carla, fact, CANARY)
        carry_out_on_customers(house.office, (wish,), (carla,), f"test:{fact}")
    do(house, Answer(BY, words("Pull the plug.")))
    assert CANARY.encode() not in house.bytes_of(house.letter("customer_reply"))
