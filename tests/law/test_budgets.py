"""Budgets and floods: automatic mail stops, the rest goes on, one alarm tells; thanks and leaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailticket import tokens
from mailticket.config.models import Cases, Letters, Limits
from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind, Status
from mailticket.domain.case_intents import Escalate
from mailticket.domain.decision import Alarm, LetterKind, RevokeLetter, Send
from mailticket.domain.facts import Known
from mailticket.domain.intents import AddNote, Answer, Append, AskHelp, HoldAnswer, Intent, Join, Refuse, WarnOutsiders
from mailticket.domain.people import Echo
from mailticket.law.budgets import ECHOES_PER_HOUR, NOTICES_PER_HOUR
from tests import cast
from tests.builders import CASE_ID, NOW, case, known, letter_id, words
from tests.cast import ANN, CARLA, MALLORY, as_csr, as_customer, as_machine, as_unproven
from tests.law.deciding import entries, inquiry, law, letters, of_kind, outcome, the_case

RECEIPT, ACK = (LetterKind.CSR_RECEIPT, ANN.key), (LetterKind.AUTO_REPLY, CARLA.key)
ESCALATED = (LetterKind.ESCALATION_NOTICE, CARLA.key)


def spent(csr: str = ANN.key, number: int = NOTICES_PER_HOUR) -> Known:
    return known(notices_this_hour={csr: number})


@pytest.mark.parametrize(
    "wish",
    [
        Refuse(as_csr(ANN), "No.", "Do."),
        AskHelp(as_csr(ANN)),
        HoldAnswer(as_csr(ANN), words("x"), "why"),
        HoldAnswer(as_unproven(ANN), words("x"), "why"),
        AddNote(as_csr(ANN), words("x")),
    ],
)
def test_a_csr_gets_no_more_receipts_than_the_budget_and_the_rest_goes_on(wish: Intent) -> None:
    free, full = (law(wish, case(csr=ANN.key), facts=spent(number=NOTICES_PER_HOUR - left)) for left in (1, 0))
    assert (len(letters(free)), letters(full)) == (1, [])
    assert outcome(free) == outcome(full) and len(entries(free)) == len(entries(full))
    assert [one.key for one in of_kind(full, Alarm)] == [f"notice-budget:{ANN.key}"]


@pytest.mark.parametrize("left", [0, 1])
def test_when_the_fuse_blows_automatic_mail_stops_and_the_rest_goes_on(left: int) -> None:
    facts = known(auto_this_hour={"support": 10 - left})
    decision = law(inquiry(), service=cast.service(limits=Limits(auto_budget=10)), facts=facts)
    assert letters(decision) == ([ACK] if left else [])
    assert [one.key for one in of_kind(decision, Alarm)] == ([] if left else ["auto-budget:support"])
    assert (outcome(decision), the_case(decision).waiting_since) == ("opened", NOW)


@pytest.mark.parametrize("written", ["car.la+one@Customer.example", "c.a.r.l.a+two@customer.example"])
def test_spellings_of_one_mailbox_share_a_budget_and_nothing_else(written: str) -> None:
    one = Address("", written)
    facts = known(acks_today={CARLA.budget_key: 3})
    decision = law(inquiry(as_customer(one), customer=one), facts=facts)
    assert letters(decision) == [] and the_case(decision).customer.address == one
    assert one.key != CARLA.key


def test_an_answer_goes_out_whatever_budget_is_used_up() -> None:
    facts = known(auto_this_hour={"support": 9999}, notices_this_hour={ANN.key: 9999}, acks_today={CARLA.budget_key: 9})
    assert letters(law(Answer(as_csr(ANN), words("Try.")), case(csr=ANN.key), facts=facts)) == [
        (LetterKind.CUSTOMER_REPLY, CARLA.key)
    ]


def flood(**changes: Any) -> Join:
    return Join(as_customer(), words("Again!"), "<m@x>", "Again", **changes)


def test_one_of_a_flood_joins_the_last_case_and_nobody_is_told() -> None:
    decision = law(flood(), case(csr=ANN.key))
    assert (letters(decision), of_kind(decision, Alarm), outcome(decision)) == ([], [], "joined")
    [kept] = entries(decision)
    assert (kept.kind, kept.subject, kept.parties) == (EntryKind.CUSTOMER_MAIL, "Again", (CARLA.key,))


def test_the_first_one_of_a_flood_tells_the_csr_and_an_admin_once() -> None:
    decision = law(flood(is_first=True), case(csr=ANN.key))
    assert letters(decision) == [(LetterKind.CSR_CASE, ANN.key)]
    assert [one.key for one in of_kind(decision, Alarm)] == [f"flood:{CARLA.key}"]


def test_a_machines_flood_is_kept_privately() -> None:
    decision = law(Join(as_machine(CARLA), words("x"), is_automatic=True), case(csr=ANN.key))
    assert entries(decision)[0].is_private


@pytest.mark.parametrize("was", [Status.RESOLVED, Status.CLOSED])
def test_a_mere_thank_you_reopens_nothing_and_its_csr_is_told_how_to(was: Status) -> None:
    decision = law(Append(as_customer(), words("Thanks!"), is_thanks=True), case(was, csr=ANN.key))
    assert (the_case(decision).status, letters(decision), outcome(decision)) == (was, [RECEIPT], "thanked")
    assert "#reopen" in " ".join(of_kind(decision, Send)[0].extra["done"])


@pytest.mark.parametrize(
    ("was", "reopens", "becomes"),
    [
        (Status.CLOSED, True, Status.REOPENED),
        (Status.PENDING, False, Status.OPENED),
        (Status.OPENED, False, Status.OPENED),
    ],
)
def test_elsewhere_a_thank_you_is_a_mail_as_any_other(was: Status, reopens: bool, becomes: Status) -> None:
    service = cast.service(cases=Cases(thanks_reopens=reopens))
    decision = law(Append(as_customer(), words("Thanks!"), is_thanks=True), case(was, csr=ANN.key), service)
    assert (the_case(decision).status, letters(decision)) == (becomes, [(LetterKind.CSR_CASE, ANN.key)])


def test_an_old_closed_case_gets_no_follow_up_for_a_thank_you() -> None:
    old = case(Status.CLOSED, csr=ANN.key, closed_at=NOW.replace(year=2020))
    service = cast.service(cases=Cases(reopen_within=timedelta(days=1)))
    assert outcome(law(Append(as_customer(), words("Thanks!"), is_thanks=True), old, service)) == "thanked"


WARNS = WarnOutsiders(as_csr(ANN), (MALLORY,), letter_id(ANN))


@pytest.mark.parametrize(
    ("wish", "result"),
    [
        (Answer(as_csr(ANN), words("Try.")), "answered"),
        (Answer(as_csr(ANN), words("")), "refused"),
        (Answer(as_csr(ANN), words("Try."), is_preview=True), "held"),
        (AddNote(as_csr(ANN), words("Try.")), "noted"),
        (Refuse(as_csr(ANN), "No.", "Do."), "refused"),
    ],
)
def test_a_letter_that_went_to_outsiders_proves_nothing_any_more_whatever_the_mail_wanted(
    wish: Intent, result: str
) -> None:
    decision = law([wish, WARNS], case(csr=ANN.key))
    names = {tokens.letter_named(letter_id(ANN)), *(tokens.standing_name(CASE_ID, one) for one in ANN.keys)}
    assert {one.letter for one in of_kind(decision, RevokeLetter)} == names
    [receipt] = [one for one in of_kind(decision, Send) if one.letter is LetterKind.CSR_RECEIPT]
    assert MALLORY.address in receipt.extra["warnings"][0] and outcome(decision) == result


@pytest.mark.parametrize(("notice", "sent"), [(True, [ESCALATED]), (False, [])])
def test_the_customer_hears_of_an_escalation_if_the_service_wants_it(notice: bool, sent: list[object]) -> None:
    service = cast.service(letters=Letters(escalation_notice=notice))
    decision = law(Escalate(as_csr(ANN), role="experts", words=words("Private!")), case(csr=ANN.key), service)
    told = [one for one in of_kind(decision, Send) if one.letter is LetterKind.ESCALATION_NOTICE]
    assert [(one.letter, one.to.key) for one in told] == sent
    assert all((one.entry, dict(one.extra)) == (0, {}) for one in told)


def test_another_desks_inquiry_is_never_acknowledged() -> None:
    decision = law(inquiry(is_from_desk=True))
    assert letters(decision) == [] and the_case(decision).waiting_since == NOW


REFUSED, DONE = Refuse(as_csr(ANN), "No.", "Do."), AskHelp(as_csr(ANN))


@pytest.mark.parametrize(
    ("wish", "reason", "echo", "most"),
    [
        (REFUSED, "refused: No.", Echo.NONE, NOTICES_PER_HOUR),
        (REFUSED, "refused: No.", Echo.REPEATS, ECHOES_PER_HOUR),
        (REFUSED, "refused: No.", Echo.ANSWERS, ECHOES_PER_HOUR),
        (REFUSED, "refused: another reason", Echo.ANSWERS, NOTICES_PER_HOUR),
        (DONE, "help was asked for", Echo.REPEATS, NOTICES_PER_HOUR),
        (DONE, "help was asked for", Echo.ANSWERS, ECHOES_PER_HOUR),
    ],
)
def test_what_looks_like_an_echo_is_told_the_same_twice(wish: Intent, reason: str, echo: Echo, most: int) -> None:
    asked = replace(wish, by=replace(wish.by, echo=echo))
    told = [law(asked, facts=known(told_this_hour={(ANN.key, reason): number})) for number in range(4)]
    assert [bool(letters(one)) for one in told] == [number < most for number in range(4)]
    assert all(bool(of_kind(one, Alarm)) is not bool(letters(one)) for one in told)


def test_an_answer_to_receipts_is_held_once_two_were_answered() -> None:
    wish = Answer(replace(as_csr(ANN), echo=Echo.ANSWERS), words("I am on holiday."))
    came = [outcome(law(wish, case(csr=ANN.key), facts=spent(number=number))) for number in range(4)]
    assert came == ["answered", "answered", "held", "held"]
