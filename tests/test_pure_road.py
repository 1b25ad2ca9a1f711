"""A mail all the way through the pure middle: read, decided, and what leaves the house for it."""

from __future__ import annotations

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.decision import Decision, LetterKind
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail, Mark
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests import cast
from tests.builders import CASE_ID, NOW, Ids, case, held, known, letter_id, mail, marked, our_letter
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, ROBOT
from tests.law.deciding import letters, outcome
from tests.triage.asking import ask

SECRET = "CANARY, for our eyes only"
TO_CARLA, TO_DIRK = (LetterKind.CUSTOMER_REPLY, CARLA.key), (LetterKind.CUSTOMER_REPLY, DIRK.key)
CASE_TO_ANN, CASE_TO_BO = (LetterKind.CSR_CASE, ANN.key), (LetterKind.CSR_CASE, BO.key)
RECEIPT, HOLD = (LetterKind.CSR_RECEIPT, ANN.key), (LetterKind.HOLD_NOTICE, ANN.key)


def facts(status: Status = Status.OPENED) -> Known:
    carlas = case(status, also=[DIRK], csr=ANN.key)
    return known(carlas, mails=[our_letter(ANN), our_letter(ANN, ""), our_letter(CARLA)], held={CASE_ID: held()})


def handled(one: InboundMail, status: Status = Status.OPENED) -> Decision:
    desk, what_we_know = cast.service(), facts(status)
    reading = ask(one, what_we_know, desk)
    return decide(reading.intents, reading.case, what_we_know, Policy(cast.config(desk), desk), NOW, Ids())


def from_ann(text: str, **changes: object) -> InboundMail:
    return mail(ANN.address, text, in_reply_to=(letter_id(ANN),), **changes)


def on_case(from_: Address, text: str = "Hello", **changes: object) -> InboundMail:
    return mail(from_, text, subject=f"Re: [#{CASE_ID}] A question", **changes)


@pytest.mark.parametrize(
    ("one", "result", "sent"),
    [
        (mail(MALLORY), "opened", [(LetterKind.AUTO_REPLY, MALLORY.key)]),
        (on_case(MALLORY), "opened", [(LetterKind.AUTO_REPLY, MALLORY.key)]),
        (on_case(CARLA), "appended", [CASE_TO_ANN]),
        (on_case(DIRK), "appended", [CASE_TO_ANN]),
        (on_case(ANN.address), "held", [HOLD]),
        (on_case(ROBOT, markers=marked(Mark.AUTO_REPLY)), "opened", []),
        (on_case(CARLA, markers=marked(Mark.OUT_OF_OFFICE)), "automatic", []),
        (mail(CARLA, message_id=letter_id(CARLA)), "loop", []),
        (from_ann("Hello"), "answered", [TO_CARLA, TO_DIRK]),
        (from_ann("#note\nHello"), "noted", [RECEIPT]),
        (from_ann("#close"), "done", [RECEIPT]),
        (from_ann("#close\nHello"), "answered", [TO_CARLA, TO_DIRK, RECEIPT]),
        (from_ann("#close\n#send"), "released", [TO_CARLA, TO_DIRK, RECEIPT]),
        (from_ann("#assign Bo\nHello"), "done", [CASE_TO_BO, RECEIPT]),
        (from_ann("#assign Bo\n#note\nHello"), "noted", [CASE_TO_BO, RECEIPT]),
        (from_ann("#escalate\nHello"), "done", [RECEIPT]),
        (from_ann("#drop"), "done", [RECEIPT]),
        (from_ann("#help"), "done", [RECEIPT]),
        (from_ann("#nonsense"), "refused", [RECEIPT]),
        (from_ann("#close\n#reopen\nHello"), "refused", [RECEIPT]),
        (from_ann(""), "refused", [RECEIPT]),
        (mail(ANN.address, in_reply_to=(letter_id(ANN, ""),)), "refused", [RECEIPT]),
        (from_ann("I am away.", markers=marked(Mark.OUT_OF_OFFICE)), "automatic", []),
        (from_ann("#send", markers=marked(Mark.AUTO_REPLY)), "automatic", []),
    ],
)
def test_every_mail_has_one_outcome_and_its_letters(
    one: InboundMail, result: str, sent: list[tuple[LetterKind, str]]
) -> None:
    decision = handled(one)
    assert (outcome(decision), letters(decision)) == (result, sent)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("other", ["", "#close", "#resolve", "#reopen", "#pending", "#send", "#drop", "#help", "#typo"])
@pytest.mark.parametrize("private", ["#note", "#NOTE: ", "#assign Bo", "#escalate", "#take", "#resolve internal call"])
def test_a_private_text_reaches_no_customer_with_any_command_in_any_status(
    private: str, other: str, status: Status
) -> None:
    for lines in (f"{private}\n{other}", f"{other}\n{private}"):
        decision = handled(from_ann(f"{lines}\n{SECRET}"), status)
        public = [one for one in decision.actions if SECRET in repr(one) and "REPLY" in repr(one)]
        assert not public, lines
        assert TO_CARLA not in letters(decision) or other == "#send"


def test_a_strangers_case_shows_no_byte_of_the_case_that_they_named() -> None:
    sent = [repr(one) for one in handled(on_case(MALLORY)).actions if "Send" in type(one).__name__]
    assert len(sent) == 1 and CASE_ID not in sent[0] and "Carla" not in sent[0]
