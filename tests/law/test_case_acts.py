"""What follows where a CSR changes a case's facts, merges it, opens one for a customer, or asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailticket.domain.case import EntryKind, Priority, Status
from mailticket.domain.case_intents import AddTime, Merge, SetDue, SetField, SetPriority, SetTags, Watch
from mailticket.domain.decision import ChangePerson, JoinCase, LetterKind, Send, SendKind
from mailticket.domain.intents import (
    AddNote,
    Answer,
    Append,
    AppendAutomatic,
    AskDeskCard,
    AskWhy,
    Inquire,
    Intent,
    SetAway,
)
from mailticket.domain.people import Customer, Participant
from tests.builders import NOW, OTHER_ID, case, known, words
from tests.cast import ANN, BO, CARLA, DIRK, EVE, as_csr, as_customer, as_machine
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

BY = as_csr(ANN)
RECEIPT = (LetterKind.CSR_RECEIPT, ANN.key)
BOSS = "boss@elsewhere.example"
CHANGES: list[tuple[Intent, str, Any]] = [
    (SetPriority(BY, Priority.URGENT), "priority", Priority.URGENT),
    (SetDue(BY, NOW + timedelta(days=1)), "due_at", NOW + timedelta(days=1)),
    (SetTags(BY, ("billing", "Old"), ("gone",)), "tags", ("old", "billing")),
    (Watch(BY, "experts"), "watchers", (BO.key, "experts")),
    (Watch(BY, BO.key, is_off=True), "watchers", ()),
    (AddTime(BY, timedelta(minutes=30)), "time_worked", timedelta(hours=1)),
    (AddTime(BY, timedelta(minutes=-30)), "time_worked", timedelta(0)),
    (SetField(BY, "size", "Large"), "fields", {"serial": "4711", "size": "Large"}),
    (SetField(BY, "serial", ""), "fields", {}),
]


def full(status: Status = Status.OPENED, **changes: Any) -> Any:
    keys: dict[str, Any] = {
        "tags": ("old", "gone"),
        "watchers": (BO.key,),
        "time_worked": timedelta(minutes=30),
        "fields": {"serial": "4711"},
    }
    return case(status, **keys | changes)


@pytest.mark.parametrize(("intent", "name", "value"), CHANGES)
def test_a_changed_fact_is_an_event_with_a_receipt(intent: Intent, name: str, value: Any) -> None:
    decision = law(intent, full())
    assert getattr(the_case(decision), name) == value
    [event] = entries(decision)
    assert event.kind is EntryKind.EVENT and event.words.text.endswith("by Ann Archer.")
    assert letters(decision) == [RECEIPT] and outcome(decision) == "done"


@pytest.mark.parametrize(("intent", "name", "value"), CHANGES)
@pytest.mark.parametrize("status", [Status.CLOSED, Status.SPAM])
def test_an_ended_case_keeps_its_facts(status: Status, intent: Intent, name: str, value: Any) -> None:
    told = refusal(law(intent, full(status)))
    assert "cannot be" in told["problem"] and told["fix"]


def test_the_first_change_opens_a_new_case() -> None:
    assert the_case(law(SetPriority(BY, Priority.HIGH), case(Status.NEW))).status is Status.OPENED


def test_what_was_so_already_changes_nothing_and_says_so() -> None:
    decision = law(SetPriority(BY, Priority.NORMAL), case())
    [receipt] = of_kind(decision, Send)
    assert not entries(decision) and "was so already" in receipt.extra["done"][0]


def test_no_more_time_is_taken_back_than_was_worked() -> None:
    assert "Only 30 minutes" in refusal(law(AddTime(BY, timedelta(hours=-1)), full()))["problem"]


def test_why_is_answered_by_a_receipt_with_the_events() -> None:
    [receipt] = of_kind(law(AskWhy(BY), case()), Send)
    assert (receipt.letter, receipt.csr, receipt.extra["events"]) == (LetterKind.CSR_RECEIPT, ANN.key, True)


def test_the_desk_card_needs_no_case() -> None:
    decision = law(AskDeskCard(BY))
    assert letters(decision) == [(LetterKind.DESK_CARD, ANN.key)] and outcome(decision) == "done"


@pytest.mark.parametrize(("is_said", "by"), [(True, ANN.email), (False, "out-of-office")])
def test_who_says_that_a_csr_is_away_is_kept(is_said: bool, by: str) -> None:
    decision = law(SetAway(BY, ANN.key, is_away=True, why="you are away", is_said=is_said))
    [change] = of_kind(decision, ChangePerson)
    assert (change.csr, change.is_away, change.by) == (ANN.key, True, by)


# ------------------------------------------------------------------------------------------------------------ merging


def other(customer: Any = CARLA, **changes: Any) -> Any:
    """The case that is merged into: three entries, Bo's."""
    keys: dict[str, Any] = {"id": OTHER_ID, "key": 2, "entries": 3, "csr": BO.key, "customer": Customer(2, customer)}
    return case(participants=(Participant(customer, True),), **keys | changes)


def merged(target: Any, is_confirmed: bool = False, **changes: Any) -> Any:
    source = full(also=[DIRK], **changes)
    return law(Merge(BY, OTHER_ID, is_confirmed), source, facts=known(source, target))


