"""Who writes, and what proves a CSR: every row of section 4 of the product, and what spoofers try."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.config.models import Service
from mailticket.domain.address import Address
from mailticket.domain.facts import Known
from mailticket.domain.mail import AuthResult, InboundMail, Mark
from mailticket.domain.people import Actor, ActorKind
from mailticket.tokens import Keys, conversation_root
from mailticket.triage.writer.alignment import is_aligned
from mailticket.triage.writer.sender import Trust, identify
from tests import cast
from tests.builders import CASE_ID, KEYS, NOW, OTHER_ID, case, known, letter_id, mail, marked, vouched
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY

PASS = vouched(dmarc=(("pass", "example.com"),))
FAIL = vouched(dmarc=(("fail", "example.com"),))
TOKEN = {"in_reply_to": (letter_id(ANN),)}
OURS = {"authserv_ids": ("mx.example.com",)}


def who(one: InboundMail, service: Service | None = None, facts: Known | None = None) -> Actor:
    desk = service or cast.service(**OURS)
    return identify(one, facts or known(case()), Trust(cast.config(desk), desk, KEYS), NOW)


def of_ann(**changes: object) -> InboundMail:
    return mail(ANN.address, **changes)


@pytest.mark.parametrize(
    ("trust", "token", "testimony", "kind"),
    [
        ("verified", True, True, ActorKind.CSR),
        ("verified", True, False, ActorKind.CSR),
        ("verified", False, True, ActorKind.CSR),
        ("verified", False, False, ActorKind.UNPROVEN),
        ("strict", True, True, ActorKind.CSR),
        ("strict", True, False, ActorKind.UNPROVEN),
        ("strict", False, True, ActorKind.UNPROVEN),
        ("strict", False, False, ActorKind.UNPROVEN),
        ("address", False, False, ActorKind.CSR),
    ],
)
def test_trust_says_what_proves_a_csr(trust: str, token: bool, testimony: bool, kind: ActorKind) -> None:
    one = of_ann(auth=(PASS,) if testimony else (), **(TOKEN if token else {}))
    actor = who(one, cast.service(trust=trust, **OURS))
    assert (actor.kind, actor.csr) == (kind, ANN.key)
    assert actor.reason


SPOOFS: dict[str, InboundMail] = {
    "nothing at all": of_ann(),
    "a token mailed to a colleague": of_ann(in_reply_to=(letter_id(BO),)),
    "a token mailed to a customer": of_ann(in_reply_to=(letter_id(CARLA),)),
    "a letter to them as a customer": of_ann(in_reply_to=(letter_id(ANN.address),)),
    "a token of another key": of_ann(in_reply_to=(letter_id(ANN, keys=Keys((b"x" * 32,))),)),
    "a token whose case was changed": of_ann(
        in_reply_to=(letter_id(ANN).replace("7f3k9qx6", OTHER_ID.replace("-", "").lower()),)
    ),
    "a foreign server's word": of_ann(auth=(vouched("evil.example", dmarc=(("pass", "example.com"),)),)),
    "our server's id forged below its own word": of_ann(auth=(FAIL, replace(PASS, position=1))),
    "the same, listed the other way round": of_ann(auth=(replace(PASS, position=1), FAIL)),
    "DMARC without a domain": of_ann(auth=(vouched(dmarc=(("pass", ""),)),)),
    "a pass for another domain": of_ann(auth=(vouched(dmarc=(("pass", "evil.example"),)),)),
    "SPF of another domain": of_ann(auth=(vouched(spf=(("pass", "bounce@evil.example"),)),)),
    "DKIM of another domain": of_ann(auth=(vouched(dkim=(("pass", "evil.example"),)),)),
    "DKIM of a parent domain": of_ann(auth=(vouched(dkim=(("pass", "com"),)),)),
    "a domain that only ends alike": of_ann(auth=(vouched(dkim=(("pass", "evilexample.com"),)),)),
    "SPF softfail": of_ann(auth=(vouched(spf=(("softfail", "example.com"),)),)),
    "DKIM of a subdomain where DMARC failed": of_ann(
        auth=(vouched(dmarc=(("fail", "example.com"),), dkim=(("pass", "web.example.com"),)),)
    ),
    "Exchange's word where Exchange is not configured": of_ann(
        auth=(vouched("exchange", dmarc=(("pass", "example.com"),)),),
        headers={"x-ms-exchange-organization-authas": "Internal"},
    ),
    "two addresses in From": mail((ANN.address, MALLORY), auth=(PASS,), **TOKEN),
    "the address twice in From": mail((ANN.address, ANN.address), auth=(PASS,), **TOKEN),
    "only Sender names them": mail((), sender=(ANN.address,), auth=(PASS,), **TOKEN),
    "the token only as their own Message-ID": of_ann(message_id=letter_id(ANN)),
}


@pytest.mark.parametrize("spoof", SPOOFS.values(), ids=SPOOFS.keys())
def test_a_spoofed_csr_is_unproven(spoof: InboundMail) -> None:
    assert who(spoof).kind is ActorKind.UNPROVEN


NO_CSRS: dict[str, InboundMail] = {
    "a display name": mail(Address("Ann Archer <ann@example.com>", "mallory@elsewhere.example"), **TOKEN),
    "a cousin domain": mail(Address("Ann Archer", "ann@example.com.evil.example"), **TOKEN),
    "a Cyrillic letter": mail(Address("Ann Archer", "аnn@example.com"), **TOKEN),
    "a plus address": mail(Address("Ann Archer", "ann+x@example.com"), **TOKEN),
    "a stranger first, the CSR second": mail((MALLORY, ANN.address), **TOKEN),
    "only Reply-To names the CSR": mail(MALLORY, reply_to=(ANN.address,), **TOKEN),
    "Sender names the CSR, From does not": mail(MALLORY, sender=(ANN.address,), **TOKEN),
}


@pytest.mark.parametrize("one", NO_CSRS.values(), ids=NO_CSRS.keys())
def test_who_is_not_in_the_config_is_a_customer_whatever_they_carry(one: InboundMail) -> None:
    actor = who(one)
    assert (actor.kind, actor.csr) == (ActorKind.CUSTOMER, "")


GENUINE: dict[str, InboundMail] = {
    "the token in In-Reply-To": of_ann(**TOKEN),
    "the token deep in References": of_ann(references=("<a@x>", letter_id(ANN), "<b@x>")),
    "the conversation's root": of_ann(references=(conversation_root(KEYS, CASE_ID, ANN.key, "example.com"),)),
    "the token in capitals": of_ann(in_reply_to=(letter_id(ANN).upper(),)),
    "an alias of theirs": mail(Address("Ann", "A.Archer@Example.com"), **TOKEN),
    "the address in capitals": mail(Address("Ann", "ANN@EXAMPLE.COM"), **TOKEN),
    "DMARC": of_ann(auth=(PASS,)),
    "DMARC, the domain in capitals": of_ann(auth=(vouched(dmarc=(("pass", "Example.COM"),)),)),
    "aligned SPF where there is no DMARC": of_ann(
        auth=(vouched(dmarc=(("none", "example.com"),), spf=(("pass", "ann@example.com"),)),)
    ),
    "DKIM of a subdomain": of_ann(auth=(vouched(dkim=(("pass", "mail.example.com"),)),)),
    "our server below a foreign header": of_ann(auth=(vouched("evil.example"), replace(PASS, position=1))),
}


@pytest.mark.parametrize("one", GENUINE.values(), ids=GENUINE.keys())
def test_a_genuine_csr_is_proven(one: InboundMail) -> None:
    actor = who(one)
    assert (actor.kind, actor.address) == (ActorKind.CSR, ANN.address)


@pytest.mark.parametrize("authserv_ids", [(), ("other.example.com",)])
def test_without_our_servers_id_no_testimony_counts(authserv_ids: tuple[str, ...]) -> None:
    actor = who(of_ann(auth=(PASS,)), cast.service(authserv_ids=authserv_ids))
    assert actor.kind is ActorKind.UNPROVEN
    assert ("no authserv_ids are configured" in actor.reason) == (not authserv_ids)


@pytest.mark.parametrize("authserv_id", ["MX.Example.com", " mx.example.com "])
def test_the_id_may_be_written_in_any_letter_case(authserv_id: str) -> None:
    assert who(of_ann(auth=(PASS,)), cast.service(authserv_ids=(authserv_id,))).kind is ActorKind.CSR


@pytest.mark.parametrize(
    ("auth_as", "kind"),
    [("Internal", ActorKind.CSR), (" internal ", ActorKind.CSR), ("Anonymous", ActorKind.UNPROVEN)],
)
def test_exchange_is_believed_only_about_mail_from_inside(auth_as: str, kind: ActorKind) -> None:
    says = vouched("exchange", dmarc=(("pass", "example.com"),))
    one = of_ann(auth=(says,), headers={"x-ms-exchange-organization-authas": auth_as})
    service = cast.service(authserv_ids=("exchange",))
    assert who(one, service).kind is kind
    assert who(replace(one, headers={}), service).kind is ActorKind.UNPROVEN


@pytest.mark.parametrize(
    ("closed", "kind"),
    [(None, ActorKind.CSR), (timedelta(days=180), ActorKind.CSR), (timedelta(days=180, seconds=1), ActorKind.UNPROVEN)],
)
def test_a_token_outlives_its_case_by_180_days(closed: timedelta | None, kind: ActorKind) -> None:
    facts = known(case(closed_at=NOW - closed if closed else None))
    assert who(of_ann(**TOKEN), facts=facts).kind is kind


def test_an_expired_token_does_not_hide_a_fresh_one() -> None:
    facts = known(case(closed_at=NOW - timedelta(days=400)), case(id=OTHER_ID))
    one = of_ann(in_reply_to=(letter_id(ANN),), references=(letter_id(ANN, OTHER_ID),))
    assert who(one, facts=facts).kind is ActorKind.CSR


@pytest.mark.parametrize("address", ["support@example.com", "Support@EXAMPLE.com", "hilfe@example.com"])
def test_mail_in_our_own_name_is_a_machines(address: str) -> None:
    service = cast.service(aliases=("hilfe@example.com",), trust="address")
    assert who(mail(Address("", address)), service).kind is ActorKind.MACHINE


def test_a_machines_mail_is_a_machines_and_says_which_header_shows_it() -> None:
    actor = who(mail(CARLA, markers=marked(Mark.AUTO_REPLY)))
    assert (actor.kind, actor.reason) == (ActorKind.MACHINE, "the headers say auto-reply")


def test_a_customer_needs_no_proof_and_a_mail_of_nobody_is_still_somebodys() -> None:
    assert who(mail(CARLA)).kind is ActorKind.CUSTOMER
    assert who(mail((), sender=(DIRK,))).address == DIRK
    assert who(mail(())).address == Address("", "unknown@invalid")


@pytest.mark.parametrize(
    ("domain", "is_so"),
    [
        ("example.com", True),
        ("EXAMPLE.com.", True),
        ("bounce@mail.example.com", True),
        ("notexample.com", False),
        ("com", False),
        ("", False),
    ],
)
def test_alignment_is_the_domain_or_a_part_of_it(domain: str, is_so: bool) -> None:
    assert is_aligned(domain, "example.com") is is_so


def test_nothing_is_aligned_with_no_domain() -> None:
    assert not is_aligned("", "")
    assert who(of_ann(auth=(AuthResult("", 0, dmarc=(("pass", "example.com"),)),))).kind is ActorKind.UNPROVEN
