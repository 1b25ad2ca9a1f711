"""What follows from customers and machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.config.models import Assignment, Cases, Letters, Limits, Service
from mailticket.domain.address import Address
from mailticket.domain.case import Channel, EntryKind, Status
from mailticket.domain.decision import Alarm, CameBack, ChangePerson, Decision, LetterKind, OpenCase, Send, SendKind
from mailticket.domain.intents import Append, AppendAutomatic, Discard, NoteBounce, SetAway
from mailticket.domain.people import Actor, ActorKind, Participant
from tests import cast
from tests.builders import CASE_ID, NOW, case, file, known, words
from tests.cast import ANN, BO, CARLA, DIRK, EVE, MALLORY, as_csr, as_customer, as_machine, as_unproven
from tests.law.deciding import entries, inquiry, law, letters, of_kind, outcome, settled, the_case

ACK = (LetterKind.AUTO_REPLY, CARLA.key)
AWAY = frozenset({("support", ANN.key)})


def follow_up(by: Address = CARLA, **changes: object) -> Append:
    return Append(as_customer(by), words("And another thing.", file()), "<f@x>", "Re: A question", **changes)


# New inquiries


def test_an_inquiry_opens_a_case_that_waits_and_is_acknowledged() -> None:
    decision = law(inquiry(also=(DIRK,)))
    opened = the_case(decision)
    assert (opened.id, opened.status, opened.subject, opened.service) == (
        "NEWC-ASES",
        Status.NEW,
        "A question",
        "support",
    )
    assert (opened.role, opened.csr, opened.waiting_since) == ("support", "", NOW)
    assert opened.participants == (Participant(CARLA, True), Participant(DIRK, False, 1))
    assert letters(decision) == [ACK]
    assert outcome(decision) == "opened"


def test_its_entries_are_the_mail_and_the_event() -> None:
    decision = law(inquiry(also=(DIRK,)))
    asked, event = entries(decision)
    assert (asked.number, asked.kind, asked.message_id) == (1, EntryKind.CUSTOMER_MAIL, "<m@x>")
    assert asked.parties == (CARLA.key, DIRK.key)
    assert (event.number, event.kind, event.words.text) == (2, EntryKind.EVENT, f"Opened by mail from {CARLA.address}.")
    assert the_case(decision).entries == 2
    assert isinstance(decision.actions[0], OpenCase)


@pytest.mark.parametrize(("may_echo", "extra"), [(True, {"may_echo": True}), (False, {"may_echo": False})])
def test_the_acknowledgement_goes_to_the_sender_once_and_is_automatic(may_echo: bool, extra: object) -> None:
    [ack] = of_kind(law(inquiry(also=(DIRK,), may_echo=may_echo)), Send)
    assert (ack.to, ack.kind, ack.key, ack.csr) == (CARLA, SendKind.AUTO, "auto_reply:NEWC-ASES", "")
    assert dict(ack.extra) == extra


@pytest.mark.parametrize("new_case", ["none", "workflow"])
def test_where_nothing_assigns_a_case_it_does_not_wait(new_case: str) -> None:
    service = cast.service(assignment=Assignment(new_case=new_case))
    assert (the_case(law(inquiry(), service=service)).waiting_since, letters(law(inquiry()))) == (None, [ACK])
    assert the_case(law(inquiry(), service=cast.service(first_level=""))).waiting_since is None


@pytest.mark.parametrize(
    ("changes", "words_in_the_event"),
    [
        ({"is_automatic": True}, "No acknowledgement: not one of ours, so a customer."),
        ({"linked": CASE_ID}, f"Follows case {CASE_ID}"),
        ({"is_silent": True}, "Imported as history"),
        ({"channel": Channel.FORM}, "Opened by form"),
    ],
)
def test_the_event_says_how_the_case_came_to_be(changes: dict[str, object], words_in_the_event: str) -> None:
    assert words_in_the_event in entries(law(inquiry(**changes)))[1].words.text


def test_the_hint_at_another_case_is_a_private_note() -> None:
    _, _, hint = entries(law(inquiry(hint=CASE_ID)))
    assert (hint.kind, hint.is_private) == (EntryKind.NOTE, True)
    assert f"names case {CASE_ID}, but its sender takes no part" in hint.words.text


def without_ack(decision: Decision) -> bool:
    return not [one for one in of_kind(decision, Send) if one.letter is LetterKind.AUTO_REPLY]


@pytest.mark.parametrize(
    ("changes", "service"),
    [
        ({"is_automatic": True}, cast.service()),
        ({"is_silent": True}, cast.service()),
        ({}, cast.service(letters=Letters(auto_reply=False))),
        ({"customer": Address("", "unknown@invalid")}, cast.service()),
        ({"customer": Address("", "x@nowhere.invalid")}, cast.service()),
        ({"customer": Address("", "no address")}, cast.service()),
    ],
)
def test_no_acknowledgement_to_machines_history_and_nobody(changes: dict[str, object], service: Service) -> None:
    decision = law(inquiry(**changes), service=service)
    assert without_ack(decision) and the_case(decision).id == "NEWC-ASES"


@pytest.mark.parametrize(("had", "is_sent"), [(0, True), (2, True), (3, False), (99, False)])
def test_an_address_gets_so_many_acknowledgements_a_day(had: int, is_sent: bool) -> None:
    decision = law(inquiry(), facts=known(acks_today={CARLA.key: had, DIRK.key: 99}))
    assert without_ack(decision) is not is_sent
    assert ("had enough of them" in entries(decision)[-1].words.text) is not is_sent


def test_a_spent_budget_stops_automatic_mail_only_and_alarms() -> None:
    decision = law(inquiry(), facts=known(auto_this_hour={"support": 1000}))
    [alarm] = of_kind(decision, Alarm)
    assert without_ack(decision) and alarm.key == "auto-budget:support"
    assert the_case(decision).waiting_since == NOW
    assert not of_kind(law(inquiry(), facts=known(auto_this_hour={"support": 999, "sales": 5000})), Alarm)


@pytest.mark.parametrize("limits", [Limits(ack_per_address=0), Limits(auto_budget=0)])
def test_a_budget_of_zero_means_none(limits: Limits) -> None:
    assert without_ack(law(inquiry(), service=cast.service(limits=limits)))


def test_a_machines_note_is_kept_as_a_case_that_nobody_is_asked_to_answer() -> None:
    opened = the_case(law(inquiry(as_machine(), is_automatic=True, is_idle=True)))
    assert (opened.waiting_since, opened.tags, opened.status) == (None, ("automatic",), Status.NEW)


@pytest.mark.parametrize("by", [as_customer(), as_csr(), as_unproven(), as_machine()])
def test_history_is_a_closed_case_and_nobody_hears_of_it(by: object) -> None:
    decision = law(inquiry(by, is_silent=True))
    opened = the_case(decision)
    assert (opened.status, opened.channel, opened.closed_at) == (Status.CLOSED, Channel.IMPORT, NOW)
    assert (opened.waiting_since, letters(decision), outcome(decision)) == (None, [], "imported")


def test_an_unproven_csr_hears_that_a_case_was_opened_in_their_name() -> None:
    decision = law(inquiry(as_unproven(), customer=ANN.address, is_automatic=True))
    assert letters(decision) == [(LetterKind.CSR_RECEIPT, ANN.key)]


# Follow-ups


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (Status.NEW, Status.NEW),
        (Status.OPENED, Status.OPENED),
        (Status.PENDING, Status.OPENED),
        (Status.ESCALATED, Status.ESCALATED),
        (Status.REOPENED, Status.REOPENED),
        (Status.RESOLVED, Status.REOPENED),
        (Status.CLOSED, Status.REOPENED),
        (Status.SPAM, Status.SPAM),
    ],
)
def test_a_customers_word_wakes_and_reopens(was: Status, becomes: Status) -> None:
    before = case(was, csr=ANN.key, resolved_at=NOW, closed_at=NOW, resolution="call", pending_until=NOW)
    decision = law(follow_up(), before)
    after = the_case(decision)
    assert after.status is becomes and outcome(decision) == "appended"
    if becomes is not was:
        assert (after.resolved_at, after.closed_at, after.resolution, after.pending_until) == (None, None, "", None)
        assert f"{was.capitalize()} to {becomes}" in entries(decision)[-1].words.text


def test_the_assigned_csr_is_told_with_the_new_entry() -> None:
    decision = law(follow_up(), case(csr=ANN.key))
    [told] = of_kind(decision, Send)
    assert (told.letter, told.csr, told.to, told.kind) == (LetterKind.CSR_CASE, ANN.key, ANN.address, SendKind.NOTIFY)
    assert (told.entry, told.extra["why"]) == (2, "Carla Customer answered on your case")
    assert entries(decision)[0].words.files == (file(),)


@pytest.mark.parametrize(
    ("csr", "away", "is_told", "waits"),
    [
        (ANN.key, frozenset(), True, False),
        (ANN.key, AWAY, False, True),
        (ANN.key, frozenset({("experts", ANN.key)}), True, False),
        ("gone@example.com", frozenset(), False, True),
        ("", frozenset(), False, True),
        (EVE.key, frozenset({("experts", EVE.key)}), False, True),  # not of the case's role, but away in hers
        (EVE.key, frozenset({("support", EVE.key)}), True, False),
    ],
)
def test_a_csr_who_is_away_or_gone_loses_the_case_to_another(
    csr: str, away: frozenset, is_told: bool, waits: bool
) -> None:
    decision = law(follow_up(), case(csr=csr), facts=known(away=away))
    after = the_case(decision)
    assert letters(decision) == ([(LetterKind.CSR_CASE, csr)] if is_told else [])
    assert (after.waiting_since, after.csr) == ((NOW, "") if waits else (None, csr))


def test_a_case_that_waits_already_keeps_its_place() -> None:
    since = NOW - timedelta(days=1)
    assert the_case(law(follow_up(), case(Status.NEW, waiting_since=since))).waiting_since == since


def test_where_nobody_else_would_get_it_even_a_csr_who_is_away_is_told() -> None:
    service = cast.service(assignment=Assignment(new_case="none"))
    decision = law(follow_up(), case(csr=ANN.key), service, known(away=AWAY))
    assert letters(decision) == [(LetterKind.CSR_CASE, ANN.key)]
    assert the_case(decision).csr == ANN.key


def test_newcomers_see_the_history_from_their_first_mail_on_and_the_customer_stays() -> None:
    decision = law(follow_up(DIRK, also=(CARLA, MALLORY)), case(also=[DIRK], csr=ANN.key, entries=7))
    after = the_case(decision)
    assert after.customer.address == CARLA
    assert after.participants[1:] == (Participant(DIRK, False, 1), Participant(MALLORY, False, 8))
    assert entries(decision)[0].parties == (DIRK.key, CARLA.key, MALLORY.key)


def test_a_word_on_spam_is_kept_and_wakes_nobody() -> None:
    decision = law(follow_up(), case(Status.SPAM, csr=ANN.key))
    assert (letters(decision), the_case(decision).waiting_since) == ([], None)


@pytest.mark.parametrize(
    ("days", "is_new"), [(29, False), (30, False), (31, True)], ids=["in time", "the last moment", "too late"]
)
@pytest.mark.parametrize("ended", ["resolved_at", "closed_at"])
def test_after_reopen_within_a_new_case_is_linked_to_the_old(days: int, is_new: bool, ended: str) -> None:
    status = Status.RESOLVED if ended == "resolved_at" else Status.CLOSED
    before = case(status, csr=ANN.key, **{ended: NOW - timedelta(days=days)})
    decision = law(follow_up(), before, cast.service(cases=Cases(reopen_within="30d")))
    after = the_case(decision)
    assert (after.id == "NEWC-ASES") is is_new and (outcome(decision) == "opened") is is_new
    assert after.linked == ((CASE_ID,) if is_new else ())
    assert (ACK in letters(decision)) is is_new


# Machines


def test_automatic_mail_is_kept_privately_and_changes_nothing_else() -> None:
    before = case(Status.RESOLVED, csr=ANN.key)
    decision = law(AppendAutomatic(as_machine(CARLA), words("I am away."), "<o@x>", "Away", "a header"), before)
    [kept] = entries(decision)
    assert (kept.kind, kept.is_private, kept.message_id) == (EntryKind.NOTE, True, "<o@x>")
    assert (letters(decision), the_case(decision).status, outcome(decision)) == ([], Status.RESOLVED, "automatic")


def test_a_customers_old_mail_is_history_that_they_may_see_and_reopens_nothing() -> None:
    decision = law(AppendAutomatic(as_customer(), words("Long ago."), "<o@x>", why="imported"), case(Status.CLOSED))
    [kept] = entries(decision)
    assert (kept.kind, kept.parties) == (EntryKind.CUSTOMER_MAIL, (CARLA.key,))
    assert (letters(decision), the_case(decision).status, outcome(decision)) == ([], Status.CLOSED, "imported")


def test_a_csrs_out_of_office_makes_them_away_and_is_never_answered() -> None:
    by = as_csr()
    wishes = [AppendAutomatic(by, words("I am away.")), SetAway(by, by.csr, is_away=True, why="their out-of-office")]
    decision = law(wishes, case(csr=ANN.key))
    assert of_kind(decision, ChangePerson) == [ChangePerson(ANN.key, True, "", "their out-of-office")]
    assert letters(decision) == []


@pytest.mark.parametrize("by", [as_machine(), as_csr(), as_customer(), as_unproven()])
@pytest.mark.parametrize("delete", [True, False])
def test_a_discarded_mail_settles_its_row_and_is_never_answered(by: object, delete: bool) -> None:
    decision = law(Discard(by, "rejected", "on the blacklist", delete_from_server=delete))
    assert decision.actions == (settled(decision),)
    assert (settled(decision).outcome, settled(decision).reason) == ("rejected", "on the blacklist")
    assert settled(decision).delete_from_server is delete


@pytest.mark.parametrize(("is_permanent", "how"), [(True, "could not be delivered"), (False, "is delayed")])
def test_a_bounce_is_an_event_and_a_notice_to_the_cases_csr(is_permanent: bool, how: str) -> None:
    wish = NoteBounce(as_machine(), CARLA.key, is_permanent, "5.1.1 unknown", "customer_reply", 5)
    decision = law(wish, case(csr=ANN.key))
    assert entries(decision)[0].words.text == f"The customer_reply to {CARLA.key} {how}: 5.1.1 unknown"
    [notice] = of_kind(decision, Send)
    assert (notice.letter, notice.csr, notice.extra["server_said"]) == (
        LetterKind.BOUNCE_NOTICE,
        ANN.key,
        "5.1.1 unknown",
    )
    assert (the_case(decision).status, outcome(decision)) == (Status.OPENED, "bounce")


@pytest.mark.parametrize(
    ("by", "is_permanent", "comes_back"),
    [
        (as_machine(), True, True),
        (as_machine(), False, False),
        (replace(as_machine(), kind=ActorKind.OURSELVES), True, False),
    ],
    ids=["a report", "a delay", "the relay took it at no time"],
)
def test_a_letter_comes_back_that_was_taken_and_did_not_arrive(by: Actor, is_permanent: bool, comes_back: bool) -> None:
    decision = law(NoteBounce(by, CARLA.key, is_permanent, "5.1.1 unknown", "customer_reply", 5), case())
    assert of_kind(decision, CameBack) == ([CameBack(5, "5.1.1 unknown")] if comes_back else [])


@pytest.mark.parametrize(("csr", "recipient"), [(ANN.key, ANN.key), ("", CARLA.key), ("gone@example.com", CARLA.key)])
def test_nobody_is_told_of_a_bounce_who_would_not_get_it(csr: str, recipient: str) -> None:
    decision = law(NoteBounce(as_machine(), recipient, True, "unknown", "csr_case"), case(csr=csr))
    assert letters(decision) == [] and len(entries(decision)) == 1


def test_a_bounce_by_a_csrs_own_server_is_not_answered_with_a_receipt() -> None:
    decision = law(NoteBounce(as_csr(BO), BO.key, True, "unknown", "csr_case"), case())
    assert letters(decision) == []
