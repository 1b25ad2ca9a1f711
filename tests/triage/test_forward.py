"""What a CSR means who passes a mail on: the customer's case, their next mail, or a private note; never an answer."""

from __future__ import annotations

from typing import Any

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case_intents import Assign, SetPriority
from mailticket.domain.facts import KnownMail
from mailticket.domain.intents import AddNote, Answer, Append, Inquire, Refuse, ReleaseHeld
from mailticket.domain.mail import Forwarded
from mailticket.domain.people import BlacklistEntry
from mailticket.triage.question import Reading
from tests import cast
from tests.builders import CASE_ID, case, file, known, letter_id, mail, our_letter, vouched
from tests.cast import ANN, BO, CARLA, DIRK
from tests.triage.asking import ask, only

DESK = cast.service(authserv_ids=("mx.example.com",))
SECRET = "CANARY: he never pays"
QUESTION = "My printer is on fire."


def pass_on(above: str = "", author: Address | None = DIRK, **changes: Any) -> Reading:
    """Ann passes a mail on to the desk; her mail server vouches for her."""
    facts = changes.pop("facts", known(case()))
    message_id = changes.pop("inner_id", "<dirk-1@customer.example>")
    inner = Forwarded(author, "AW: Printer on fire", QUESTION, "", above, message_id)
    keys: dict[str, Any] = {"subject": "FW: Printer on fire", "auth": (vouched(dmarc=(("pass", "example.com"),)),)}
    one = mail(ANN.address, f"{above}\n\nFrom: Dirk\n{QUESTION}", forwarded=inner, **keys | changes)
    return ask(one, facts, DESK, [file("photo.jpg")])


def test_a_forward_opens_a_case_in_the_customers_name() -> None:
    inquiry = only(Inquire, pass_on())
    assert (inquiry.customer, inquiry.subject, inquiry.words.text) == (DIRK, "Printer on fire", QUESTION)
    assert inquiry.message_id == "<dirk-1@customer.example>" and inquiry.words.files == (file("photo.jpg"),)
    assert inquiry.by.csr == ANN.key and inquiry.may_echo


def test_the_forwarders_own_words_are_a_private_note() -> None:
    inquiry, note = pass_on(SECRET).intents
    assert isinstance(inquiry, Inquire) and isinstance(note, AddNote)
    assert note.words.text == SECRET and SECRET not in inquiry.words.text and not note.words.files


def test_commands_above_a_forward_are_done_on_the_new_case() -> None:
    reading = pass_on(f"#assign Bo\n#priority high\n{SECRET}")
    assert [type(one) for one in reading.intents] == [Inquire, Assign, SetPriority] and reading.case is None
    [assign] = [one for one in reading.intents if isinstance(one, Assign)]
    assert (assign.csr, assign.words.text) == (BO.key, SECRET)


def test_customer_names_whose_mail_it_was() -> None:
    inquiry, note = pass_on(f"#customer eve@other.example\n{SECRET}", author=None).intents
    assert isinstance(inquiry, Inquire) and isinstance(note, AddNote)
    assert (inquiry.customer.address, inquiry.words.text) == ("eve@other.example", QUESTION)


@pytest.mark.parametrize(
    ("author", "what"),
    [
        (None, "does not show its sender's address"),
        (Address("", "support@example.com"), "was written by us"),
        (BO.address, "was written by us"),
        (Address("", "spam@bad.example"), "is on the blacklist"),
    ],
)
def test_a_forward_that_names_no_customer_is_refused(author: Address | None, what: str) -> None:
    listed = known(case(), blacklist=(BlacklistEntry("*@bad.example", "", "Ann"),))
    refused = only(Refuse, pass_on(author=author, facts=listed))
    assert what in refused.what and QUESTION in refused.asked


@pytest.mark.parametrize("line", ["#asign Bo", "#assign Nobody Such", "#priority soon"])
def test_a_wrong_command_above_a_forward_opens_nothing(line: str) -> None:
    reading = pass_on(line)
    assert only(Refuse, reading).asked.startswith(line) and reading.case is None


def test_a_participants_mail_is_appended_to_their_case() -> None:
    reading = pass_on(SECRET, author=CARLA, subject=f"FW: [#{CASE_ID}] A question")
    append, note = reading.intents
    assert isinstance(append, Append) and isinstance(note, AddNote)
    assert (append.author, append.words.text, note.words.text) == (CARLA, QUESTION, SECRET)
    assert reading.case == case()


@pytest.mark.parametrize("author", [DIRK, Address("", "support@example.com"), None])
@pytest.mark.parametrize("above", ["", SECRET, f"#close\n{SECRET}"])
def test_any_other_mail_that_is_passed_on_to_a_case_is_a_private_note(author: Address | None, above: str) -> None:
    facts = known(case(), mails=[our_letter(ANN)])
    reading = pass_on(above, author=author, facts=facts, in_reply_to=(letter_id(ANN),))
    notes = [one for one in reading.intents if isinstance(one, AddNote)]
    assert len(notes) == 1 and QUESTION in notes[0].words.text
    assert not any(isinstance(one, Answer | ReleaseHeld | Inquire | Append) for one in reading.intents)


def test_an_inner_mail_that_we_know_already_gives_the_forward_its_own_id() -> None:
    theirs = KnownMail("<dirk-1@customer.example>", "", is_ours=False)
    inquiry = only(Inquire, pass_on(facts=known(mails=[theirs])))
    assert inquiry.message_id != "<dirk-1@customer.example>"


def test_who_may_write_as_a_customer_still_passes_customers_mails_on() -> None:
    as_customer = cast.service(authserv_ids=("mx.example.com",), csr_as_customer=True)
    one = mail(
        ANN.address,
        "FYI",
        forwarded=Forwarded(DIRK, "Printer", QUESTION),
        auth=(vouched(dmarc=(("pass", "example.com"),)),),
    )
    assert only(Inquire, ask(one, known(), as_customer)).customer == DIRK
