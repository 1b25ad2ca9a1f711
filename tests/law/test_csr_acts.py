"""What follows from notes, assignment and escalation; receipts and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.case import Case, EntryKind, Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus, Take
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.domain.intents import AddNote, Answer, AskHelp, DropHeld, Intent, Refuse, ReleaseHeld, SetAway
from tests.builders import NOW, case, file, words
from tests.cast import ANN, BO, CLOCK, DIRK, EVE, RULE, as_csr
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

ANN_ACTS, BO_ACTS = as_csr(ANN), as_csr(BO)
ANSWER = Answer(ANN_ACTS, words("Try turning it off and on.", file()), "<a@example.com>")
SECRET = words("She never pays.")
RECEIPT = (LetterKind.CSR_RECEIPT, ANN.key)
OPEN_STATUSES = [Status.NEW, Status.OPENED, Status.PENDING, Status.ESCALATED, Status.REOPENED]


def ann_has(status: Status = Status.OPENED, **changes: object) -> Case:
    return case(status, csr=ANN.key, **changes)


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


def test_a_note_of_the_same_mail_is_what_the_next_csr_reads_first() -> None:
    decision = law([AddNote(ANN_ACTS, SECRET), Assign(ANN_ACTS, csr=BO.key)], ann_has())
    [told] = [one for one in of_kind(decision, Send) if one.letter is LetterKind.CSR_CASE]
    assert [one.number for one in entries(decision) if one.words is SECRET] == [told.entry]


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
