"""Which mails from a CSR's address look like what a mail program makes of our receipts."""

from __future__ import annotations

import pytest

from mailticket.domain.address import Address
from mailticket.domain.decision import LetterKind
from mailticket.domain.facts import KnownMail
from mailticket.domain.mail import Forwarded
from mailticket.domain.people import Echo
from tests.builders import CASE_ID, case, known, letter_id, mail
from tests.cast import ANN, CARLA, SUPPORT
from tests.triage.asking import ask


def echo_of(letter: LetterKind = LetterKind.CSR_CASE, from_: Address = ANN.address, **changes: object) -> Echo:
    """Of a mail that answers this letter of ours; one subject of Ann's came to nothing within the hour."""
    ours = KnownMail(letter_id(ANN), CASE_ID, is_ours=True, recipient=ANN.key, letter=letter, outbox=3)
    facts = known(case(), mails=[ours], in_vain={ANN.key: ("Re: Your request 4711",)})
    keys: dict[str, object] = {"in_reply_to": (letter_id(ANN),), "subject": "Re: A question"} | changes
    return ask(mail(from_, "Hello", **keys), facts).by.echo


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (LetterKind.CSR_CASE, Echo.NONE),
        (LetterKind.DESK_CARD, Echo.NONE),
        (LetterKind.CSR_RECEIPT, Echo.ANSWERS),
        (LetterKind.HOLD_NOTICE, Echo.ANSWERS),
    ],
)
def test_who_answers_a_receipt_may_be_a_machine(letter: LetterKind, expected: Echo) -> None:
    assert echo_of(letter) is expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Your request 4712", Echo.REPEATS),
        ("AW: [EXTERNAL] your Request 9 (2)", Echo.REPEATS),
        ("Your requests", Echo.NONE),
        ("", Echo.NONE),
    ],
)
def test_who_repeats_a_subject_that_came_to_nothing_may_be_one(subject: str, expected: Echo) -> None:
    assert echo_of(subject=subject) is expected


def test_who_has_just_commanded_something_is_no_machine() -> None:
    ours = KnownMail(letter_id(ANN), CASE_ID, is_ours=True, recipient=ANN.key, letter=LetterKind.CSR_RECEIPT, outbox=3)
    facts = known(case(), mails=[ours], acted=frozenset([ANN.key]))
    answer = mail(ANN.address, "This is meant", in_reply_to=(letter_id(ANN),), subject="Re: Receipt")
    assert ask(answer, facts).by.echo is Echo.NONE


def test_who_passes_on_a_mail_of_ours_may_be_one() -> None:
    ours = Forwarded(Address("", SUPPORT), "x", "x")
    assert echo_of(forwarded=ours) is Echo.ANSWERS
    assert echo_of(forwarded=Forwarded(CARLA, "x", "x")) is Echo.NONE


def test_a_customer_is_never_looked_at() -> None:
    assert echo_of(LetterKind.CSR_RECEIPT, CARLA) is Echo.NONE
