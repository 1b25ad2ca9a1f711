"""Which case a mail is about: by what it names, and only for those who take part in it."""

from __future__ import annotations

import pytest

from mailticket import tokens
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.people import Actor
from mailticket.triage.thread import find
from tests.builders import CASE_ID, KEYS, OTHER_ID, case, known, letter_id, mail, our_letter
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, ROBOT, as_csr, as_customer, as_machine, as_unproven

THEIRS = KnownMail("<carlas@customer.example>", CASE_ID, is_ours=False)

NAMED: dict[str, dict[str, object]] = {
    "a letter of ours that the store knows": {"in_reply_to": (letter_id(CARLA),)},
    "a signed Message-ID that the store does not know": {"in_reply_to": (letter_id(BO, nonce=b"87654321"),)},
    "a mail that we received": {"references": (THEIRS.message_id,)},
    "the case ID in the subject": {"subject": f"AW: [#{CASE_ID}] A question"},
}
SENDERS: dict[str, tuple[Actor, bool]] = {
    "the customer": (as_customer(CARLA), True),
    "who was CC'd": (as_customer(DIRK), True),
    "a stranger": (as_customer(MALLORY), False),
    "a CSR": (as_csr(ANN), True),
    "an unproven CSR": (as_unproven(ANN), True),
    "a customer's machine": (as_machine(CARLA), True),
    "a foreign machine": (as_machine(ROBOT), False),
}


def facts() -> Known:
    return known(case(also=[DIRK]), case(id=OTHER_ID, key=2), mails=[our_letter(CARLA), our_letter(ANN), THEIRS])


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED.keys())
@pytest.mark.parametrize(("by", "takes_part"), SENDERS.values(), ids=SENDERS.keys())
def test_a_case_is_open_only_to_those_who_take_part(named: dict[str, object], by: Actor, takes_part: bool) -> None:
    thread = find(mail(by.address, **named), by, facts())
    assert (thread.case.id if thread.case else "", thread.hint) == ((CASE_ID, "") if takes_part else ("", CASE_ID))


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"subject": "Re: [#7F3K-9QX7] a wrong check letter"},
        {"subject": "Re: [#0000-0000] a case that there is not"},
        {"in_reply_to": ("<unknown@x>", letter_id(ANN, "0000-0000"), letter_id(ANN, ""))},
    ],
)
def test_what_names_no_case_of_ours_opens_a_new_one_without_a_hint(named: dict[str, object]) -> None:
    thread = find(mail(**named), as_customer(), facts())
    assert (thread.case, thread.hint) == (None, "")


def test_our_letter_counts_before_a_mail_that_we_received_and_that_before_the_subject() -> None:
    both = {"references": (THEIRS.message_id,), "subject": f"[#{OTHER_ID}] x"}
    assert find(mail(**both), as_csr(), facts()).reason == "answers a mail that is in the case"
    letter = our_letter(ANN, OTHER_ID)
    more = known(case(), case(id=OTHER_ID), mails=[letter, THEIRS])
    found = find(mail(in_reply_to=(THEIRS.message_id,), references=(letter.message_id,)), as_csr(), more)
    assert found.case is not None and (found.case.id, found.reason) == (OTHER_ID, "answers our letter")


def test_the_nearest_letter_counts_first() -> None:
    far, near = our_letter(ANN), our_letter(ANN, OTHER_ID)
    thread = find(
        mail(references=(far.message_id, near.message_id)),
        as_csr(),
        known(case(), case(id=OTHER_ID), mails=[far, near]),
    )
    assert thread.case is not None and thread.case.id == OTHER_ID
    assert thread.answers == near


def test_a_case_that_is_closed_to_the_sender_does_not_hide_one_that_is_open() -> None:
    hidden = case(id=OTHER_ID, participants=())
    thread = find(mail(subject=f"[#{OTHER_ID}] and [#{CASE_ID}]"), as_customer(), known(case(), hidden))
    assert thread.case is not None and (thread.case.id, thread.hint) == (CASE_ID, "")


def test_only_a_letter_that_the_store_knows_is_what_was_answered() -> None:
    assert find(mail(in_reply_to=(letter_id(CARLA),)), as_customer(), facts()).answers == our_letter(CARLA)
    assert find(mail(references=(THEIRS.message_id,)), as_customer(), facts()).answers is None


def test_what_bounced_mail_mentions_in_its_body_is_never_asked_for() -> None:
    thread = find(mail(text=f"see [#{CASE_ID}] and {letter_id(CARLA)}"), as_customer(), facts())
    assert thread.case is None


@pytest.mark.parametrize(
    ("named", "letters", "is_lost"),
    [
        ((letter_id(ANN),), [], True),
        ((letter_id(ANN),), [our_letter(ANN)], False),
        ((letter_id(ANN, nonce=b"newer..."), letter_id(ANN)), [our_letter(ANN)], True),
        ((tokens.conversation_root(KEYS, CASE_ID, ANN.key, "example.com"),), [], False),
        (("<theirs@mail.example>",), [], False),
    ],
    ids=["unknown", "known", "the nearest is unknown", "a root, which is never sent", "none of ours"],
)
def test_an_answer_to_a_letter_that_nobody_knows_is_told_apart(
    named: tuple[str, ...], letters: list[KnownMail], is_lost: bool
) -> None:
    answer = mail(ANN.address, subject=f"Re: [#{CASE_ID}] x", in_reply_to=named)
    assert find(answer, as_csr(ANN), known(case(), mails=letters)).is_lost is is_lost
