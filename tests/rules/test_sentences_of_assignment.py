"""Assignment, sentence by sentence of the product's own words, each with the tests that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from mailticket import jobs
from mailticket.config.models import Assignment, Role
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.sweep import sweep
from mailticket.domain.address import Address
from mailticket.domain.case import Case, EntryKind, Status, Words
from mailticket.domain.case_intents import Assign, Escalate, SetDue, SetStatus, Take
from mailticket.domain.intents import Intent
from mailticket.domain.people import Actor
from mailticket.store import people
from tests.cast import ANN, BO, CARLA, EVE, as_admin, as_csr, config, service
from tests.desk.house import House, mail, reply
from tests.sentences import assert_is_there, shown_by

HERE = "tests.rules.test_sentences_of_assignment"
ASSIGNMENT = "tests.rules.test_assignment"
LAW, DESK, CLI, WEB, TRIAGE = "tests.law", "tests.desk", "tests.cli", "tests.web", "tests.triage"

#: Each sentence, and where it is shown.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "`none` (kept, nobody notified)": (f"{ASSIGNMENT}:test_none_keeps_the_case_and_notifies_nobody",),
    "`limit` (the next CSR with fewer than `limit`, default 5, active cases; else the case waits)": (
        f"{LAW}.test_assign:test_limit_takes_the_next_in_turn_with_room",
        f"{HERE}:test_the_limit_is_five_and_what_is_above_it_waits",
        f"{HERE}:test_a_pending_case_leaves_room_below_the_limit",
    ),
    "`random`": (f"{LAW}.test_assign:test_random_goes_by_the_lot_that_it_is_given",),
    "`least-load` (fewest open cases; ties by longest without a new case, then config order)": (
        f"{LAW}.test_assign:test_least_load_takes_who_has_fewest_open_cases",
        f"{DESK}.test_assign:test_cases_go_to_whoever_has_fewest_and_the_csrs_mail_says_why",
        f"{DESK}.test_assign:test_among_equals_it_goes_to_whoever_had_none_for_longest",
        f"{HERE}:test_a_pending_case_counts_for_least_load",
    ),
    "`round-robin`": (
        f"{LAW}.test_assign:test_round_robin_takes_who_waited_longest_whatever_their_load",
        f"{HERE}:test_round_robin_takes_turns_whatever_became_of_the_cases",
    ),
    "`skills` (least load among those whose skills match the case's)": (
        f"{LAW}.test_assign:test_skills_take_the_least_load_among_the_able",
        f"{DESK}.test_rules:test_a_mail_is_sorted_by_its_content_and_the_able_csr_gets_it",
        f"{DESK}.test_rules:test_where_nobody_able_is_there_the_least_loaded_gets_it_and_reads_what_is_missing",
        f"{LAW}.test_assign:test_where_nobody_able_is_there_the_config_says_who_gets_it",
        f"{DESK}.test_rules:test_where_all_the_able_are_away_a_case_waits_for_them_and_keeps_no_other_waiting",
        f"{DESK}.test_rules:test_where_all_the_able_are_at_their_limit_whoever_has_room_gets_it_then_it_waits",
    ),
    "`workflow` (not assigned; the named `[[workflow]]` runs, e.g. notifies people)": (
        f"{LAW}.test_trigger:test_with_a_workflow_nobody_is_assigned_and_it_runs_after_the_triggers",
        f"{DESK}.test_rules:test_with_a_workflow_a_new_case_is_assigned_to_nobody_and_people_are_told",
    ),
    "Candidates: available members of the service's 1st-level role": (
        f"{ASSIGNMENT}:test_candidates_are_the_available_members_of_the_1st_level_role",
        f"{HERE}:test_who_is_away_in_one_role_gets_cases_of_another",
    ),
    "Cases that wait are tried again every minute": (
        f"{HERE}:test_what_waits_is_tried_again_every_minute",
        "tests.test_jobs:test_it_sweeps_at_once_and_wakes_the_assigner_again_and_again",
    ),
    "and whenever someone becomes available": (
        f"{ASSIGNMENT}:test_whoever_is_back_gets_what_waits",
        f"{HERE}:test_who_says_available_by_mail_gets_what_waits",
    ),
    "or closes a case": (f"{ASSIGNMENT}:test_cases_that_wait_are_tried_again_whenever_a_case_is_closed",),
    "oldest first, higher priority before": (
        f"{ASSIGNMENT}:test_oldest_first_and_higher_priority_before",
        f"{DESK}.test_assign:test_higher_priority_goes_first_then_the_longest_waiting",
        f"{HERE}:test_a_case_that_goes_on_to_another_role_keeps_its_place_in_the_queue",
    ),
    "Two daemons never push a CSR over the limit by rule": (
        f"{DESK}.test_assign:test_of_two_daemons_none_gives_a_csr_one_too_many",
        f"{DESK}.test_rules:test_a_rule_pushes_nobody_over_the_limit",
    ),
    "a person may": (f"{ASSIGNMENT}:test_a_person_may_push_a_csr_over_the_limit",),
    "a reopened case stays with its CSR": (f"{ASSIGNMENT}:test_a_reopened_case_stays_with_its_csr_over_the_limit_too",),
    "A service without `first_level` assigns nothing": (
        f"{ASSIGNMENT}:test_a_service_without_first_level_assigns_nothing",
    ),
    "without `second_level`, escalation names a CSR": (
        f"{ASSIGNMENT}:test_without_second_level_escalation_names_a_csr",
        f"{TRIAGE}.test_command:test_without_a_second_level_escalation_must_name_somebody",
    ),
    "A CSR removed from the config: their cases wait again": (
        f"{ASSIGNMENT}:test_the_cases_of_a_csr_who_left_the_config_wait_again",
        f"{HERE}:test_the_cases_of_a_csr_whose_role_left_with_them_wait_for_the_1st_level",
    ),
    # Sessions, and the console's switch for being away: tests.sentences.WAITING.
    "links and sessions are revoked": (
        f"{WEB}.test_safety:test_the_links_of_a_csr_who_left_the_config_are_dead",
        f"{HERE}:test_who_is_no_csr_any_more_answers_nobody_with_an_old_letter",
    ),
    "Every notification says why this CSR got it": (
        f"{ASSIGNMENT}:test_every_notification_says_why_this_csr_got_it",
        f"{HERE}:test_whatever_brought_the_case_its_mail_says_why",
        f"{HERE}:test_a_customers_next_mail_says_why_it_comes",
    ),
    "`mailticket csr away jane@example.com --role support`": (
        f"{CLI}.test_people:test_a_csr_goes_away_in_one_role_or_all_and_comes_back",
    ),
    "a mail to the service with the subject `away` / `available`": (
        f"{TRIAGE}.test_by_subject:test_a_csr_goes_away_and_comes_back_by_a_subject",
        f"{DESK}.test_commands:test_away_available_and_list_by_mail",
    ),
    "(`ooo_means_away = true`) a CSR's detected out-of-office": (
        f"{ASSIGNMENT}:test_a_csr_s_out_of_office_means_away",
        f"{HERE}:test_an_out_of_office_means_nothing_where_the_admin_does_not_want_it",
    ),
    "A mail with the subject `list` is answered with the CSR's desk card: my open cases, what is due, the free queue": (
        f"{DESK}.test_commands:test_away_available_and_list_by_mail",
        "tests.letters.test_desk_card:test_what_is_due_first_stands_first",
        f"{HERE}:test_the_desk_card_has_my_cases_what_is_due_and_the_free_queue",
    ),
    "each with signed take and mail links": (
        "tests.letters.test_desk_card:test_each_case_can_be_clicked_and_mailed",
        f"{HERE}:test_a_mail_link_of_the_desk_card_takes_a_free_case",
    ),
    "Escalation goes to the 2nd-level role (by its rule)": (
        f"{DESK}.test_assign:test_a_case_waits_for_the_role_that_it_was_escalated_to",
        f"{HERE}:test_an_escalated_case_goes_by_the_rule_of_its_service",
    ),
    "or to a named CSR": (f"{LAW}.test_csr_acts:test_escalation_hands_over_and_tells_the_customer_nothing",),
    "the customer may be told (`escalation_notice`)": (
        f"{ASSIGNMENT}:test_escalation_tells_the_customer_if_the_service_wants_it",
        f"{LAW}.test_csr_acts:test_escalation_hands_over_and_tells_the_customer_nothing",
    ),
    "Re-assignment: the same without the status": (
        f"{LAW}.test_csr_acts:test_assigning_tells_the_next_csr_with_the_private_text",
        f"{LAW}.test_csr_acts:test_assigning_to_a_role_lets_the_case_wait_for_one_of_them",
    ),
    "Both carry an optional private text for the next CSR, kept as a note and shown first": (
        f"{ASSIGNMENT}:test_the_private_text_is_a_note_and_shown_first_to_a_csr_who_is_found_later",
        f"{LAW}.test_csr_acts:test_assigning_tells_the_next_csr_with_the_private_text",
    ),
    "also when the CSR is found later": (
        f"{ASSIGNMENT}:test_the_private_text_is_a_note_and_shown_first_to_a_csr_who_is_found_later",
        f"{HERE}:test_the_private_text_stands_first_whatever_was_written_while_the_case_waited",
    ),
    "never to the customer": (
        f"{ASSIGNMENT}:test_the_private_text_is_a_note_and_shown_first_to_a_csr_who_is_found_later",
        f"{HERE}:test_the_private_text_stands_first_whatever_was_written_while_the_case_waited",
        f"{DESK}.test_canaries:test_no_secret_word_reaches_a_customer",
    ),
}
VOUCHED = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}


@pytest.mark.parametrize("test", shown_by(SENTENCES))
def test_every_sentence_has_tests_that_are_there(test: str) -> None:
    assert_is_there(test)


def ruled(house: House, roles: tuple[Role, ...] = (), **rule: Any) -> House:
    changes: dict[str, Any] = {"role": roles} if roles else {}
    desk = service(assignment=Assignment(**rule), authserv_ids=("mx.example.com",))
    house.with_config(config(desk, **changes))
    return house


def inquiries(house: House, count: int) -> list[Case]:
    for number in range(count):
        house.take_in(mail(Address("", f"c{number}@many.example"), f"Matter {number}"))
        house.clock.forward(seconds=1)
    return house.cases()


def do(house: House, case: Case, *wishes: Intent) -> None:
    house.clock.forward(minutes=1)
    carry_out(house.office, wishes, case.id, f"test:{house.clock():%H%M%S}")


def away(house: House, is_away: bool, *csrs: str, role: str = "") -> None:
    for csr in csrs:
        house.in_store(lambda csr=csr: people.set_away(csr, role, is_away, "test", house.clock(), ""))


def holders(house: House) -> list[str]:
    return [one.csr for one in house.cases()]


def plain(house: House, letter: Any) -> str:
    """The text part, its lines joined."""
    return " ".join(str(house.as_sent(letter).get_payload()[0].get_payload(decode=True), "utf-8").split())


def test_the_limit_is_five_and_what_is_above_it_waits(house: House) -> None:
    inquiries(ruled(house, new_case="limit"), 11)
    assert assign(house.office) == 10
    assert [holders(house).count(one) for one in (ANN.key, BO.key, "")] == [5, 5, 1]
    assert house.cases()[-1].waiting_since is not None


def test_a_pending_case_leaves_room_below_the_limit(house: House) -> None:
    first, *_ = inquiries(ruled(house, new_case="limit", limit=1), 3)
    assign(house.office)
    do(house, first, SetStatus(as_csr(ANN), Status.PENDING))
    assert assign(house.office) == 1 and holders(house) == [ANN.key, BO.key, ANN.key]


def test_a_pending_case_counts_for_least_load(house: House) -> None:
    away(house, True, BO.key)
    (case,) = inquiries(house, 1)
    assign(house.office)
    do(house, case, SetStatus(as_csr(ANN), Status.PENDING))
    away(house, False, BO.key)
    inquiries(house, 1)
    assert assign(house.office) == 1 and holders(house) == [ANN.key, BO.key]


def test_round_robin_takes_turns_whatever_became_of_the_cases(house: House) -> None:
    ruled(house, new_case="round-robin")
    for _ in range(4):
        *_, newest = inquiries(house, 1)
        assert assign(house.office) == 1
        if house.cases()[-1].csr == BO.key:
            do(house, newest, SetStatus(as_csr(BO), Status.CLOSED))
    assert holders(house) == [ANN.key, BO.key, ANN.key, BO.key]


def test_who_is_away_in_one_role_gets_cases_of_another(house: House) -> None:
    both = (Role(name="support", members=(ANN.email, BO.email)), Role(name="experts", members=(ANN.email,)))
    ruled(house, both)
    away(house, True, ANN.key, role="support")
    first, _ = inquiries(house, 2)
    do(house, first, Escalate(as_csr(BO), role="experts"))
    assert assign(house.office) == 2 and holders(house) == [ANN.key, BO.key]


def test_what_waits_is_tried_again_every_minute() -> None:
    assert jobs.JOBS["assign"].every == timedelta(seconds=60)


def test_who_says_available_by_mail_gets_what_waits(house: House) -> None:
    ruled(house)
    away(house, True, ANN.key, BO.key)
    inquiries(house, 1)
    assert assign(house.office) == 0
    house.woken.clear()
    (row,) = house.take_in(mail(BO.address, "available", "", **VOUCHED))
    assert "assign" in house.woken, row
    assert assign(house.office) == 1 and holders(house) == [BO.key]


def test_a_case_that_goes_on_to_another_role_keeps_its_place_in_the_queue(house: House) -> None:
    away(house, True, ANN.key, BO.key, EVE.key)
    first, second = inquiries(ruled(house, new_case="limit", limit=1), 2)
    for one in (second, first):
        do(house, one, Assign(as_csr(ANN), role="experts"))
    away(house, False, EVE.key)
    assert assign(house.office) == 1 and holders(house) == [EVE.key, ""]


def test_the_cases_of_a_csr_whose_role_left_with_them_wait_for_the_1st_level(house: House) -> None:
    (case,) = inquiries(house, 1)
    do(house, case, Escalate(as_csr(ANN), csr=EVE.key, role="experts"))
    house.with_config(
        config(service(second_level=""), csr=(ANN, BO), role=(Role(name="support", members=(BO.email,)),))
    )
    assert (sweep(house.office), assign(house.office), holders(house)) == (1, 1, [BO.key])


def test_who_is_no_csr_any_more_answers_nobody_with_an_old_letter(house: House) -> None:
    inquiries(house, 1)
    assign(house.office)
    letter = house.letter("csr_case")
    house.with_config(config(csr=(BO, EVE), role=(Role(name="support", members=(BO.email,)),)))
    house.take_in(reply(letter, ANN.address, "Pull the plug."))
    assert house.letters("customer_reply") == []
    assert "plug" not in "".join(one.words.text for one in house.entries(house.cases()[0]))


BROUGHT: dict[str, tuple[Intent, str]] = {
    "assigned": (Assign(as_csr(ANN), csr=BO.key), "assigned to Bo Baker by Ann Archer"),
    "escalated": (Escalate(as_csr(ANN), csr=EVE.key), "escalated to Eve Expert by Ann Archer"),
    "taken": (Take(as_csr(BO)), "you took it"),
}


@pytest.mark.parametrize(("wish", "why"), BROUGHT.values(), ids=BROUGHT.keys())
def test_whatever_brought_the_case_its_mail_says_why(house: House, wish: Intent, why: str) -> None:
    (case,) = inquiries(house, 1)
    assign(house.office)
    do(house, case, wish)
    assert f"Why you {why}" in plain(house, house.letters("csr_case")[-1])


def test_a_customers_next_mail_says_why_it_comes(house: House) -> None:
    house.take_in(mail())
    assign(house.office)
    house.take_in(mail(CARLA, f"[#{house.case().id}] more", "It still burns."))
    assert "Why you Carla Customer answered on your case" in plain(house, house.letters("csr_case")[-1])


def test_an_out_of_office_means_nothing_where_the_admin_does_not_want_it(house: House) -> None:
    inquiries(ruled(house, ooo_means_away=False), 1)
    assign(house.office)
    letter = house.letter("csr_case")
    house.take_in(reply(letter, ANN.address, "I am away until Monday.", auto_submitted="auto-replied"))
    assert house.in_store(people.away) == frozenset()


def carded(house: House) -> Any:
    """Ann has a case that is due; another one waits because Bo, whom a limit of one would let have it, is away."""
    ruled(house, new_case="limit", limit=1)
    away(house, True, BO.key)
    first, _ = inquiries(house, 2)
    assert assign(house.office) == 1
    do(house, first, SetDue(as_csr(ANN), house.clock() + timedelta(hours=1)))
    house.clock.forward(hours=2)
    house.take_in(mail(ANN.address, "list", "", **VOUCHED))
    return house.letter("desk_card")


def test_the_desk_card_has_my_cases_what_is_due_and_the_free_queue(house: House) -> None:
    shown = plain(house, carded(house))
    mine, free = house.cases()
    own, _, waiting = shown.partition("WAITING FOR ANYBODY (1)")
    assert "1 overdue." in own and "WAS DUE" in own
    assert "YOUR OPEN CASES (1)" in own and mine.id in own and free.id not in own
    assert free.id in waiting and mine.id not in waiting


def test_a_mail_link_of_the_desk_card_takes_a_free_case(house: House) -> None:
    shown = plain(house, carded(house))
    _, free = house.cases()
    (link,) = [one for one in shown.split() if one.startswith("mailto:") and free.id in one and "take" in one]
    house.take_in(mail(ANN.address, unquote(link.partition("?subject=")[2]), ""))
    assert holders(house)[1] == ANN.key


def test_an_escalated_case_goes_by_the_rule_of_its_service(house: House) -> None:
    first, second = inquiries(ruled(house, new_case="limit", limit=1), 2)
    for one in (first, second):
        do(house, one, Escalate(as_csr(ANN), role="experts"))
    assert assign(house.office) == 1 and holders(house) == [EVE.key, ""]


@pytest.mark.parametrize("by", [as_csr(ANN), as_admin()], ids=["a CSR", "an admin"])
@pytest.mark.parametrize("make", [Escalate, Assign])
def test_the_private_text_stands_first_whatever_was_written_while_the_case_waited(
    house: House, by: Actor, make: type[Assign] | type[Escalate]
) -> None:
    house.take_in(mail())
    assign(house.office)
    away(house, True, EVE.key)
    do(house, house.case(), make(replace(by), role="experts", words=Words("She is a lawyer.")))
    house.clock.forward(minutes=1)
    house.take_in(mail(CARLA, f"[#{house.case().id}] more", "It still burns."))
    away(house, False, EVE.key)
    assert assign(house.office) == 1
    shown = plain(house, house.letters("csr_case")[-1])
    assert -1 < shown.find("She is a lawyer.") < shown.index("It still burns.")
    assert [one.kind for one in house.entries() if "lawyer" in one.words.text] == [EntryKind.NOTE]
    assert not any("lawyer" in house.bytes_of(one).decode() for one in house.letters() if not one.csr)
