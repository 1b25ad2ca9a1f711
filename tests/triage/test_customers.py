"""What customers ask for: new matters and follow-ups, those in Cc and Reply-To, web forms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.address import Address
from mailticket.domain.facts import Known
from mailticket.domain.intents import Append, Inquire
from mailticket.domain.mail import CutMethod, Mark, Reply
from mailticket.domain.people import BlacklistEntry, Customer
from tests import cast
from tests.builders import CASE_ID, case, file, known, mail, marked, vouched
from tests.cast import BO, CARLA, DIRK, MALLORY, ROBOT, SUPPORT
from tests.triage.asking import ask, only

ON_CASE = {"subject": f"Re: [#{CASE_ID}] A question"}
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
