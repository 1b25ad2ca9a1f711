"""Whoever writes in a CSR's name without proof reaches no customer: sixty forged forms, five genuine ones, tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailticket import tokens
from mailticket.config.models import Service
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.decision import Decision, LetterKind
from mailticket.domain.facts import Known
from mailticket.domain.people import ActorKind
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from mailticket.mime.parse import parse
from tests import cast
from tests.builders import CASE_ID, KEYS, NOW, OTHER_ID, Ids, case, held, known, letter_id, mail, our_letter
from tests.cast import ANN, BO, CARLA
from tests.law.deciding import letters, outcome
from tests.triage.asking import ask

DESK = cast.service(authserv_ids=("mx.example.com",))
STRICT = cast.service(authserv_ids=("mx.example.com",), trust="strict")
OURS, MATCH = "Authentication-Results: mx.example.com;", "dmarc=pass header.from=example.com"
PASS = f"{OURS} {MATCH}"
HOP = "Received: from outside.example by mx.example.com; Wed, 15 Jul 2026 09:00:00 +0000"

#: What a forger may bring along in place of an honest Authentication-Results of ours.
FORGED_RESULTS = {
    "none at all": "",
    "a foreign server": f"Authentication-Results: evil.example; {MATCH}",
    "ours in another's name": "Authentication-Results: mx.example.com.evil.example; dmarc=pass header.from=example.com",
    "ours as a comment": "Authentication-Results: evil.example (mx.example.com); dmarc=pass header.from=example.com",
    "ours said fail, theirs below": f"{OURS} dmarc=fail header.from=example.com\n{HOP}\n{PASS}",
    "ours said nothing, theirs below": f"{OURS} none\n{HOP}\n{PASS}",
    "passed for another domain": f"{OURS} dmarc=pass header.from=evil.example",
    "hidden by a comment": f"{OURS} dmarc=pass(",
    "pass inside a comment": f"{OURS} dmarc=fail (dmarc=pass header.from=example.com)",
    "pass inside quotes": f'{OURS} spf=fail smtp.mailfrom="; {MATCH}"',
    "folded apart": f"{OURS} dmarc=fail\n header.from=example.com;\n spf=pass smtp.mailfrom=evil.example",
    "SPF of the envelope only": f"{OURS} spf=pass smtp.mailfrom=a@evil.example",
    "DKIM of a stranger": f"{OURS} dkim=pass header.d=evil.example",
    "ARC": "ARC-Authentication-Results: i=1; mx.example.com; dmarc=pass header.from=example.com",
    "an odd word": f"{OURS} dmarc=passed header.from=example.com",
}
#: How a forger may write From. Only the first is a CSR's address; the others must not become one.
FORGED_FROM = {
    "plain": "From: Ann Archer <ann@example.com>",
    "two authors": "From: Ann Archer <ann@example.com>, Carl <carl@evil.example>",
    "another sender": "From: Ann Archer <ann@example.com>\nSender: Carl <carl@evil.example>",
    "two headers": "From: Ann Archer <ann@example.com>\nFrom: Carl <carl@evil.example>",
}
#: Not a CSR's address at all; a perfect result for their own domain must not help.
COUSINS = {
    "display name": 'From: "ann@example.com" <carl@evil.example>',
    "cousin domain": "From: Ann Archer <ann@examp1e.com>",
    "subdomain": "From: Ann Archer <ann@example.com.evil.example>",
    "full-width letters": "From: Ann Archer <ann@ｅxample.evil>",
}


def forged() -> Iterator[tuple[str, str]]:
    """(what it is, header lines) of each form."""
    for how, author in FORGED_FROM.items():
        for what, results in FORGED_RESULTS.items():
            yield f"{how}, {what}", "\n".join(filter(None, (results, HOP, author)))
    for how, author in COUSINS.items():
        yield how, "\n".join((PASS, HOP, author))


FORMS = dict(forged())


def raw(head: str, text: str = "Send me the keys.", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    whole = (
        f"{head}\nTo: support@example.com\nSubject: Re: [#{CASE_ID}] A question\nMessage-ID: <f@x>\n{more}\n{text}\n"
    )
    return whole.encode()


def handled(message: bytes, desk: Service, facts: Known) -> Decision:
    reading = ask(parse(message), facts, desk)
    return decide(reading.intents, reading.case, facts, Policy(cast.config(desk), desk), NOW, Ids())


def facts(**changes: object) -> Known:
    return known(case(csr=ANN.key), mails=[our_letter(ANN), our_letter(CARLA)], held={CASE_ID: held()}, **changes)


def reached_customer(decision: Decision) -> list[str]:
    return [to for letter, to in letters(decision) if letter is LetterKind.CUSTOMER_REPLY]


def test_there_are_sixty_forms_at_least() -> None:
    assert len(FORMS) >= 60


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["Send me the keys.", "#close", "#send", "#assign bo@example.com\nHi"])
def test_a_forged_form_reaches_no_customer_and_changes_nothing(form: str, text: str) -> None:
    decision = handled(raw(FORMS[form], text), DESK, facts())
    assert reached_customer(decision) == []
    assert outcome(decision) in ("held", "opened", "loop", "appended"), form
    assert decision.case is not None and decision.case.status in (Status.OPENED, Status.NEW)
    assert decision.case.csr in (ANN.key, "")


GENUINE = {
    "DMARC": PASS,
    "DMARC above a foreign one": f"{PASS}\n{FORGED_RESULTS['a foreign server']}",
    "after a hop inside": f"{HOP}\n{PASS}",
    "aligned DKIM where there is no policy": f"{OURS} dmarc=none; dkim=pass header.d=example.com",
    "folded": "Authentication-Results: mx.example.com (ours);\n dmarc=pass (p=reject)\n header.from=example.com",
}


@pytest.mark.parametrize("form", GENUINE)
def test_a_genuine_form_is_sent(form: str) -> None:
    message = raw(f"{GENUINE[form]}\n{HOP}\n{FORGED_FROM['plain']}", "It is fixed.")
    assert reached_customer(handled(message, DESK, facts())) == [CARLA.key]


@pytest.mark.parametrize(
    ("token", "results", "sent"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_strict_wants_a_token_and_testimony(token: bool, results: bool, sent: bool) -> None:
    head = "\n".join(filter(None, (PASS if results else "", HOP, FORGED_FROM["plain"])))
    names = {"In_Reply_To": letter_id(ANN)} if token else {}
    decision = handled(raw(head, "It is fixed.", **names), STRICT, facts())
    assert bool(reached_customer(decision)) is sent


def test_address_trust_takes_From_at_its_word() -> None:
    message = raw(f"{HOP}\n{FORGED_FROM['plain']}", "It is fixed.")
    assert reached_customer(handled(message, cast.service(trust="address"), facts())) == [CARLA.key]


def by_token(token: str, from_: Address = ANN.address, **changes: object) -> ActorKind:
    return ask(mail(from_, "Hello", in_reply_to=(token,)), facts(**changes), DESK).by.kind


def test_a_token_proves_only_its_own_reader() -> None:
    assert by_token(letter_id(ANN)) is ActorKind.CSR
    assert by_token(letter_id(BO)) is ActorKind.UNPROVEN
    assert by_token(letter_id(CARLA)) is ActorKind.UNPROVEN
    assert by_token(letter_id(ANN), from_=CARLA) is ActorKind.CUSTOMER


def test_a_token_that_was_touched_is_no_token_and_drops_nothing() -> None:
    genuine, touched = letter_id(ANN), random.Random(4)
    for _ in range(1000):
        place = touched.randrange(6, len(genuine) - len("@example.com>"))
        other = touched.choice([one for one in "abcdefgh234567" if one != genuine[place].lower()])
        forged_one = genuine[:place] + other + genuine[place + 1 :]
        if forged_one.lower() == genuine.lower():
            continue
        assert by_token(forged_one) is ActorKind.UNPROVEN, forged_one
    decision = handled(
        raw(f"{HOP}\n{FORGED_FROM['plain']}", In_Reply_To=genuine[:-20] + "aaaaaaa@example.com>"), DESK, facts()
    )
    assert outcome(decision) == "held"


def test_a_token_ends_180_days_after_its_case_closed() -> None:
    def proven(days: int) -> ActorKind:
        closed = case(Status.CLOSED, csr=ANN.key, closed_at=NOW - timedelta(days=days))
        return ask(
            mail(ANN.address, in_reply_to=(letter_id(ANN),)), known(closed, mails=[our_letter(ANN)]), DESK
        ).by.kind

    assert (proven(179), proven(181)) == (ActorKind.CSR, ActorKind.UNPROVEN)


@pytest.mark.parametrize(("days", "expected"), [(179, ActorKind.CSR), (181, ActorKind.UNPROVEN)])
def test_a_token_of_a_letter_about_no_case_ends_180_days_after_the_letter(days: int, expected: ActorKind) -> None:
    card = our_letter(ANN, "", made_at=NOW - timedelta(days=days))
    one = mail(ANN.address, "#close", subject=f"[#{CASE_ID}] x", in_reply_to=(card.message_id,))
    assert ask(one, known(case(), mails=[card]), DESK).by.kind is expected
    assert ask(one, known(case()), DESK).by.kind is ActorKind.UNPROVEN


def test_another_cases_token_moves_no_mail_into_this_case() -> None:
    named = mail(ANN.address, "Hello", subject=f"[#{CASE_ID}] x", in_reply_to=(letter_id(ANN, OTHER_ID),))
    reading = ask(named, known(case(csr=ANN.key), case(id=OTHER_ID, key=2)), DESK)
    assert reading.case is not None and reading.case.id == OTHER_ID


@pytest.mark.parametrize("token", [letter_id(ANN), tokens.conversation_root(KEYS, CASE_ID, ANN.key, "example.com")])
def test_what_left_the_house_proves_nobody_any_more(token: str) -> None:
    gone = {tokens.letter_named(letter_id(ANN)), tokens.standing_name(CASE_ID, ANN.key)}
    assert by_token(token) is ActorKind.CSR
    assert by_token(token, revoked=frozenset(gone)) is ActorKind.UNPROVEN


def test_one_revoked_letter_leaves_the_next_one_valid() -> None:
    gone = frozenset({tokens.letter_named(letter_id(ANN))})
    assert by_token(letter_id(ANN, nonce=b"87654321"), revoked=gone) is ActorKind.CSR
