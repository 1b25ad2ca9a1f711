"""What a case is, sentence by sentence of the product's own words, each with the tests that show it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import pytest

from mailticket.desk.answer import carry_out
from mailticket.domain.case import ACTIVE, OPEN, Case, Channel, Priority, Status
from mailticket.domain.case_id import LETTERS, make, parse
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.intents import Answer
from tests.builders import case, words
from tests.cast import ANN, CARLA, as_csr
from tests.desk.house import House, mail
from tests.law.deciding import law, the_case

HERE = "tests.cases.test_sentences"
LAW, DESK, STORE, CLI = "tests.law", "tests.desk", "tests.store", "tests.cli.test_case_acts"

#: Each sentence, and where it is shown.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "A case ID is seven random Crockford base32 letters and a check letter, unique": (
        f"{HERE}:test_a_case_id_is_seven_random_letters_and_a_check_letter",
        "tests.domain.test_case_id:test_one_wrong_letter_is_caught",
        "tests.domain.test_case_id:test_a_hundred_thousand_ids_are_unique_and_use_all_letters_alike",
    ),
    "It is case-insensitive and tolerant of clients' rewriting": (
        "tests.domain.test_case_id:test_it_is_found_through_prefixes_tags_and_encodings",
        "tests.domain.test_case_id:test_a_person_may_type_it_in_many_ways",
    ),
    "It stands first in the subject (after Re:)": (f"{HERE}:test_it_stands_first_in_the_subject_of_every_letter",),
    "Foreign case IDs are cut from case subjects": (f"{HERE}:test_foreign_case_ids_are_cut_from_case_subjects",),
    "There are eight statuses": (f"{HERE}:test_there_are_eight_statuses",),
    "Active: new, opened, escalated, reopened": (f"{HERE}:test_active_is_what_counts_for_the_limit",),
    "Open: all but resolved, closed, spam": (f"{HERE}:test_open_is_all_but_resolved_closed_and_spam",),
    "A CSR's first act opens new and reopened cases": (
        f"{LAW}.test_case_acts:test_the_first_change_opens_a_new_case",
        f"{LAW}.test_status:test_an_event_leads_where_the_table_says_or_is_refused",
    ),
    "A CSR answers: after_reply": (f"{LAW}.test_answers:test_after_an_answer_the_status_is_what_the_service_says",),
    "Pending until a moment; it comes, or the customer writes": (
        f"{DESK}.test_sweep:test_a_pending_case_wakes_when_its_moment_comes_and_its_csr_is_told",
        f"{LAW}.test_inbound:test_a_customers_word_wakes_and_reopens",
    ),
    "Escalate; 2nd level hands back": (
        f"{LAW}.test_csr_acts:test_escalation_hands_over_and_tells_the_customer_nothing",
        f"{LAW}.test_set_status:test_an_escalated_case_can_be_handed_back",
    ),
    "Re-assign and take leave the status": (
        f"{LAW}.test_csr_acts:test_assigning_tells_the_next_csr_with_the_private_text",
        f"{LAW}.test_csr_acts:test_taking_a_case_makes_it_theirs",
    ),
    "Resolve internally, with the reason kept": (
        f"{LAW}.test_set_status:test_an_internal_resolution_keeps_its_reason_through_completion",
        f"{CLI}:test_resolved_for_a_reason_and_pending_until",
    ),
    "Resolve internally: spam": (f"{LAW}.test_set_status:test_spam_remembers_what_the_case_was",),
    "complete_after passed: resolved to closed": (f"{DESK}.test_sweep:test_a_resolved_case_closes_after_its_time",),
    "Close": (f"{HERE}:test_any_open_or_resolved_case_can_be_closed",),
    "Customer writes: reopened; after reopen_within a new case linked to the old": (
        f"{LAW}.test_inbound:test_a_customers_word_wakes_and_reopens",
        f"{LAW}.test_inbound:test_after_reopen_within_a_new_case_is_linked_to_the_old",
    ),
    "A mere thank-you leaves it unchanged; the CSR is told quietly, with a reopen link": (
        "tests.triage.test_thanks:test_thanks_and_nothing_else_in_ten_languages",
    ),
    "Reopen; restore: as before": (
        f"{LAW}.test_set_status:test_reopening_forgets_the_resolution",
        f"{LAW}.test_blacklist_and_undo:test_spam_and_back_is_as_before",
    ),
    "Delete: spam is gone": (
        "tests.cases.test_relations:test_only_spam_can_be_deleted",
        f"{STORE}.test_splitting_and_deleting:test_a_deleted_case_leaves_its_deletion_and_the_rows_of_its_mails",
        f"{CLI}:test_only_spam_is_deleted_and_the_deed_is_kept",
    ),
    "On closed and spam cases every other act is refused, with the way to mend it": (
        f"{LAW}.test_csr_acts:test_on_an_ended_case_every_other_act_is_refused_with_the_way_out",
        f"{CLI}:test_a_closed_case_says_how_it_is_opened_again_from_here",
    ),
    "Notes are always possible": (
        f"{LAW}.test_csr_acts:test_a_note_is_possible_in_every_status_and_reaches_no_customer",
    ),
    "Closed cases are kept for reports": (f"{HERE}:test_closed_cases_are_kept",),
    "Every case has priority, due date, tags, watchers, time worked": (
        f"{LAW}.test_case_acts:test_a_changed_fact_is_an_event_with_a_receipt",
        f"{CLI}:test_change_keeps_all_facts_at_once",
        f"{HERE}:test_priorities_and_channels_are_these",
    ),
    "Every case has a submission type with its own custom fields": (
        f"{CLI}:test_change_keeps_all_facts_at_once",
        f"{CLI}:test_a_change_that_cannot_be_says_why_and_does_nothing",
        "tests.cases.test_fields_and_people:test_a_case_with_an_empty_required_field_does_not_end",
    ),
    "A csr field never reaches a customer": (
        "tests.cases.test_fields_and_people:test_a_csr_field_never_reaches_a_customer",
    ),
    "Every case has a language": (
        "tests.cases.test_fields_and_people:test_the_language_of_a_case_is_that_of_the_mail_else_of_the_customers_past",
    ),
    "Every case has participants and files": (
        "tests.cases.test_fields_and_people:test_somebody_added_to_a_case_sees_nothing_that_was_before",
        f"{CLI}:test_new_takes_text_from_stdin_and_files",
    ),
    "Every case has links to other cases": (
        "tests.cases.test_relations:test_linked_cases_name_each_other_and_both_say_who_did_it",
    ),
    "Merge keeps both histories in time order": (
        f"{STORE}.test_merging:test_both_histories_stand_in_time_order",
        f"{DESK}.test_commands:test_merging_keeps_both_histories_and_redirects_replies",
    ),
    "Replies to the old ID go to the target": (
        f"{STORE}.test_merging:test_the_old_id_leads_to_the_target_even_after_another_merge",
    ),
    "A letter shows a recipient only entries they were party to": (
        f"{DESK}.test_commands:test_customers_of_merged_cases_see_only_their_own_words",
        f"{STORE}.test_merging:test_nobody_sees_more_than_before",
    ),
    "Merging across customers must be confirmed": (
        f"{LAW}.test_case_acts:test_another_customers_case_must_be_confirmed",
        f"{CLI}:test_merge_says_how_to_confirm_another_customers_case",
    ),
}


@pytest.mark.parametrize("shown_by", sorted({one for tests in SENTENCES.values() for one in tests}))
def test_every_sentence_has_tests_that_are_there(shown_by: str) -> None:
    module, _, name = shown_by.partition(":")
    assert name.startswith("test_") and callable(getattr(importlib.import_module(module), name))


def opened(house: House, subject: str = "Printer on fire") -> Case:
    house.take_in(mail(subject=subject))
    return house.cases()[-1]


def test_a_case_id_is_seven_random_letters_and_a_check_letter() -> None:
    drawn = iter(range(7))
    made = make(lambda below: next(drawn) % below)
    assert made.replace("-", "")[:7] == LETTERS[:7] and parse(made) == made
    assert sum(parse(f"{LETTERS[:4]}-{LETTERS[4:7]}{letter}") is not None for letter in LETTERS) == 1


def test_it_stands_first_in_the_subject_of_every_letter(house: House) -> None:
    here = opened(house)
    carry_out(house.office, (Answer(as_csr(ANN), words("Pull the plug.")),), here.id, "test:answer")
    assert house.letters("customer_reply")
    for letter in house.letters():
        subject = str(house.as_sent(letter)["Subject"]).removeprefix("Re: ")
        assert subject.startswith(f"[#{here.id}]"), subject


def test_foreign_case_ids_are_cut_from_case_subjects(house: House) -> None:
    assert opened(house, "Re: [#7F3K-9QX6] Printer on fire").subject == "Printer on fire"


def test_there_are_eight_statuses() -> None:
    assert [str(one) for one in Status] == "new opened pending escalated reopened resolved closed spam".split()


def test_active_is_what_counts_for_the_limit() -> None:
    assert {str(one) for one in ACTIVE} == {"new", "opened", "escalated", "reopened"}


def test_open_is_all_but_resolved_closed_and_spam() -> None:
    assert set(Status) - OPEN == {Status.RESOLVED, Status.CLOSED, Status.SPAM}


def test_priorities_and_channels_are_these() -> None:
    assert [str(one) for one in Priority] == ["low", "normal", "high", "urgent"]
    assert {str(one) for one in Channel} == {"mail", "form", "api", "file", "console", "chat", "import"}


@pytest.mark.parametrize("status", sorted(OPEN | {Status.RESOLVED}))
def test_any_open_or_resolved_case_can_be_closed(status: Status) -> None:
    assert the_case(law(SetStatus(as_csr(ANN), Status.CLOSED), case(status))).status is Status.CLOSED


def test_closed_cases_are_kept(house: House) -> None:
    here = opened(house)
    for wish in (Answer(as_csr(ANN), words("Pull the plug.")), SetStatus(as_csr(ANN), Status.CLOSED)):
        carry_out(house.office, (wish,), here.id, f"test:{type(wish).__name__}")
    house.clock.forward(days=4000)
    kept = house.case()
    assert (kept.status, kept.customer.address.key, len(house.entries()) > 2) == (Status.CLOSED, CARLA.key, True)
