"""CSRs who are unproven, and CSRs who are customers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.intents import Answer, Append, HoldAnswer, Inquire, Refuse
from mailticket.domain.mail import InboundMail
from mailticket.domain.people import ActorKind
from tests import cast
from tests.builders import CASE_ID, case, known, letter_id, mail, our_letter
from tests.cast import ANN, BO
from tests.triage.asking import ask, only

ON_CASE = {"subject": f"Re: [#{CASE_ID}] A question"}


def test_an_unproven_reply_is_held_on_its_case_whatever_it_says() -> None:
    for text in ("Dear Carla", "#send", "#close", "#drop"):
        reading = ask(mail(ANN.address, text, **ON_CASE), known(case()))
        intent = only(HoldAnswer, reading)
        assert intent.words.text == text and "answers no letter of ours" in intent.why


def test_an_unproven_mail_without_a_case_opens_one_without_an_acknowledgement() -> None:
    intent = only(Inquire, ask(mail(ANN.address, "Hello")))
    assert (intent.is_automatic, intent.by.kind, intent.customer) == (True, ActorKind.UNPROVEN, ANN.address)


def test_a_forged_token_counts_as_none_and_leads_to_a_held_reply() -> None:
    one = mail(ANN.address, in_reply_to=(letter_id(BO),))
    held = only(HoldAnswer, ask(one, known(case(), mails=[our_letter(BO)])))
    assert held.by.kind is ActorKind.UNPROVEN and "answers no letter of ours" in held.why


def customers(**changes: object) -> InboundMail:
    return mail(ANN.address, "My printer is broken.", in_reply_to=(letter_id(ANN, ""),), **changes)


def test_a_csr_may_be_a_customer_where_the_service_says_so() -> None:
    service = cast.service(csr_as_customer=True)
    intent = only(Inquire, ask(customers(), known(mails=[our_letter(ANN, "")]), service))
    assert (intent.by.kind, intent.customer) == (ActorKind.CUSTOMER, ANN.address)
    only(Refuse, ask(customers(), known(mails=[our_letter(ANN, "")])))


@pytest.mark.parametrize(("csr", "kind"), [(BO.key, Append), (ANN.key, Answer), ("", Append)])
def test_such_a_csr_writes_as_customer_on_their_own_case_unless_they_look_after_it(csr: str, kind: type) -> None:
    theirs = case(csr=csr, participants=(replace(case().participants[0], address=ANN.address),))
    reading = ask(customers(**ON_CASE), known(theirs, mails=[our_letter(ANN, "")]), cast.service(csr_as_customer=True))
    assert [type(one) for one in reading.intents] == [kind]


def test_a_csrs_answer_to_their_own_case_needs_no_proof_as_a_customers_needs_none() -> None:
    theirs = case(csr=BO.key, participants=(replace(case().participants[0], address=ANN.address),))
    one = mail(ANN.address, in_reply_to=(letter_id(ANN.address),))
    intent = only(Append, ask(one, known(theirs), cast.service(csr_as_customer=True)))
    assert intent.by.kind is ActorKind.CUSTOMER
