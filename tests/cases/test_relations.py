"""Linked, split, deleted: what follows from the wish, and that what cannot be is refused whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Priority, Status
from mailticket.domain.case_intents import Delete, LinkCases, Merge, SetPriority, SetStatus, SetTags, Split
from mailticket.domain.decision import DeleteCase, LetterKind, Relate, TakeEntries
from mailticket.domain.people import Customer
from mailticket.triage.commands.command import cases_named
from tests.builders import NOW, OTHER_ID, case, known, words
from tests.cast import ANN, BO, CARLA, DIRK, as_csr
from tests.law.deciding import entries, law, letters, of_kind, refusal, the_case

BY = as_csr(ANN)


def entry(number: int, author: Address = CARLA, kind: EntryKind = EntryKind.CUSTOMER_MAIL, **more: Any) -> Entry:
    keys: dict[str, Any] = {"subject": f"Subject {number}", "parties": (author.key,)}
    return Entry(number, number, kind, NOW, author, words(f"text {number}"), **keys | more)


HISTORY = (
    entry(1),
    entry(2, DIRK),
    entry(3, kind=EntryKind.NOTE, parties=(), subject=""),
    entry(4, kind=EntryKind.EVENT, parties=()),
    entry(5, kind=EntryKind.REPLY, held="why", parties=()),
    entry(6),
)


def split(*numbers: int, history: tuple[Entry, ...] = HISTORY, **changes: Any) -> Any:
    keys: dict[str, Any] = {"csr": ANN.key, "entries": len(history), "also": [DIRK]}
    source = case(**keys | changes)
    return law(Split(BY, numbers), source, facts=known(source, entries={source.id: history}))


def test_a_split_is_about_the_new_case_from_then_on() -> None:
    decision = split(6, 3)
    became = the_case(decision)
    [taken] = of_kind(decision, TakeEntries)
    assert (taken.entries, became.subject, became.csr, became.status) == ((3, 6), "Subject 6", ANN.key, Status.OPENED)
    assert became.linked == (taken.source.id,) and became.entries == 3
    assert letters(decision) == [(LetterKind.CSR_CASE, ANN.key)]


def test_both_cases_say_what_was_split_off_and_by_whom() -> None:
    decision = split(6)
    [taken] = of_kind(decision, TakeEntries)
    became = the_case(decision).id
    assert taken.told.words.text == f"Entry 6 became case {became}, split off by Ann Archer."
    assert entries(decision)[0].words.text.startswith("Entry 6 of case") and taken.left.endswith(f"{became}.")


def test_what_dirk_wrote_becomes_dirks_case_and_carla_has_no_part_in_it() -> None:
    became = the_case(split(2))
    assert became.customer.address == DIRK
    assert [(one.address.key, one.is_customer) for one in became.participants] == [(DIRK.key, True)]


def test_who_joined_later_sees_no_more_of_it_than_before() -> None:
    source = case(csr=ANN.key, entries=6)
    late = replace(source, participants=(replace(source.participants[0], since=3),))
    became = the_case(law(Split(BY, (1, 3)), late, facts=known(late, entries={late.id: HISTORY})))
    assert [one.since for one in became.participants] == [2]


def test_split_off_without_a_csr_it_waits_for_one() -> None:
    assert the_case(split(6, csr="")).waiting_since == NOW


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ((9,), "has no entry 9"),
        ((4,), "is an event"),
        ((5,), "has not gone out"),
        (tuple(range(7, 10_007)), "has no entry 7"),
    ],
)
def test_an_impossible_split_is_refused(numbers: tuple[int, ...], problem: str) -> None:
    assert problem in refusal(split(*numbers))["problem"]


def test_without_a_number_the_customers_newest_mail_goes() -> None:
    [taken] = of_kind(split(), TakeEntries)
    assert taken.entries == (6,)
    assert "wrote nothing here" in refusal(split(history=HISTORY[2:4]))["problem"]


def test_something_must_stay_in_the_case() -> None:
    assert "Nothing would be left" in refusal(split(1, 2, 3, history=HISTORY[:4]))["problem"]


def test_a_split_comes_first_or_not_at_all() -> None:
    source = case(csr=ANN.key, entries=6)
    facts = known(source, entries={source.id: HISTORY})
    told = refusal(law([SetPriority(BY, Priority.HIGH), Split(BY, (6,))], source, facts=facts))
    assert "first thing" in told["problem"]


@pytest.mark.parametrize("status", [Status.CLOSED, Status.SPAM])
def test_an_ended_case_is_not_split(status: Status) -> None:
    assert "cannot be split" in refusal(split(6, status=status))["problem"]


# -------------------------------------------------------------------------------------------------------------- links


def linked(here: Case, other: Case, is_off: bool = False) -> Any:
    return law(LinkCases(BY, other.id, is_off), here, facts=known(here, other))


def test_linked_cases_name_each_other_and_both_say_who_did_it() -> None:
    here, other = case(), case(id=OTHER_ID, key=2)
    decision = linked(here, other)
    [relation] = of_kind(decision, Relate)
    assert the_case(decision).linked == (OTHER_ID,) and relation.linked == (here.id,)
    assert relation.told.words.text == f"Linked to case {here.id}, by Ann Archer."
    assert entries(decision)[0].words.text == f"Linked to case {OTHER_ID}, by Ann Archer."


def test_a_link_can_be_taken_away_and_twice_is_once() -> None:
    here, other = case(linked=(OTHER_ID,)), case(id=OTHER_ID, key=2, linked=(case().id,))
    assert the_case(linked(here, other, is_off=True)).linked == ()
    assert not of_kind(linked(here, other), Relate)


def test_a_case_is_linked_neither_to_itself_nor_to_nothing_nor_to_everything() -> None:
    here = case()
    assert "to itself" in refusal(linked(here, here))["problem"]
    assert "There is no case" in refusal(law(LinkCases(BY, OTHER_ID), here))["problem"]
    full = case(linked=tuple(f"CASE-{number:04d}" for number in range(50)))
    assert "linked to 50" in refusal(linked(full, case(id=OTHER_ID, key=2)))["problem"]


# ------------------------------------------------------------------------------------------------------------- delete


def test_deleting_leaves_no_case_to_decide_on() -> None:
    decision = law(Delete(BY), case(Status.SPAM))
    assert decision.case is None
    [deleted] = of_kind(decision, DeleteCase)
    assert (deleted.case.id, deleted.by) == (case().id, "Ann Archer")


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.SPAM])
def test_only_spam_can_be_deleted(status: Status) -> None:
    assert "only cases in the spam box" in refusal(law(Delete(BY), case(status)))["problem"]


def test_addresses_of_one_person_make_no_stranger_in_a_merge() -> None:
    here = case(customer=Customer(1, CARLA, person=1))
    other = case(id=OTHER_ID, key=2, csr=BO.key, customer=Customer(2, DIRK, person=1))
    assert the_case(law(Merge(BY, OTHER_ID), here, facts=known(here, other))).id == OTHER_ID


# --------------------------------------------------------------------------------------------------------- duplicates


def duplicate(*others: Case) -> Any:
    wish = SetStatus(BY, Status.RESOLVED, resolution=f"duplicate of {OTHER_ID}")
    return law(wish, case(), facts=known(case(), *others))


def test_a_duplicate_is_linked_to_the_case_that_it_repeats() -> None:
    decision = duplicate(case(id=OTHER_ID, key=2))
    after = the_case(decision)
    assert (after.status, after.resolution, after.linked) == (Status.RESOLVED, f"duplicate of {OTHER_ID}", (OTHER_ID,))
    assert len(of_kind(decision, Relate)) == 1


def test_a_duplicate_of_nothing_is_refused() -> None:
    assert "There is no case" in refusal(duplicate())["problem"]


def test_the_case_that_a_command_calls_a_duplicate_is_looked_up() -> None:
    assert cases_named(f"#resolve internal duplicate of {OTHER_ID}\nSee there.") == [OTHER_ID]
    assert cases_named("#resolve internal duplicate\nSee there.") == []


def test_ten_thousand_tags_are_refused_and_none_is_kept() -> None:
    tags = tuple(f"tag {number}" for number in range(10_000))
    assert "at most 30 tags" in refusal(law(SetTags(BY, tags), case()))["problem"]
