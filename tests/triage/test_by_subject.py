"""What a CSR asks for by a subject: mail links, and the words away, available and list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailticket import tokens
from mailticket.config.models import Csr
from mailticket.domain.case import Status
from mailticket.domain.case_intents import Assign, Escalate, SetStatus, Take
from mailticket.domain.intents import (
    AddNote,
    Answer,
    AskDeskCard,
    HoldAnswer,
    Inquire,
    Intent,
    Refuse,
    ReleaseHeld,
    SetAway,
)
from mailticket.domain.people import ActorKind
from mailticket.triage.question import Reading
from tests import cast
from tests.builders import CASE_ID, KEYS, NOW, OTHER_ID, case, known, letter_id, mail, our_letter, vouched
from tests.cast import ANN, BO
from tests.triage.asking import ask, only

SECRET = "CANARY: she is angry"
VOUCHED = {"auth": (vouched(dmarc=(("pass", "example.com"),)),)}
DESK = cast.service(authserv_ids=("mx.example.com",))


def seal(action: str, csr: Csr = ANN, of: str = CASE_ID) -> str:
    return tokens.mail_link_seal(KEYS, of, csr.key, action)


def click(action: str, text: str = SECRET, seal_: str = "", sender: Csr = ANN, **changes: Any) -> Reading:
    """Ann sends the mail that a mail link opened, without any other proof."""
    subject = changes.pop("subject", f"[#{CASE_ID}] {action} {seal_ or seal(action, sender)}")
    facts = changes.pop("facts", known(case(), case(id=OTHER_ID, key=2)))
    return ask(mail(sender.address, text, subject=subject, **changes), facts, DESK)


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("assign bo@example.com", [Assign]),
        ("assign experts", [Assign]),
        ("escalate eve@example.com", [Escalate]),
        ("take", [AddNote, Take]),
        ("close", [AddNote, SetStatus]),
        ("resolve", [AddNote, SetStatus]),
        ("spam", [AddNote, SetStatus]),
        ("pending", [AddNote, SetStatus]),
        ("note", [AddNote]),
    ],
)
def test_a_mail_link_proves_its_csr_and_its_text_is_private(action: str, kinds: list[type[Intent]]) -> None:
    reading = click(action)
    assert "mail link" in reading.by.reason and reading.case == case()
    assert [type(one) for one in reading.intents] == kinds
    assert not any(isinstance(one, Answer | ReleaseHeld | Inquire | HoldAnswer) for one in reading.intents)
    kept = [one.words.text for one in reading.intents if isinstance(one, AddNote | Assign | Escalate)]
    assert kept == [SECRET]


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_without_a_text_a_mail_link_only_acts(text: str) -> None:
    assert only(SetStatus, click("close", text)).status is Status.CLOSED


def test_commands_in_the_text_of_a_mail_link_are_done_too() -> None:
    assign = only(Assign, click("assign bo@example.com", SECRET))
    assert (assign.csr, assign.words.text) == (BO.key, SECRET)
    kinds = {type(one).__name__ for one in click("close", f"#tag done\n{SECRET}").intents}
    assert kinds == {"AddNote", "SetTags", "SetStatus"}


@pytest.mark.parametrize("prefix", ["", "Re: ", "AW: [EXTERNAL] "])
def test_clients_may_put_something_before_the_subject(prefix: str) -> None:
    subject = f"{prefix}[#{CASE_ID}]  take  {seal('take').upper()}"
    assert Take in [type(one) for one in click("take", subject=subject).intents]


WRONG_SEALS = {
    "forged": "a" * 26,
    "of another action": seal("close"),
    "of another CSR": seal("take", BO),
    "of another case": seal("take", ANN, OTHER_ID),
}


@pytest.mark.parametrize("wrong", WRONG_SEALS.values(), ids=WRONG_SEALS.keys())
def test_a_wrong_seal_proves_nothing_and_its_text_never_goes_out(wrong: str) -> None:
    held = only(HoldAnswer, click("take", seal_=wrong))
    assert held.words.text.startswith("#take\n")  # so that #send refuses to let it out
    refused = only(Refuse, click("take", seal_=wrong, **VOUCHED))
    assert "not one that we sent you" in refused.what


def test_a_mail_link_ends_half_a_year_after_its_case() -> None:
    old = known(case(Status.CLOSED, closed_at=NOW - timedelta(days=181)))
    assert only(HoldAnswer, click("reopen", facts=old)).words.text.startswith("#reopen")


@pytest.mark.parametrize("subject", [f"[#{CASE_ID}] take", f"[#{CASE_ID}] {'a' * 26}", "take " + "a" * 26])
def test_other_subjects_are_no_mail_links(subject: str) -> None:
    facts = known(case(), mails=[our_letter(ANN)])
    reading = click("take", subject=subject, facts=facts, in_reply_to=(letter_id(ANN),))
    assert only(Answer, reading).words.text == SECRET


def by_subject(subject: str, sender: Csr = ANN, **changes: Any) -> Reading:
    return ask(mail(sender.address, "", subject=subject, **changes), known(), DESK)


@pytest.mark.parametrize(
    ("subject", "is_away", "role"),
    [
        ("away", True, ""),
        ("Away.", True, ""),
        ("available", False, ""),
        ("Re: away", True, ""),
        ("away support", True, "support"),
        ("AVAILABLE Support", False, "support"),
    ],
)
def test_a_csr_goes_away_and_comes_back_by_a_subject(subject: str, is_away: bool, role: str) -> None:
    wish = only(SetAway, by_subject(subject, **VOUCHED))
    assert (wish.csr, wish.is_away, wish.role, wish.is_said) == (ANN.key, is_away, role, True)
    assert f"you are {'away' if is_away else 'available'}" in wish.why and "the role support" in wish.why


def test_list_asks_for_the_desk_card() -> None:
    wish = only(AskDeskCard, by_subject("list", **VOUCHED))
    assert (wish.by.csr, wish.by.kind) == (ANN.key, ActorKind.CSR)


def test_a_csr_is_not_away_from_a_role_that_is_not_theirs() -> None:
    assert "no role" in only(Refuse, by_subject("away experts", **VOUCHED)).what


@pytest.mark.parametrize("subject", ["list of open orders", "away from home", "unavailable"])
def test_longer_subjects_are_mails_like_any_other(subject: str) -> None:
    assert "belongs to no case" in only(Refuse, by_subject(subject, **VOUCHED)).what


def test_nobody_unproven_sends_a_csr_away() -> None:
    assert only(Inquire, by_subject("away")).by.kind is ActorKind.UNPROVEN
