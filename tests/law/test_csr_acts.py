"""What follows from CSRs, rules and the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.config.models import Assignment, Cases, Letters
from mailticket.domain.case import Case, EntryKind, Status
from mailticket.domain.decision import ChangeEntry, LetterKind, Send, SendKind
from mailticket.domain.intents import (
    AddNote,
    Answer,
    AskHelp,
    Assign,
    DropHeld,
    Escalate,
    HoldAnswer,
    Intent,
    Refuse,
    ReleaseHeld,
    SetAway,
    SetStatus,
    Take,
)
from mailticket.domain.mail import Address
from mailticket.domain.people import Customer, Participant
from tests import cast
from tests.builders import CASE_ID, NOW, case, file, held, known, words
from tests.cast import ANN, BO, CARLA, CLOCK, DIRK, EVE, RULE, as_csr, as_unproven
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

ANN_ACTS, BO_ACTS = as_csr(ANN), as_csr(BO)
ANSWER = Answer(ANN_ACTS, words("Try turning it off and on.", file()), "<a@example.com>")
SECRET = words("She never pays.")
TO_CARLA, TO_DIRK = (LetterKind.CUSTOMER_REPLY, CARLA.key), (LetterKind.CUSTOMER_REPLY, DIRK.key)
RECEIPT, ENDED_BY = (LetterKind.CSR_RECEIPT, ANN.key), {Status.RESOLVED: "resolved_at", Status.CLOSED: "closed_at"}
OPEN_STATUSES = [Status.NEW, Status.OPENED, Status.PENDING, Status.ESCALATED, Status.REOPENED]


def ann_has(status: Status = Status.OPENED, **changes: object) -> Case:
    return case(status, csr=ANN.key, **changes)


# Answers


def test_an_answer_goes_to_everyone_who_takes_part_one_letter_each() -> None:
    decision = law(ANSWER, ann_has(also=[DIRK]))
    sent = of_kind(decision, Send)
    assert letters(decision) == [TO_CARLA, TO_DIRK]
    assert [one.key for one in sent] == [f"customer_reply:{CASE_ID}:2:{one.key}" for one in (CARLA, DIRK)]
    assert {(one.kind, one.entry, one.csr) for one in sent} == {(SendKind.HUMAN, 2, "")}
    assert outcome(decision) == "answered"


def test_the_answer_is_an_entry_that_its_readers_are_party_to() -> None:
    reply = entries(law(ANSWER, ann_has(also=[DIRK])))[0]
    assert (reply.kind, reply.csr, reply.message_id, reply.held) == (EntryKind.REPLY, ANN.key, "<a@example.com>", "")
    assert (reply.parties, reply.words.files) == ((CARLA.key, DIRK.key), (file(),))


@pytest.mark.parametrize("after_reply", ["opened", "pending", "resolved", "closed"])
@pytest.mark.parametrize("was", [*OPEN_STATUSES, Status.RESOLVED])
def test_after_an_answer_the_status_is_what_the_service_says(was: Status, after_reply: str) -> None:
    after = the_case(law(ANSWER, ann_has(was, resolved_at=NOW), cast.service(cases=Cases(after_reply=after_reply))))
    assert after.status == after_reply
    assert (after.closed_at is not None) is (after.status is Status.CLOSED)
    assert (after.resolved_at is not None) is (after.status in ENDED_BY)


@pytest.mark.parametrize(("was", "way_out"), [(Status.CLOSED, "#reopen"), (Status.SPAM, "Restore")])
def test_an_answer_on_an_ended_case_is_refused_and_given_back(was: Status, way_out: str) -> None:
    told = refusal(law(ANSWER, ann_has(was)))
    assert way_out in told["fix"] and told["text"] == ANSWER.words.text


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_an_empty_answer_is_refused(text: str) -> None:
    assert "empty" in refusal(law(Answer(ANN_ACTS, words(text)), ann_has()))["problem"]


def test_a_file_alone_is_an_answer() -> None:
    assert letters(law(Answer(ANN_ACTS, words("", file())), ann_has())) == [TO_CARLA]


@pytest.mark.parametrize("address", ["unknown@invalid", "x@nowhere.invalid", "", "nobody"])
def test_a_customer_without_an_address_cannot_be_answered(address: str) -> None:
    nobody = Address("Walk-in", address)
    one = ann_has(customer=Customer(1, nobody), participants=(Participant(nobody, True),))
    assert "no mail address" in refusal(law(ANSWER, one))["problem"]


@pytest.mark.parametrize(
    ("takeover", "owner", "becomes"),
    [
        (True, BO.key, ANN.key),
        (False, BO.key, BO.key),
        (True, "", ANN.key),
        (False, "", ANN.key),
        (True, ANN.key, ANN.key),
    ],
)
def test_who_answers_anothers_case_takes_it_if_the_service_wants_it_so(
    takeover: bool, owner: str, becomes: str
) -> None:
    service = cast.service(assignment=Assignment(takeover=takeover))
    waiting = None if owner else NOW
    decision = law(ANSWER, case(csr=owner, waiting_since=waiting), service)
    assert (the_case(decision).csr, the_case(decision).waiting_since) == (becomes, None)
    took = [one for one in entries(decision) if one.words.text == "Ann Archer took the case by answering."]
    assert len(took) == (becomes != owner)


@pytest.mark.parametrize(("receipts", "expected"), [("problems", []), ("all", [RECEIPT])])
def test_a_plain_answer_has_a_receipt_only_if_all_are_wanted(receipts: str, expected: list[object]) -> None:
    decision = law(ANSWER, ann_has(), cast.service(letters=Letters(receipts=receipts)))
    assert [one for one in letters(decision) if one[0] is LetterKind.CSR_RECEIPT] == expected


def test_an_answer_with_a_status_command_ends_in_that_status() -> None:
    wishes = [ANSWER, SetStatus(ANN_ACTS, Status.CLOSED)]
    decision = law(wishes, ann_has(), cast.service(cases=Cases(after_reply="pending")))
    assert (the_case(decision).status, letters(decision)) == (Status.CLOSED, [TO_CARLA, RECEIPT])


def test_reopening_with_an_answer_ends_as_any_answer_does() -> None:
    wishes = [SetStatus(ANN_ACTS, Status.REOPENED), ANSWER]
    assert the_case(law(wishes, ann_has(Status.CLOSED, closed_at=NOW))).status is Status.OPENED


# Held answers


@pytest.mark.parametrize("by", [as_unproven(ANN), ANN_ACTS])
def test_a_held_answer_goes_to_nobody_and_its_csr_is_asked_once(by: object) -> None:
    decision = law(HoldAnswer(by, words("Dear Carla"), "unproven", "<h@x>"), ann_has())
    assert letters(decision) == [(LetterKind.HOLD_NOTICE, ANN.key)]
    [kept] = entries(decision)
    assert (kept.kind, kept.held, kept.is_private, kept.parties) == (EntryKind.REPLY, "unproven", True, ())
    assert (the_case(decision).status, outcome(decision)) == (Status.OPENED, "held")


@pytest.mark.parametrize(("new", "goes_out"), [("", "The answer is 42."), ("Dear Carla, 43.", "Dear Carla, 43.")])
def test_send_releases_the_held_words_or_the_new_ones(new: str, goes_out: str) -> None:
    decision = law(ReleaseHeld(ANN_ACTS, words(new)), ann_has(), facts=known(held={CASE_ID: held()}))
    assert of_kind(decision, ChangeEntry)[0].changes == {"held": "released by Ann Archer"}
    reply = entries(decision)[0]
    assert (reply.kind, reply.words.text, reply.held) == (EntryKind.REPLY, goes_out, "")
    assert TO_CARLA in letters(decision) and outcome(decision) == "released"


def test_drop_discards_and_sends_nothing_out() -> None:
    decision = law(DropHeld(ANN_ACTS), ann_has(), facts=known(held={CASE_ID: held()}))
    assert of_kind(decision, ChangeEntry)[0].changes == {"held": "dropped by Ann Archer"}
    assert letters(decision) == [RECEIPT]


@pytest.mark.parametrize(
    "wish", [ReleaseHeld(ANN_ACTS, words("")), ReleaseHeld(ANN_ACTS, words("x")), DropHeld(ANN_ACTS)]
)
def test_where_nothing_is_held_send_and_drop_are_refused(wish: Intent) -> None:
    other = known(held={"0000-001Y": held()})
    assert refusal(law(wish, ann_has(), facts=other))["problem"] == "No answer is held on this case."


def test_a_held_answer_is_not_released_onto_a_closed_case() -> None:
    decision = law(ReleaseHeld(ANN_ACTS, words("")), ann_has(Status.CLOSED), facts=known(held={CASE_ID: held()}))
    assert "The case is closed" in refusal(decision)["problem"]


# Notes


@pytest.mark.parametrize("status", Status)
def test_a_note_is_possible_in_every_status_and_reaches_no_customer(status: Status) -> None:
    decision = law(AddNote(ANN_ACTS, SECRET, "<n@x>"), ann_has(status, also=[DIRK]))
    note = entries(decision)[0]
    assert (note.kind, note.is_private, note.words) == (EntryKind.NOTE, True, SECRET)
    assert letters(decision) == [RECEIPT] and outcome(decision) == "noted"
    is_first_act = status in (Status.NEW, Status.REOPENED)
    assert the_case(decision).status is (Status.OPENED if is_first_act else status)


def test_an_empty_note_is_refused() -> None:
    assert "empty" in refusal(law(AddNote(ANN_ACTS, words(" ")), ann_has()))["problem"]


# Assignment and escalation


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_assigning_tells_the_next_csr_with_the_private_text(status: Status) -> None:
    decision = law(Assign(ANN_ACTS, csr=BO.key, words=SECRET), ann_has(status))
    after = the_case(decision)
    assert (after.csr, after.role, after.waiting_since) == (BO.key, "support", None)
    [told] = [one for one in of_kind(decision, Send) if one.letter is LetterKind.CSR_CASE]
    assert (told.csr, told.extra["why"]) == (BO.key, "assigned to Bo Baker by Ann Archer")
    [note] = [one for one in entries(decision) if one.kind is EntryKind.NOTE]
    assert (note.words, told.entry) == (SECRET, note.number)
    assert after.status is (Status.OPENED if status in (Status.NEW, Status.REOPENED) else status)


def test_assigning_to_a_role_lets_the_case_wait_for_one_of_them() -> None:
    decision = law(Assign(ANN_ACTS, role="experts"), ann_has())
    after = the_case(decision)
    assert (after.csr, after.role, after.waiting_since) == ("", "experts", NOW)
    assert letters(decision) == [RECEIPT]


def test_the_rule_assigns_with_its_reason_and_opens_nothing() -> None:
    waiting = case(Status.NEW, waiting_since=NOW - timedelta(hours=1))
    decision = law(Assign(RULE, csr=ANN.key, role="support", why="fewest open cases (0)"), waiting)
    assert (the_case(decision).status, the_case(decision).csr) == (Status.NEW, ANN.key)
    [told] = of_kind(decision, Send)
    assert (told.extra["why"], told.entry) == ("fewest open cases (0)", 0)
    assert entries(decision)[0].words.text == "Assigned to Ann Archer: fewest open cases (0)."


@pytest.mark.parametrize("status", OPEN_STATUSES)
@pytest.mark.parametrize(("csr", "role"), [(EVE.key, ""), ("", "experts")])
def test_escalation_hands_over_and_tells_the_customer_nothing(status: Status, csr: str, role: str) -> None:
    decision = law(Escalate(ANN_ACTS, csr=csr, role=role, words=SECRET), ann_has(status, pending_until=NOW))
    after = the_case(decision)
    assert (after.status, after.csr, after.pending_until) == (Status.ESCALATED, csr, None)
    assert (after.waiting_since, after.role) == ((None, "support") if csr else (NOW, "experts"))
    assert {one for _, one in letters(decision)} <= {ANN.key, EVE.key}
    assert SECRET in [one.words for one in entries(decision) if one.kind is EntryKind.NOTE]


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_taking_a_case_makes_it_theirs(status: Status) -> None:
    decision = law(Take(BO_ACTS), case(status, csr=ANN.key, waiting_since=None))
    assert (the_case(decision).csr, the_case(decision).role) == (BO.key, "support")
    assert letters(decision) == [(LetterKind.CSR_CASE, BO.key)]
    waits = law(Take(BO_ACTS, role="experts"), case(status, waiting_since=NOW))
    assert (the_case(waits).csr, the_case(waits).role, the_case(waits).waiting_since) == (BO.key, "experts", None)


ACTS: list[Intent] = [
    Assign(ANN_ACTS, csr=BO.key, words=SECRET),
    Escalate(ANN_ACTS, role="experts", words=SECRET),
    Take(ANN_ACTS),
    SetStatus(ANN_ACTS, Status.PENDING),
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: type(act).__name__)
@pytest.mark.parametrize(
    ("status", "way_out"), [(Status.RESOLVED, "#reopen"), (Status.CLOSED, "#reopen"), (Status.SPAM, "spam box")]
)
def test_on_an_ended_case_every_other_act_is_refused_with_the_way_out(
    act: Intent, status: Status, way_out: str
) -> None:
    assert way_out in refusal(law(act, ann_has(status)))["fix"]


# Status


def test_pending_until_a_moment_and_the_clock_wakes_it() -> None:
    until = NOW + timedelta(days=3)
    waits = the_case(law(SetStatus(ANN_ACTS, Status.PENDING, until=until), ann_has()))
    assert (waits.status, waits.pending_until) == (Status.PENDING, until)
    woken = law(SetStatus(CLOCK, Status.OPENED), waits)
    assert (the_case(woken).status, the_case(woken).pending_until) == (Status.OPENED, None)
    [told] = of_kind(woken, Send)
    assert (told.csr, told.extra["why"]) == (ANN.key, "it was pending, and the moment has come")


@pytest.mark.parametrize("resolution", ["abuse", "test", "duplicate", "chat", "call", "other"])
def test_an_internal_resolution_keeps_its_reason_through_completion(resolution: str) -> None:
    resolved = the_case(law(SetStatus(ANN_ACTS, Status.RESOLVED, resolution=resolution), ann_has()))
    assert (resolved.status, resolved.resolution, resolved.resolved_at) == (Status.RESOLVED, resolution, NOW)
    completed = the_case(law(SetStatus(CLOCK, Status.CLOSED, why="complete_after has passed"), resolved))
    assert (completed.status, completed.resolution, completed.closed_at) == (Status.CLOSED, resolution, NOW)


def test_reopening_forgets_the_resolution() -> None:
    ended = ann_has(Status.CLOSED, resolution="call", resolved_at=NOW, closed_at=NOW)
    after = the_case(law(SetStatus(ANN_ACTS, Status.REOPENED), ended))
    assert (after.status, after.resolution, after.resolved_at, after.closed_at) == (Status.REOPENED, "", None, None)


@pytest.mark.parametrize(("csr", "waits"), [(ANN.key, False), ("", True)])
def test_a_reopened_case_without_a_csr_waits_for_one(csr: str, waits: bool) -> None:
    after = the_case(law(SetStatus(ANN_ACTS, Status.REOPENED), case(Status.CLOSED, csr=csr)))
    assert (after.waiting_since is not None) is waits


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_spam_remembers_what_the_case_was(status: Status) -> None:
    after = the_case(law(SetStatus(ANN_ACTS, Status.SPAM, resolution="spam"), ann_has(status)))
    assert (after.status, after.before_spam, after.waiting_since) == (Status.SPAM, status, None)


def test_an_escalated_case_can_be_handed_back() -> None:
    assert the_case(law(SetStatus(as_csr(EVE), Status.OPENED), ann_has(Status.ESCALATED))).status is Status.OPENED


@pytest.mark.parametrize("status", [Status.NEW, Status.ESCALATED])
def test_a_status_that_nobody_can_set_is_refused_and_does_not_raise(status: Status) -> None:
    assert f'cannot be set to "{status}"' in refusal(law(SetStatus(ANN_ACTS, status), ann_has()))["problem"]


@pytest.mark.parametrize(
    ("by", "status"), [(CLOCK, Status.CLOSED), (ANN_ACTS, Status.CLOSED), (ANN_ACTS, Status.RESOLVED)]
)
def test_an_ended_case_waits_for_nobody(by: object, status: Status) -> None:
    before = case(Status.RESOLVED if by is CLOCK else Status.NEW, waiting_since=None if by is CLOCK else NOW)
    assert the_case(law(SetStatus(by, status), before)).waiting_since is None


def test_every_change_of_status_is_an_event_with_its_reason() -> None:
    decision = law(SetStatus(ANN_ACTS, Status.RESOLVED, resolution="call"), ann_has())
    assert entries(decision)[0].words.text == "Opened to resolved: by Ann Archer, internally: call."


# Receipts and refusals


def test_a_command_is_confirmed_with_what_was_done() -> None:
    decision = law(SetStatus(ANN_ACTS, Status.CLOSED), ann_has())
    [receipt] = of_kind(decision, Send)
    assert (receipt.letter, receipt.csr, receipt.kind) == (LetterKind.CSR_RECEIPT, ANN.key, SendKind.NOTIFY)
    assert "Opened to closed: by Ann Archer." in receipt.extra["done"]


def test_help_is_mailed_once_and_needs_no_case() -> None:
    decision = law(AskHelp(ANN_ACTS, (("#note", "keep it"),)))
    assert letters(decision) == [RECEIPT] and decision.case is None
    assert of_kind(decision, Send)[0].extra == {"commands": [("#note", "keep it")]}


@pytest.mark.parametrize("wish", [Refuse(ANN_ACTS, "No.", ""), AskHelp(ANN_ACTS)])
def test_what_changes_nothing_leaves_the_case_as_it_was(wish: Intent) -> None:
    before = ann_has()
    assert the_case(law(wish, before)) == before


def test_a_refusal_does_nothing_and_gives_the_text_back() -> None:
    told = refusal(law(Refuse(ANN_ACTS, "No such thing.", "Try another.", "my text"), ann_has()))
    assert told == {"problem": "No such thing.", "fix": "Try another.", "text": "my text"}


@pytest.mark.parametrize(
    "wishes",
    [
        [ANSWER, SetStatus(ANN_ACTS, Status.CLOSED), Assign(ANN_ACTS, csr=BO.key)],
        [AddNote(ANN_ACTS, SECRET), ANSWER, ReleaseHeld(ANN_ACTS, words(""))],
        [Escalate(ANN_ACTS, csr=EVE.key), SetStatus(ANN_ACTS, Status.CLOSED), Take(ANN_ACTS)],
    ],
)
def test_several_wishes_are_done_whole_or_refused_whole(wishes: list[Intent]) -> None:
    before = ann_has()
    decision = law(wishes, before)
    assert refusal(decision) and decision.case == before


@pytest.mark.parametrize("wish", [ANSWER, AddNote(ANN_ACTS, SECRET), Take(ANN_ACTS), DropHeld(ANN_ACTS)])
def test_an_act_without_a_case_is_refused(wish: Intent) -> None:
    assert refusal(law(wish))["problem"] == "This belongs to no case."


def test_what_the_clock_may_not_do_is_refused_without_a_letter() -> None:
    decision = law(SetStatus(CLOCK, Status.OPENED), ann_has(Status.RESOLVED))
    assert (letters(decision), outcome(decision)) == ([], "refused")


@pytest.mark.parametrize("is_away", [True, False])
def test_a_csrs_own_wish_to_be_away_is_confirmed(is_away: bool) -> None:
    decision = law(SetAway(ANN_ACTS, ANN.key, is_away, "support", "by mail"))
    assert letters(decision) == [RECEIPT]


def test_every_change_moves_the_moment_of_change() -> None:
    assert the_case(law(ANSWER, ann_has())).updated_at == NOW
