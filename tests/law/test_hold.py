"""Why an answer is held: each check by itself, and what #send, #drop and #preview make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.models import Holds, Letters
from mailticket.domain.case import EntryKind, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.decision import ChangeEntry, LetterKind, Recall, Send
from mailticket.domain.facts import Known
from mailticket.domain.intents import Answer, DropHeld, ReleaseHeld
from mailticket.law.discretion import hold
from tests import cast
from tests.builders import CASE_ID, NOW, OTHER_ID, case, file, held, known, our_letter, words
from tests.cast import ANN, BO, CARLA, as_csr, as_unproven
from tests.law.deciding import entries, law, letters, of_kind, outcome, refusal, the_case

HOLDS = Holds(banned_words=("lawsuit", "full refund", "C++"))
TO_CARLA, NOTICE = (LetterKind.CUSTOMER_REPLY, CARLA.key), (LetterKind.HOLD_NOTICE, ANN.key)
RECEIPT = (LetterKind.CSR_RECEIPT, ANN.key)
LETTER = our_letter(ANN, seen=1)


def why(text: str, holds: Holds = HOLDS, **changes: Any) -> tuple[str, ...]:
    plain = hold.Outgoing(words(text), ANN.key, CASE_ID, (), lambda key: key)
    return hold.reasons(replace(plain, **changes), holds)


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("We fear a LAWSUIT.", True),
        ("lawsuits are another word", False),
        ("A full\n refund, then.", True),
        ("refund in full", False),
        ("Written in C++.", True),
        ("Written in C+.", False),
    ],
)
def test_banned_words_are_whole_words_in_any_case(text: str, is_held: bool) -> None:
    assert bool(why(text)) is is_held


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("4111 1111 1111 1111", True),
        ("card 5500-0055-5555-5559, thanks", True),
        ("378282246310005.", True),
        ("4222222222222", True),  # 13 digits
        ("6011000990139424000", False),  # 19 digits, Luhn fails
        ("4111 1111 1111 1112", False),
        ("94111111111111111", False),  # part of a longer number
        ("4111 1111 1111 1111 22", False),
        ("0000 0000 0000 0000", False),
        ("tracking JD4111111111111111", False),
        ("DE89 3704 0044 0532 0130 00", True),
        ("gb82west12345698765432", True),
        ("GB82 WEST 1234 5698 7654 32 until Monday", True),
        ("DE88 3704 0044 0532 0130 00", False),
        ("NL91ABNA0417164300", True),
        ("+49 170 1234567, 030 123456", False),
    ],
)
def test_card_numbers_and_ibans_are_known_by_their_checksums(text: str, is_held: bool) -> None:
    assert bool(why(f"It is {text}")) is is_held
    assert why(f"It is {text}", Holds(personal_data=False)) == ()


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "DE89370400440532013000"])
def test_the_reason_repeats_no_number_whole(text: str) -> None:
    [told] = why(text)
    assert text not in told and text.replace(" ", "") not in told


@pytest.mark.parametrize(
    "text",
    [
        "Please find the form attached.",
        "I am attaching the form.",
        "The form is enclosed.",
        "Anbei das Formular.",
        "Das Formular finden Sie im Anhang.",
        "Vous trouverez ci-joint le formulaire.",
        "Le adjunto el formulario.",
        "In allegato il modulo.",
        "Het formulier vindt u in de bijlage.",
        "Segue em anexo o formulário.",
        "Formularz w załączniku.",
        "Jag bifogar formuläret.",
        "Formularen er vedhæftet.",
    ],
)
def test_a_promised_file_that_is_missing_holds_in_ten_languages(text: str) -> None:
    assert "no file is attached" in why(text)[0]
    assert why(text, words=words(text, file())) == ()
    assert why(text, Holds(missing_attachment=False)) == ()


@pytest.mark.parametrize("text", ["Could you send us a photo?", "No attachment came.", "She is fond of her printer."])
def test_who_promises_no_file_is_not_held(text: str) -> None:
    assert why(text) == ()


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        (f"As in [#{OTHER_ID}].", True),
        (f"As in {OTHER_ID}.", True),
        (f"This is [#{CASE_ID}], {CASE_ID.lower()}.", False),
        ("Call 1234-5678 or room-mate.", False),
    ],
)
def test_another_cases_id_holds(text: str, is_held: bool) -> None:
    assert bool(why(text)) is is_held


def _said(number: int, kind: EntryKind, csr: str = "", **changes: Any) -> Any:
    author = BO.address if csr else CARLA
    return replace(held(), number=number, kind=kind, csr=csr, author=author, held="", **changes)


def moved_on(*news: Any, **changes: Any) -> Known:
    return known(mails=[LETTER], news={CASE_ID: news}, **changes)


ANSWER = Answer(as_csr(ANN), words("Try again."), "<a@x>", answers=LETTER.message_id)


@pytest.mark.parametrize(
    ("news", "says"),
    [
        (_said(2, EntryKind.REPLY, BO.key), "Bo Baker answered meanwhile (entry 2)"),
        (_said(2, EntryKind.CUSTOMER_MAIL), "Carla Customer wrote meanwhile (entry 2)"),
        (_said(2, EntryKind.REPLY, ANN.key), ""),
        (_said(1, EntryKind.CUSTOMER_MAIL), ""),
    ],
)
def test_an_answer_to_an_old_letter_is_held_if_the_case_moved_on(news: Any, says: str) -> None:
    decision = law(ANSWER, case(csr=ANN.key, entries=2), facts=moved_on(news))
    expected = [(NOTICE, "held")] if says else [(TO_CARLA, "answered")]
    assert [(letters(decision)[0], outcome(decision))] == expected
    assert not says or entries(decision)[0].held == says
    loose = cast.service(holds=Holds(stale_answer=False))
    assert outcome(law(ANSWER, case(csr=ANN.key, entries=2), loose, moved_on(news))) == "answered"


def test_a_held_answer_tells_every_reason_once_and_does_nothing_else() -> None:
    wishes = [replace(ANSWER, words=words("A lawsuit, see attached.")), SetStatus(as_csr(ANN), Status.CLOSED)]
    decision = law(wishes, case(csr=BO.key), cast.service(holds=HOLDS))
    assert letters(decision) == [NOTICE]
    assert (the_case(decision).status, the_case(decision).csr) == (Status.OPENED, BO.key)
    [kept] = entries(decision)
    assert kept.held.count("; ") == 1 and kept.is_private
    assert of_kind(decision, Send)[0].entry == kept.number


def test_a_preview_is_held_on_purpose() -> None:
    decision = law(replace(ANSWER, is_preview=True), case(csr=ANN.key))
    assert (letters(decision), entries(decision)[0].held) == ([NOTICE], hold.PREVIEW)


def test_send_passes_what_its_csr_was_told_about() -> None:
    waiting = replace(held("A lawsuit."), held='it says "lawsuit", which is on the list of banned words')
    facts = known(held={CASE_ID: waiting})
    decision = law(ReleaseHeld(as_csr(ANN), words("")), case(csr=ANN.key), cast.service(holds=HOLDS), facts)
    assert TO_CARLA in letters(decision) and outcome(decision) == "released"


@pytest.mark.parametrize(
    ("new", "result"),
    [("A lawsuit then.", "released"), ("My card: 4111 1111 1111 1111", "held"), ("All is well.", "released")],
)
def test_send_with_a_new_text_is_checked_for_what_is_new_in_it(new: str, result: str) -> None:
    waiting = replace(held("A lawsuit."), held='it says "lawsuit", which is on the list of banned words')
    facts = known(held={CASE_ID: waiting})
    decision = law(ReleaseHeld(as_csr(ANN), words(new)), case(csr=ANN.key), cast.service(holds=HOLDS), facts)
    assert outcome(decision) == result
    assert (TO_CARLA in letters(decision)) is (result == "released")


def test_held_anew_it_remembers_what_was_told_before() -> None:
    facts = known(held={CASE_ID: held()})
    decision = law(ReleaseHeld(as_csr(ANN), words("A lawsuit.")), case(csr=ANN.key), cast.service(holds=HOLDS), facts)
    assert entries(decision)[0].held.startswith("nothing proves it hers; it says")
    assert of_kind(decision, ChangeEntry)[0].entry == held().id


@pytest.mark.parametrize(("number", "id"), [(0, 9), (2, 7), (3, 9)])
def test_send_means_the_reply_that_the_notice_showed(number: int, id: int) -> None:
    facts = known(held={CASE_ID: replace(held(entry_id=9), number=3)}, held_before={CASE_ID: (held(),)})
    decision = law(ReleaseHeld(as_csr(ANN), words(""), entry=number), case(csr=ANN.key), facts=facts)
    assert [one.entry for one in of_kind(decision, ChangeEntry)] == [id]


@pytest.mark.parametrize("wish", [ReleaseHeld(as_csr(BO), words("")), DropHeld(as_csr(BO))])
def test_nobody_settles_anothers_held_answer(wish: Any) -> None:
    facts = known(held={CASE_ID: held()})
    assert refusal(law(wish, case(csr=ANN.key), facts=facts))["problem"] == "No answer is held on this case."


def test_a_held_reply_that_was_settled_meanwhile_is_not_sent_twice() -> None:
    wish = ReleaseHeld(as_csr(ANN), words(""), entry=5)
    assert "No answer is held" in refusal(law(wish, case(csr=ANN.key), facts=known(held={CASE_ID: held()})))["problem"]


SLOW = cast.service(letters=Letters(undo_send=timedelta(seconds=30)))


def test_with_undo_send_an_answer_waits_and_its_receipt_says_how_to_recall_it() -> None:
    decision = law(ANSWER, case(csr=ANN.key), SLOW)
    to_carla, receipt = of_kind(decision, Send)
    assert to_carla.not_before is not None and (to_carla.not_before - NOW).total_seconds() == 30
    assert (receipt.to.key, receipt.entry, receipt.extra["recall"]) == (ANN.key, 2, 2)
    assert "09:30:30" in receipt.extra["done"][0] and "#drop" in receipt.extra["done"][0]


def test_drop_recalls_an_answer_that_still_waits() -> None:
    waiting = replace(held(), csr=ANN.key, held="")
    decision = law(DropHeld(as_csr(ANN), entry=2), case(csr=ANN.key), SLOW, known(unsent={CASE_ID: (waiting,)}))
    assert [one.entry for one in of_kind(decision, Recall)] == [2]
    assert of_kind(decision, ChangeEntry)[0].changes == {"held": "recalled by Ann Archer"}
    assert letters(decision) == [RECEIPT]


def test_an_answer_that_has_left_cannot_be_recalled() -> None:
    told = refusal(law(DropHeld(as_csr(ANN), entry=2), case(csr=ANN.key), SLOW))
    assert "gone out already" in told["problem"]


def test_nobody_recalls_anothers_answer() -> None:
    waiting = replace(held(), csr=BO.key, held="")
    told = refusal(law(DropHeld(as_csr(ANN)), case(csr=ANN.key), SLOW, known(unsent={CASE_ID: (waiting,)})))
    assert told["problem"] == "No answer is held on this case."


def test_an_unproven_answer_is_held_whatever_it_says() -> None:
    decision = law(replace(ANSWER, by=as_unproven(ANN)), case(csr=ANN.key))
    assert (letters(decision), outcome(decision)) == ([NOTICE], "held")


@pytest.mark.parametrize("wish", [ReleaseHeld(as_unproven(ANN), words("")), DropHeld(as_unproven(ANN))])
def test_nobody_unproven_settles_a_held_answer(wish: Any) -> None:
    told = refusal(law(wish, case(csr=ANN.key), facts=known(held={CASE_ID: held()})))
    assert told["problem"] == "Nothing proves that this mail is yours."
