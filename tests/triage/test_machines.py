"""What machines cause: automatic mail, bounces, loops. Never an answer, never a confirmation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.address import Address
from mailticket.domain.intents import AppendAutomatic, Discard, Inquire, NoteBounce, SetAway
from mailticket.domain.mail import Bounce, FailedRecipient, InboundMail, Mark
from mailticket.domain.people import ActorKind
from mailticket.tokens import loop_seal
from tests import cast
from tests.builders import CASE_ID, KEYS, OTHER_ID, case, known, letter_id, mail, marked, our_letter
from tests.cast import ANN, CARLA, DIRK, MALLORY, ROBOT
from tests.triage.asking import ask, only

ON_CASE = {"subject": f"Re: [#{CASE_ID}] A question"}
DAEMON = Address("Mail Delivery System", "mailer-daemon@mx.elsewhere.example")


@pytest.mark.parametrize("mark", [one for one in Mark if one not in (Mark.LOOP, Mark.ENCRYPTED)])
def test_automatic_mail_on_a_case_is_kept_without_effect(mark: Mark) -> None:
    reading = ask(mail(CARLA, markers=marked(mark), **ON_CASE), known(case()))
    intent = only(AppendAutomatic, reading)
    assert intent.why == f"the headers say {mark}" and intent.by.kind is ActorKind.MACHINE


@pytest.mark.parametrize(
    ("mark", "is_idle"),
    [
        (Mark.AUTO_REPLY, False),
        (Mark.LIST, False),
        (Mark.CALENDAR, False),
        (Mark.BOUNCE, False),
        (Mark.OUT_OF_OFFICE, True),
        (Mark.RECEIPT, True),
        (Mark.CHALLENGE, True),
        (Mark.FEEDBACK, True),
    ],
)
def test_automatic_mail_without_a_case_opens_one_that_is_not_acknowledged(mark: Mark, is_idle: bool) -> None:
    intent = only(Inquire, ask(mail(ROBOT, markers=marked(mark), cc=(DIRK,), reply_to=(DIRK,))))
    assert (intent.customer, intent.is_automatic, intent.is_idle, intent.also) == (ROBOT, True, is_idle, ())


def test_an_encrypted_mail_is_a_persons() -> None:
    assert not only(Inquire, ask(mail(CARLA, markers=marked(Mark.ENCRYPTED)))).is_automatic


OUT_OF_OFFICE = marked(Mark.OUT_OF_OFFICE, Mark.AUTO_REPLY)


def out_of_office(**changes: object) -> InboundMail:
    return mail(ANN.address, "I am away.", **({"markers": OUT_OF_OFFICE, "in_reply_to": (letter_id(ANN),)} | changes))


def test_a_csrs_out_of_office_is_never_an_answer_and_means_that_they_are_away() -> None:
    reading = ask(out_of_office(), known(case(), mails=[our_letter(ANN)]))
    assert [type(one) for one in reading.intents] == [AppendAutomatic, SetAway]
    away = reading.intents[1]
    assert isinstance(away, SetAway) and (away.csr, away.is_away, away.role) == (ANN.key, True, "")


@pytest.mark.parametrize(
    ("changes", "ooo_means_away"),
    [({"in_reply_to": ()}, True), ({"markers": marked(Mark.AUTO_REPLY)}, True), ({}, False)],
    ids=["unproven", "another automatic mail", "not wanted"],
)
def test_nothing_else_makes_a_csr_away(changes: dict[str, object], ooo_means_away: bool) -> None:
    service = cast.service(assignment=cast.service().assignment.model_copy(update={"ooo_means_away": ooo_means_away}))
    reading = ask(out_of_office(**changes, **ON_CASE), known(case()), service)
    assert only(AppendAutomatic, reading).why.startswith("the headers say ")


@pytest.mark.parametrize("text", ["#send", "#close", "#drop", "#note\nx"])
@pytest.mark.parametrize("mark", [Mark.AUTO_REPLY, Mark.OUT_OF_OFFICE, Mark.RECEIPT, Mark.LIST])
def test_a_marked_mail_confirms_and_commands_nothing(mark: Mark, text: str) -> None:
    one = mail(ANN.address, text, markers=marked(mark), in_reply_to=(letter_id(ANN),))
    reading = ask(one, known(case(), mails=[our_letter(ANN)]))
    assert {type(one) for one in reading.intents} <= {AppendAutomatic, SetAway}


def test_a_csrs_automatic_mail_without_a_case_is_put_aside() -> None:
    intent = only(Discard, ask(mail(ANN.address, markers=marked(Mark.AUTO_REPLY))))
    assert intent.outcome == "automatic" and not intent.delete_from_server


def bounce(*failed: FailedRecipient, of: str = "", **changes: object) -> InboundMail:
    return mail(DAEMON, "Undelivered", bounce=Bounce(failed, of), markers=marked(Mark.BOUNCE), **changes)


GONE = FailedRecipient(CARLA.address, permanent=True, status="5.1.1", reason="user unknown")
REPLY = our_letter(CARLA)


@pytest.mark.parametrize("named", [{"of": REPLY.message_id}, {"references": (REPLY.message_id,)}])
def test_a_bounce_lands_on_the_case_whose_letter_bounced(named: dict[str, str]) -> None:
    reading = ask(bounce(GONE, **named), known(case(), mails=[REPLY]))
    intent = only(NoteBounce, reading)
    assert (intent.recipient, intent.is_permanent, intent.server_said) == (CARLA.key, True, "5.1.1 user unknown")
    assert (intent.letter, intent.outbox) == ("customer_reply", 5)
    assert reading.case is not None and reading.case.id == CASE_ID


def test_among_several_recipients_the_letters_own_counts() -> None:
    other = FailedRecipient("other@x.example", permanent=True, status="5.0.0")
    delayed = FailedRecipient(CARLA.address.upper(), permanent=False, status="4.4.1")
    intent = only(NoteBounce, ask(bounce(other, delayed, of=REPLY.message_id), known(case(), mails=[REPLY])))
    assert (intent.is_permanent, intent.server_said) == (False, "4.4.1")


def test_a_report_that_names_nobody_counts_as_a_failure_without_a_reason() -> None:
    intent = only(NoteBounce, ask(bounce(of=REPLY.message_id), known(case(), mails=[REPLY])))
    assert (intent.is_permanent, intent.server_said) == (True, "the server gave no reason")


@pytest.mark.parametrize(
    "one",
    [
        bounce(GONE),
        bounce(GONE, of="<not-ours@x>"),
        bounce(GONE, subject=f"Undelivered: [#{CASE_ID}]"),
        bounce(replace(GONE, address=MALLORY.address), of=REPLY.message_id),
        bounce(GONE, of=our_letter(CARLA, OTHER_ID).message_id),
    ],
    ids=["of nothing", "of a foreign mail", "only the case ID", "of another recipient", "of a case that is gone"],
)
def test_a_bounce_that_fits_no_letter_of_ours_does_nothing(one: InboundMail) -> None:
    facts = known(case(), mails=[REPLY, our_letter(CARLA, OTHER_ID)])
    assert only(Discard, ask(one, facts)).outcome == "unmatched-bounce"


def test_a_bounce_in_a_csrs_name_commands_nothing() -> None:
    one = replace(bounce(GONE, of=REPLY.message_id), from_=(ANN.address,), in_reply_to=(letter_id(ANN),), text="#close")
    assert only(NoteBounce, ask(one, known(case(), mails=[REPLY]))).recipient == CARLA.key


@pytest.mark.parametrize(
    "one",
    [
        mail(CARLA, message_id=REPLY.message_id, **ON_CASE),
        mail(CARLA, message_id="<l@x>", headers={"x-mailticket-loop": loop_seal(KEYS, "<l@x>")}, **ON_CASE),
        mail(CARLA, markers=marked(Mark.LOOP), **ON_CASE),
        mail(ANN.address, in_reply_to=(letter_id(ANN),), markers=marked(Mark.LOOP)),
    ],
    ids=["our Message-ID", "our loop header", "too many hops", "in a CSR's name"],
)
def test_what_comes_back_in_a_loop_does_nothing(one: InboundMail) -> None:
    intent = only(Discard, ask(one, known(case(), mails=[REPLY])))
    assert (intent.outcome, intent.delete_from_server) == ("loop", False)


@pytest.mark.parametrize("header", ["yes", loop_seal(KEYS, "<other@x>"), "ü"])
def test_a_strangers_loop_header_has_no_effect(header: str) -> None:
    inquiry = only(Inquire, ask(mail(CARLA, message_id="<l@x>", headers={"x-mailticket-loop": header})))
    assert (inquiry.customer, inquiry.is_automatic) == (CARLA, False)
