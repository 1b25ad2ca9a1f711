"""What follows from answers, and from answers that are held."""

from __future__ import annotations

import pytest

from mailticket.config.models import Assignment, Cases, Letters
from mailticket.domain.address import Address
from mailticket.domain.case import ENDED, Case, EntryKind, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.decision import ChangeEntry, LetterKind, Send, SendKind
from mailticket.domain.intents import Answer, DropHeld, HoldAnswer, Intent, ReleaseHeld
from mailticket.domain.people import Customer, Participant
from tests import cast
from tests.builders import CASE_ID, NOW, case, file, held, known, words
from tests.cast import ANN, BO, CARLA, DIRK, as_csr, as_unproven
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

ANN_ACTS = as_csr(ANN)
ANSWER = Answer(ANN_ACTS, words("Try turning it off and on.", file()), "<a@example.com>")
TO_CARLA, TO_DIRK = (LetterKind.CUSTOMER_REPLY, CARLA.key), (LetterKind.CUSTOMER_REPLY, DIRK.key)
RECEIPT = (LetterKind.CSR_RECEIPT, ANN.key)
OPEN_STATUSES = [Status.NEW, Status.OPENED, Status.PENDING, Status.ESCALATED, Status.REOPENED]


def ann_has(status: Status = Status.OPENED, **changes: object) -> Case:
    return case(status, csr=ANN.key, **changes)


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
    before = ann_has(was, resolved_at=NOW, resolution="call")
    after = the_case(law(ANSWER, before, cast.service(cases=Cases(after_reply=after_reply))))
    assert after.status == after_reply
    assert after.status in ENDED or after.resolution == ""
    assert (after.closed_at is not None) is (after.status is Status.CLOSED)
    assert (after.resolved_at is not None) is (after.status in ENDED)


@pytest.mark.parametrize(("was", "way_out"), [(Status.CLOSED, "#reopen"), (Status.SPAM, "spam box")])
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
