"""What a case is, sentence by sentence of the product's own words, each with the tests that show it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mailticket.desk.answer import carry_out
from mailticket.domain.case import ACTIVE, OPEN, Case, Channel, Priority, Status
from mailticket.domain.case_id import LETTERS, make, parse
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.intents import Answer
from tests.builders import case, words
from tests.cast import ANN, CARLA, DIRK, as_csr, config, service
from tests.desk.house import House, mail
from tests.law.deciding import law, the_case
from tests.sentences import assert_is_there, shown_by

HERE = "tests.cases.test_sentences"
ENDS, RELATIONS = "tests.cases.test_ends_and_returns", "tests.cases.test_relations"
LAW, DESK, STORE, CLI = "tests.law", "tests.desk", "tests.store", "tests.cli.test_case_acts"

#: Each sentence, and where it is shown.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "A case ID is seven random Crockford base32 letters and a check letter, unique": (
        f"{HERE}:test_a_case_id_is_seven_random_letters_and_a_check_letter",
        "tests.domain.test_case_id:test_one_wrong_letter_is_caught",
        "tests.domain.test_case_id:test_a_hundred_thousand_ids_are_unique_and_use_all_letters_alike",
        f"{STORE}.test_cases:test_a_case_id_is_given_once",
        f"{HERE}:test_a_case_id_that_is_taken_costs_no_mail",
    ),
    "It is case-insensitive and tolerant of clients' rewriting": (
        "tests.domain.test_case_id:test_it_is_found_through_prefixes_tags_and_encodings",
        "tests.domain.test_case_id:test_a_person_may_type_it_in_many_ways",
    ),
    "It stands first in the subject (after Re:)": (f"{HERE}:test_it_stands_first_in_the_subject_of_every_letter",),
    "subject_tag": (f"{HERE}:test_the_admin_chooses_how_the_case_id_stands_in_subjects",),
    "Foreign case IDs are cut from case subjects": (f"{HERE}:test_foreign_case_ids_are_cut_from_case_subjects",),
    "There are eight statuses": (f"{HERE}:test_there_are_eight_statuses",),
    "Active (counts for the limit rule): new, opened, escalated, reopened": (
        f"{HERE}:test_active_is_what_counts_for_the_limit",
        f"{STORE}.test_people:test_candidates_know_their_loads",
        "tests.rules.test_sentences_of_assignment:test_a_pending_case_leaves_room_below_the_limit",
    ),
    "Open (counts for least load): all but resolved, closed, spam": (
        f"{HERE}:test_open_is_all_but_resolved_closed_and_spam",
        "tests.rules.test_sentences_of_assignment:test_a_pending_case_counts_for_least_load",
    ),
    "A CSR's first act opens new and reopened cases": (
        f"{ENDS}:test_whatever_a_csr_does_first_opens_the_case",
        f"{ENDS}:test_merging_opens_the_case_that_has_it_all",
        f"{LAW}.test_case_acts:test_the_first_change_opens_a_new_case",
        f"{LAW}.test_status:test_an_event_leads_where_the_table_says_or_is_refused",
    ),
    "A CSR answers: after_reply": (
        f"{LAW}.test_answers:test_after_an_answer_the_status_is_what_the_service_says",
        f"{ENDS}:test_an_answer_ends_no_case_whose_required_field_is_empty",
    ),
    "Pending until a moment; it comes, or the customer writes": (
        f"{DESK}.test_sweep:test_a_pending_case_wakes_when_its_moment_comes_and_its_csr_is_told",
        f"{LAW}.test_inbound:test_a_customers_word_wakes_and_reopens",
    ),
    "Escalate; 2nd level hands back": (
        f"{ENDS}:test_reopen_by_mail_opens_whatever_keeps_a_case_from_being_worked_on",
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
        f"{LAW}.test_budgets:test_a_mere_thank_you_reopens_nothing_and_its_csr_is_told_how_to",
        f"{DESK}.test_stopping:test_a_mere_thank_you_leaves_the_case_closed",
        f"{ENDS}:test_of_a_mere_thank_you_its_csr_is_told_quietly_with_a_link_that_reopens",
        f"{ENDS}:test_without_a_page_the_thank_you_brings_a_mail_link_that_reopens",
    ),
    "Reopen; restore: as before": (
        f"{LAW}.test_set_status:test_reopening_forgets_the_resolution",
        f"{LAW}.test_blacklist_and_undo:test_spam_and_back_is_as_before",
        f"{ENDS}:test_what_was_put_off_until_a_moment_is_so_again_after_the_spam_box",
        f"{ENDS}:test_what_waited_for_a_csr_waits_again_after_the_spam_box",
    ),
    "Delete: spam is gone": (
        f"{RELATIONS}:test_only_spam_can_be_deleted",
        f"{STORE}.test_splitting_and_deleting:test_a_deleted_case_leaves_its_deletion_and_the_rows_of_its_mails",
        f"{CLI}:test_only_spam_is_deleted_and_the_deed_is_kept",
    ),
    "On closed and spam cases every other act is refused, with the way to mend it": (
        f"{ENDS}:test_every_wish_is_an_act_or_possible_on_what_has_ended",
        f"{ENDS}:test_on_what_is_closed_or_spam_every_other_act_is_refused_with_the_way_to_mend_it",
        f"{ENDS}:test_reopen_by_mail_opens_whatever_keeps_a_case_from_being_worked_on",
        f"{LAW}.test_csr_acts:test_on_an_ended_case_every_other_act_is_refused_with_the_way_out",
        f"{CLI}:test_a_closed_case_says_how_it_is_opened_again_from_here",
    ),
    "Notes are always possible": (
        f"{LAW}.test_csr_acts:test_a_note_is_possible_in_every_status_and_reaches_no_customer",
    ),
    "Closed cases are kept for reports": (f"{ENDS}:test_time_takes_no_closed_case_away",),
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
    "Every case has a channel": (
        f"{HERE}:test_priorities_and_channels_are_these",
        f"{HERE}:test_a_case_keeps_the_door_that_it_came_by",
        "tests.cli.test_case_acts:test_new_opens_a_case_in_the_customers_name_and_acknowledges_it",
    ),
    "Every case has a language": (
        "tests.cases.test_fields_and_people:test_the_language_of_a_case_is_that_of_the_mail_else_of_the_customers_past",
    ),
    "Every case has participants and files": (
        "tests.cases.test_fields_and_people:test_somebody_added_to_a_case_sees_nothing_that_was_before",
        f"{CLI}:test_new_takes_text_from_stdin_and_files",
    ),
    "Every case has links to other cases": (f"{RELATIONS}:test_linked_cases_name_each_other_and_both_say_who_did_it",),
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


@pytest.mark.parametrize("test", shown_by(SENTENCES))
def test_every_sentence_has_tests_that_are_there(test: str) -> None:
    assert_is_there(test)


def opened(house: House, subject: str = "Printer on fire") -> Case:
    house.take_in(mail(subject=subject))
    return house.cases()[-1]


def test_a_case_id_is_seven_random_letters_and_a_check_letter() -> None:
    drawn = iter(range(7))
    made = make(lambda below: next(drawn) % below)
    assert made.replace("-", "")[:7] == LETTERS[:7] and parse(made) == made
    assert sum(parse(f"{LETTERS[:4]}-{LETTERS[4:7]}{letter}") is not None for letter in LETTERS) == 1


def test_a_case_id_that_is_taken_costs_no_mail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = opened(house).id
    drawn = iter([taken, "0000-001Y"])
    monkeypatch.setattr("mailticket.domain.case_id.make", lambda _below: next(drawn))
    house.take_in(mail(DIRK))
    assert [one.id for one in house.cases()] == [taken, "0000-001Y"]


def test_the_admin_chooses_how_the_case_id_stands_in_subjects(house: House) -> None:
    house.with_config(config(service(subject_tag="(#{id})")))
    here = opened(house)
    acknowledgement = house.letter("auto_reply")
    assert str(house.as_sent(acknowledgement)["Subject"]).removeprefix("Re: ").startswith(f"(#{here.id})")
    house.take_in(mail(CARLA, f"(#{here.id}) more", "It still burns."))
    assert house.case().entries > here.entries


def test_it_stands_first_in_the_subject_of_every_letter(house: House) -> None:
    here = opened(house)
    carry_out(house.office, (Answer(as_csr(ANN), words("Pull the plug.")),), here.id, "test:answer")
    assert house.letters("customer_reply")
    for letter in house.letters():
        subject = str(house.as_sent(letter)["Subject"]).removeprefix("Re: ")
        assert subject.startswith(f"[#{here.id}]"), subject


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [#7F3K-9QX6] Printer on fire",
        "Printer on fire [#7F3K-9QX6]",
        "AW: [#7f3k-9qx6] WG: Printer [#0000-001Y] on fire",
        "[EXTERNAL] \uff3b#7F3K-9QX6\uff3d Printer on fire",
    ],
)
def test_foreign_case_ids_are_cut_from_case_subjects(house: House, subject: str) -> None:
    """Those of another desk, or of none: the case gets an ID of its own, and its subject names no other."""
    here = opened(house, subject)
    assert here.subject.removeprefix("[EXTERNAL] ") == "Printer on fire"
    assert here.id not in ("7F3K-9QX6", "0000-001Y")


def test_there_are_eight_statuses() -> None:
    assert [str(one) for one in Status] == "new opened pending escalated reopened resolved closed spam".split()


def test_active_is_what_counts_for_the_limit() -> None:
    assert {str(one) for one in ACTIVE} == {"new", "opened", "escalated", "reopened"}


def test_open_is_all_but_resolved_closed_and_spam() -> None:
    assert set(Status) - OPEN == {Status.RESOLVED, Status.CLOSED, Status.SPAM}


@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.FILE, Channel.FORM, Channel.API, Channel.CHAT])
def test_a_case_keeps_the_door_that_it_came_by(house: House, channel: Channel) -> None:
    house.arrive(mail(), channel=channel)
    house.receive()
    assert house.case().channel is channel


def test_priorities_and_channels_are_these() -> None:
    assert [str(one) for one in Priority] == ["low", "normal", "high", "urgent"]
    assert {str(one) for one in Channel} == {"mail", "form", "api", "file", "console", "chat", "import"}


@pytest.mark.parametrize("status", sorted(OPEN | {Status.RESOLVED}))
def test_any_open_or_resolved_case_can_be_closed(status: Status) -> None:
    assert the_case(law(SetStatus(as_csr(ANN), Status.CLOSED), case(status))).status is Status.CLOSED