def test_a_merge_is_about_the_target_from_then_on() -> None:
    decision = merged(other(tags=("new",), fields={"serial": "1"}, time_worked=timedelta(hours=1)))
    after = the_case(decision)
    [join] = of_kind(decision, JoinCase)
    assert (after.id, after.entries, join.source.id) == (OTHER_ID, 5, full().id)
    assert (after.tags, after.fields, after.watchers) == (("new", "old", "gone"), {"serial": "1"}, (BO.key,))
    assert after.time_worked == timedelta(minutes=90)
    assert letters(decision) == [(LetterKind.CSR_CASE, BO.key), RECEIPT]


def test_the_sources_people_take_part_in_the_target_without_its_past() -> None:
    people = {one.address.key: one.is_customer for one in the_case(merged(other())).participants}
    assert people == {CARLA.key: True, DIRK.key: False}


def test_another_customers_case_must_be_confirmed() -> None:
    told = refusal(merged(other(DIRK)))
    assert "of another customer" in told["problem"] and told["fix"].endswith(f"#merge {OTHER_ID} yes")
    people = {one.address.key: one.is_customer for one in the_case(merged(other(DIRK), True)).participants}
    assert people == {DIRK.key: True, CARLA.key: False}


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (replace(other(), service="sales"), "belongs to the service sales"),
        (replace(other(), status=Status.CLOSED), "The case is closed"),
        (replace(other(), status=Status.SPAM), "The case is spam"),
    ],
)
def test_an_impossible_merge_is_refused(target: Any, problem: str) -> None:
    assert problem in refusal(merged(target))["problem"]


def test_a_case_is_not_merged_into_itself_or_into_nothing() -> None:
    source = full()
    assert "into itself" in refusal(law(Merge(BY, source.id), source, facts=known(source)))["problem"]
    assert "There is no case" in refusal(law(Merge(BY, OTHER_ID), source, facts=known(source)))["problem"]


# ----------------------------------------------------------------------------------------------------------- watching


def copies(intent: Intent, *watchers: str, also: Any = ()) -> set[tuple[LetterKind, str]]:
    decision = law(intent, case(csr=ANN.key, watchers=watchers, also=also))
    return {(one.letter, one.to.key) for one in of_kind(decision, Send)}


TO_BO, TO_EVE = (LetterKind.CSR_CASE, BO.key), (LetterKind.CSR_CASE, EVE.key)
TO_BOSS = (LetterKind.WATCHER_COPY, BOSS)


def test_watchers_get_what_customers_and_csrs_write() -> None:
    written = copies(Append(as_customer(), words("Still broken.")), BO.key, "experts", BOSS)
    assert written >= {TO_BO, TO_EVE, TO_BOSS}
    answered = copies(Answer(BY, words("Try again.")), BO.key, "experts", BOSS)
    assert answered >= {TO_BO, TO_EVE, TO_BOSS}


def test_a_note_goes_to_no_watcher_outside() -> None:
    assert copies(AddNote(BY, words("She never pays.")), BO.key, BOSS) == {TO_BO, RECEIPT}


def test_nobody_gets_a_copy_of_their_own_words_or_of_what_they_get_anyway() -> None:
    assert (LetterKind.CSR_CASE, ANN.key) not in copies(AddNote(BY, words("x")), ANN.key, "support")
    sent = copies(Answer(BY, words("x")), CARLA.address, DIRK.address, also=[DIRK])
    assert sent == {(LetterKind.CUSTOMER_REPLY, CARLA.key), (LetterKind.CUSTOMER_REPLY, DIRK.key)}


def test_machines_and_changed_facts_are_no_news() -> None:
    assert not copies(AppendAutomatic(as_machine(), words("I am away.")), BO.key, BOSS)
    assert copies(SetPriority(BY, Priority.HIGH), BO.key, BOSS) == {RECEIPT}


def test_copies_to_outsiders_are_automatic_mail() -> None:
    decision = law(Answer(BY, words("x")), case(csr=ANN.key, watchers=(BOSS,)))
    [copy] = [one for one in of_kind(decision, Send) if one.letter is LetterKind.WATCHER_COPY]
    assert (copy.kind, copy.csr) == (SendKind.AUTO, "") and copy.entry == entries(decision)[0].number


# ------------------------------------------------------------------------------------------------- in a customer's name


def test_a_case_in_a_customers_name_is_the_customers_and_its_opener_has_a_receipt() -> None:
    decision = law([Inquire(BY, DIRK, "Printer on fire", words("It burns."), may_echo=True), AddNote(BY, words("Hm."))])
    mail, *rest = entries(decision)
    assert (mail.kind, mail.author, mail.csr, mail.parties) == (EntryKind.CUSTOMER_MAIL, DIRK, "", (DIRK.key,))
    assert [one.words.text for one in rest if one.kind is EntryKind.NOTE] == ["Hm."]
    assert letters(decision) == [(LetterKind.AUTO_REPLY, DIRK.key), RECEIPT]
    assert the_case(decision).waiting_since == NOW and outcome(decision) == "opened"


def test_a_customers_mail_that_a_csr_passes_on_is_the_customers_word() -> None:
    decision = law(Append(BY, words("Still broken."), author=CARLA), case(Status.RESOLVED, csr=BO.key))
    mail = entries(decision)[0]
    assert (mail.author, mail.csr, mail.parties) == (CARLA, "", (CARLA.key,))
    assert the_case(decision).status is Status.REOPENED and "Carla Customer wrote" in str(entries(decision)[1].words)
    assert letters(decision) == [(LetterKind.CSR_CASE, BO.key), RECEIPT]
