"""From a mail to intents: customers and those in Cc, machines, bounces, loops, the blacklist, history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.facts import Known
from mailticket.domain.intents import (
    Answer,
    Append,
    AppendAutomatic,
    Discard,
    HoldAnswer,
    Inquire,
    NoteBounce,
    Refuse,
    SetAway,
)
from mailticket.domain.mail import Address, Bounce, CutMethod, FailedRecipient, InboundMail, Mark, Reply
from mailticket.domain.people import ActorKind, BlacklistEntry, Customer
from mailticket.tokens import loop_seal
from tests import cast
from tests.builders import CASE_ID, KEYS, OTHER_ID, case, file, known, letter_id, mail, marked, our_letter, vouched
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, ROBOT, SUPPORT
from tests.triage.asking import ask, only

ON_CASE = {"subject": f"Re: [#{CASE_ID}] A question"}
DAEMON = Address("Mail Delivery System", "mailer-daemon@mx.elsewhere.example")
NO_REPLY = Address("Shop", "no-reply@shop.example")


def test_a_new_inquiry_is_whole_with_its_files_and_a_clean_subject() -> None:
    cut = Reply("the top", "", CutMethod.ANCHOR, sure=True)
    one = mail(CARLA, "the top\n> and a quote", subject="AW: [#4711] Re: Invoice", reply=cut)
    intent = only(Inquire, ask(one, files=[file()]))
    assert (intent.customer, intent.subject, intent.message_id) == (CARLA, "[#4711] Re: Invoice", one.message_id)
    assert (intent.words.text, intent.words.files) == (one.text, (file(),))
    assert not (intent.is_silent or intent.is_automatic or intent.is_idle or intent.may_echo)


def test_a_participants_mail_is_appended_with_its_new_words_only() -> None:
    cut = Reply("the top", "<p>the top</p>", CutMethod.ANCHOR, sure=True)
    one = mail(CARLA, "the top\n> and a quote", reply=cut, **ON_CASE)
    reading = ask(one, known(case()))
    intent = only(Append, reading)
    assert (intent.words.text, intent.words.html, intent.words.whole) == ("the top", "<p>the top</p>", one.text)
    assert reading.case is not None and reading.case.id == CASE_ID


def test_a_stranger_with_a_case_id_gets_a_case_of_their_own_with_a_hint_and_without_the_id() -> None:
    reading = ask(mail(MALLORY, **ON_CASE), known(case()))
    intent = only(Inquire, reading)
    assert (reading.case, intent.hint, intent.subject) == (None, CASE_ID, "A question")
    assert intent.customer == MALLORY and not intent.may_echo


@pytest.mark.parametrize(
    ("changes", "facts", "may_echo"),
    [
        ({}, known(), False),
        ({}, known(customers={CARLA.key: Customer(1, CARLA)}), True),
        ({"auth": (vouched(dmarc=(("pass", CARLA.domain),)),)}, known(), True),
        ({"auth": (vouched("foreign.example", dmarc=(("pass", CARLA.domain),)),)}, known(), False),
    ],
)
def test_a_subject_is_echoed_only_to_a_proven_or_known_sender(
    changes: dict[str, object], facts: Known, may_echo: bool
) -> None:
    service = cast.service(authserv_ids=("mx.example.com",))
    assert only(Inquire, ask(mail(CARLA, **changes), facts, service)).may_echo is may_echo


def test_people_in_to_and_cc_come_along_but_never_our_own_or_blacklisted_ones() -> None:
    listed = known(case(), blacklist=(BlacklistEntry("*@elsewhere.example", "", "ann"),))
    people = {
        "to": (Address("", SUPPORT), DIRK, Address("", "not an address"), Address("", "")),
        "cc": (BO.address, Address("", "A.Archer@example.com"), MALLORY, replace(DIRK, name="D."), CARLA),
    }
    assert only(Inquire, ask(mail(CARLA, **people), listed)).also == (replace(DIRK, name="D."),)
    assert only(Append, ask(mail(CARLA, **people, **ON_CASE), listed)).also == (replace(DIRK, name="D."),)


@pytest.mark.parametrize(
    ("reply_to", "also"),
    [
        ((DIRK,), (DIRK,)),
        ((CARLA,), ()),
        ((BO.address,), ()),
        ((Address("", SUPPORT),), ()),
        ((MALLORY,), ()),  # blacklisted
        ((DIRK, ROBOT), ()),
    ],
)
def test_one_other_person_in_reply_to_is_answered_along(
    reply_to: tuple[Address, ...], also: tuple[Address, ...]
) -> None:
    facts = known(blacklist=(BlacklistEntry(MALLORY.address, "", "ann"),))
    assert only(Inquire, ask(mail(CARLA, reply_to=reply_to), facts)).also == also


@pytest.mark.parametrize(
    ("from_", "markers", "is_automatic"),
    [
        (NO_REPLY, (), False),
        (NO_REPLY, marked(Mark.AUTO_REPLY), True),
        (Address("", SUPPORT), (), True),
        (Address("Website", "www@example.com"), marked(Mark.AUTO_REPLY), True),
    ],
)
def test_a_web_forms_mail_is_its_visitors_matter(from_: Address, markers: object, is_automatic: bool) -> None:
    proven = (vouched(dmarc=(("pass", from_.domain),)),)
    one = mail(from_, reply_to=(CARLA,), markers=markers, auth=proven)
    intent = only(Inquire, ask(one, service=cast.service(authserv_ids=("mx.example.com",))))
    assert (intent.customer, intent.is_automatic, intent.also, intent.may_echo) == (CARLA, is_automatic, (), False)


# Machines


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
    only(AppendAutomatic, reading)


@pytest.mark.parametrize("text", ["#send", "#close", "#drop", "#note\nx"])
@pytest.mark.parametrize("mark", [Mark.AUTO_REPLY, Mark.OUT_OF_OFFICE, Mark.RECEIPT, Mark.LIST])
def test_a_marked_mail_confirms_and_commands_nothing(mark: Mark, text: str) -> None:
    one = mail(ANN.address, text, markers=marked(mark), in_reply_to=(letter_id(ANN),))
    reading = ask(one, known(case(), mails=[our_letter(ANN)]))
    assert {type(one) for one in reading.intents} <= {AppendAutomatic, SetAway}


def test_a_csrs_automatic_mail_without_a_case_is_put_aside() -> None:
    intent = only(Discard, ask(mail(ANN.address, markers=marked(Mark.AUTO_REPLY))))
    assert intent.outcome == "automatic" and not intent.delete_from_server


# Bounces


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
    only(NoteBounce, ask(one, known(case(), mails=[REPLY])))


# Loops


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
    only(Inquire, ask(mail(CARLA, message_id="<l@x>", headers={"x-mailticket-loop": header})))


# The blacklist


@pytest.mark.parametrize(
    ("address", "subject", "is_rejected"),
    [
        ("carla@customer.example", "", True),
        ("CARLA@Customer.Example", "", True),
        ("*@customer.example", "", True),
        ("*@CUSTOMER.example", "A question", True),
        ("carla@customer.example", "re: A QUESTION", True),
        ("carla@customer.example", "question", False),
        ("customer.example", "", False),
        ("*@example", "", False),
        ("*@tomer.example", "", False),
        ("arla@customer.example", "", False),
    ],
)
def test_the_blacklist_goes_by_address_or_domain_and_subject(address: str, subject: str, is_rejected: bool) -> None:
    one = mail(CARLA, subject=f"AW: [#{CASE_ID}] A question")
    reading = ask(one, known(case(), blacklist=(BlacklistEntry(address, subject, "ann"),)))
    assert [type(intent) for intent in reading.intents] == ([Discard] if is_rejected else [Append])


def test_a_blacklisted_mail_is_rejected_and_deleted_from_the_server_with_the_reason() -> None:
    entry = BlacklistEntry("*@customer.example", "A question", "ann@example.com")
    intent = only(Discard, ask(mail(CARLA), known(blacklist=(entry,))))
    assert (intent.outcome, intent.delete_from_server) == ("rejected", True)
    assert intent.why == '*@customer.example with the subject "A question" is on the blacklist (by ann@example.com)'


def test_a_domain_with_an_umlaut_matches_in_both_spellings() -> None:
    one = mail(Address("", "x@xn--bcher-kva.example"))
    only(Discard, ask(one, known(blacklist=(BlacklistEntry("*@BÜCHER.example", "", "ann"),))))


@pytest.mark.parametrize("from_", [ANN.address, BO.address, Address("", SUPPORT)])
def test_our_own_never_match_the_blacklist(from_: Address) -> None:
    reading = ask(mail(from_), known(blacklist=(BlacklistEntry("*@example.com", "", "bo"),)))
    assert not any(isinstance(one, Discard) for one in reading.intents)


def test_a_blacklisted_robot_is_rejected_too() -> None:
    one = mail(ROBOT, markers=marked(Mark.AUTO_REPLY))
    assert only(Discard, ask(one, known(blacklist=(BlacklistEntry(ROBOT.address, "", "bo"),)))).outcome == "rejected"


# CSRs


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
    only(HoldAnswer, ask(one, known(case(), mails=[our_letter(BO)])))


def customers(**changes: object) -> InboundMail:
    return mail(ANN.address, "My printer is broken.", in_reply_to=(letter_id(ANN, ""),), **changes)


def test_a_csr_may_be_a_customer_where_the_service_says_so() -> None:
    service = cast.service(csr_as_customer=True)
    intent = only(Inquire, ask(customers(), service=service))
    assert (intent.by.kind, intent.customer) == (ActorKind.CUSTOMER, ANN.address)
    only(Refuse, ask(customers()))


@pytest.mark.parametrize(("csr", "kind"), [(BO.key, Append), (ANN.key, Answer), ("", Append)])
def test_such_a_csr_writes_as_customer_on_their_own_case_unless_they_look_after_it(csr: str, kind: type) -> None:
    theirs = case(csr=csr, participants=(replace(case().participants[0], address=ANN.address),))
    reading = ask(customers(**ON_CASE), known(theirs), cast.service(csr_as_customer=True))
    assert [type(one) for one in reading.intents] == [kind]


def test_a_csrs_answer_to_their_own_case_needs_no_proof_as_a_customers_needs_none() -> None:
    theirs = case(csr=BO.key, participants=(replace(case().participants[0], address=ANN.address),))
    one = mail(ANN.address, in_reply_to=(letter_id(ANN.address),))
    intent = only(Append, ask(one, known(theirs), cast.service(csr_as_customer=True)))
    assert intent.by.kind is ActorKind.CUSTOMER


# History


HISTORIC: dict[str, InboundMail] = {
    "a customer": mail(CARLA, **ON_CASE),
    "a CSR's answer": mail(ANN.address, in_reply_to=(letter_id(ANN),)),
    "a CSR's command": mail(ANN.address, "#close", in_reply_to=(letter_id(ANN),)),
    "an unproven CSR": mail(ANN.address, **ON_CASE),
    "an out-of-office": out_of_office(),
    "a blacklisted customer": mail(MALLORY),
    "a bounce": bounce(GONE, of=REPLY.message_id),
    "a robot": mail(ROBOT, markers=marked(Mark.AUTO_REPLY)),
    "a CSR without a case": mail(ANN.address, "#nonsense", in_reply_to=(letter_id(ANN, ""),)),
}


@pytest.mark.parametrize("one", HISTORIC.values(), ids=HISTORIC.keys())
@pytest.mark.parametrize("trust", ["verified", "address"])
def test_history_is_kept_and_has_no_effect_whoever_wrote_it(one: InboundMail, trust: str) -> None:
    listed = (BlacklistEntry(MALLORY.address, "", "ann"),)
    facts = known(case(), mails=[REPLY, our_letter(ANN)], blacklist=listed)
    [intent] = ask(one, facts, cast.service(trust=trust), is_silent=True).intents
    assert isinstance(intent, AppendAutomatic) or (isinstance(intent, Inquire) and intent.is_silent)
