"""From the customer's mail to the answer, and what must never happen on the way."""

from __future__ import annotations

import re
from email.message import EmailMessage

from tests.road.desk import ANN, CARLA, DIRK, MALLORY, Desk, as_outlook
from tests.servers.smtp_sink import Received

CARLA_ADDRESS = "carla@customer.example"
QUESTION = "Our printer catches fire whenever we print invoices. What should we do?"
ANSWER = "Please pull the plug first.\n\nThen send us the serial number."
#: What stands in a CSR's mail and must never reach a customer.
CONTROLS = re.compile(
    r"reply above|#note|#assign|#close|1st level|2nd level|why you|ann@example\.com|bo@example\.com", re.I
)


def opened(desk: Desk, from_: str = CARLA, text: str = QUESTION, subject: str = "Printer on fire") -> Received:
    """A new inquiry on its way through; the CSR's mail about it."""
    before = len(csr_mails(desk))
    desk.arrive(desk.mail(from_, subject, text))
    desk.wait(lambda: len(csr_mails(desk)) > before, 10, "the CSR's mail")
    return csr_mails(desk)[-1]


def csr_mails(desk: Desk) -> list[Received]:
    return [one for one in desk.sink.mails if one.recipient.endswith("@example.com")]


def customer_mails(desk: Desk, address: str = CARLA_ADDRESS) -> list[Received]:
    return desk.sink.to(address)


def answer(desk: Desk, notice: Received, text: str = ANSWER) -> Received:
    """The CSR answers from Outlook; the customer's newest mail that is no acknowledgement, which may come later."""

    def answers() -> list[Received]:
        return [one for one in customer_mails(desk) if not one.message["Auto-Submitted"]]

    before = len(answers())
    desk.arrive(as_outlook(notice, notice.recipient, text))
    desk.wait(lambda: len(answers()) > before, 10, "the customer's answer")
    return answers()[-1]


def case_id(mail: Received) -> str:
    found = re.search(r"\[#([0-9A-Z]{4}-[0-9A-Z]{4})\]", mail.subject)
    assert found, mail.subject
    return found[1]


def test_a_new_inquiry_is_acknowledged_and_mailed_to_a_csr_at_once(desk: Desk) -> None:
    notice = opened(desk)
    ack = desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    assert case_id(ack) == case_id(notice) == desk.case()["id"]
    assert notice.recipient == ANN
    assert QUESTION in notice.text and CARLA_ADDRESS in notice.text
    assert QUESTION not in ack.text
    assert ack.message["Auto-Submitted"] == "auto-replied" and ack.envelope_from == ""


def test_the_csrs_outlook_reply_becomes_the_customers_answer(desk: Desk) -> None:
    sent = answer(desk, opened(desk))
    assert sent.message["From"] == "Example Support <support@example.com>"
    text = sent.text
    assert "Hello Carla," in text and "Kind regards,\nAnn Archer" in text.replace("\r\n", "\n")
    assert "Please pull the plug first." in text and "Then send us the serial number." in text
    assert QUESTION in text
    assert not CONTROLS.search(sent.data.decode("utf-8")), CONTROLS.search(sent.data.decode("utf-8"))
    assert desk.case()["status"] == "opened"


def test_the_customers_next_mail_goes_to_the_same_csr_in_the_same_conversation(desk: Desk) -> None:
    notice = opened(desk)
    opened(desk, from_=DIRK, text="Where is my parcel?", subject="Parcel")
    sent = answer(desk, notice)
    before = len(csr_mails(desk))
    desk.arrive(as_outlook(sent, CARLA, "The serial number is 4711."))
    desk.wait(lambda: len(csr_mails(desk)) > before, 10, "the CSR's second mail")
    again = csr_mails(desk)[-1]
    assert again.recipient == notice.recipient == ANN
    assert again.subject == notice.subject
    assert str(again.message["References"]).split()[0] == str(notice.message["References"]).split()[0]
    assert "The serial number is 4711." in again.text
    assert [one["kind"] for one in desk.case()["entries"] if one["kind"] != "event"] == [
        "customer_mail",
        "reply",
        "customer_mail",
    ]


def test_letters_to_a_customer_answer_their_own_mail(desk: Desk) -> None:
    inquiry = desk.mail(CARLA, "Printer on fire", QUESTION)
    desk.arrive(inquiry)
    ack = desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    sent = answer(desk, desk.sink.wait_for_mail(to=ANN))
    for letter in (ack, sent):
        assert letter.message["In-Reply-To"] == inquiry["Message-ID"]
        assert letter.subject.startswith("Re: [#")


def test_a_stranger_who_knows_a_case_id_gets_a_case_of_their_own(desk: Desk) -> None:
    notice = opened(desk)
    first = case_id(notice)
    strangers = opened(desk, from_=MALLORY, text="Tell me more about it.", subject=f"Re: [#{first}] Printer on fire")
    assert case_id(strangers) != first
    assert first in strangers.text
    to_mallory = desk.sink.wait_for_mail(to="mallory@elsewhere.example")
    assert first not in to_mallory.data.decode() and QUESTION not in to_mallory.text
    assert len([one for one in desk.case()["entries"] if one["kind"] != "event"]) == 1


def test_a_spoofed_csr_sends_nothing_to_the_customer(desk: Desk) -> None:
    first = case_id(opened(desk))
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    spoof = desk.mail(f"Ann Archer <{ANN}>", f"Re: [#{first}] Printer on fire", "Please pay to this account.")
    desk.arrive(spoof)
    notice = desk.sink.wait_for_mail(to=ANN, subject_contains="", timeout=10)
    desk.settled(2)
    held = [one for one in desk.case()["entries"] if one["kind"] == "reply"]
    assert len(held) == 1
    assert len(customer_mails(desk)) == 1
    assert "pay to this account" not in customer_mails(desk)[0].text
    desk.wait(lambda: len(csr_mails(desk)) == 2, 10, "the mail that asks Ann whether it was hers")
    asking = csr_mails(desk)[-1]
    assert "pay to this account" in asking.text and asking.recipient == ANN != notice.envelope_from


def test_the_csr_releases_a_held_answer_with_send(desk: Desk) -> None:
    first = case_id(opened(desk))
    desk.arrive(desk.mail(f"Ann Archer <{ANN}>", f"Re: [#{first}] Printer on fire", "Please pull the plug."))
    desk.wait(lambda: len(csr_mails(desk)) == 2, 10, "the hold notice")
    sent = answer(desk, csr_mails(desk)[-1], "#send")
    assert "Please pull the plug." in sent.text and "#send" not in sent.text


def test_what_the_own_mail_server_vouches_for_is_sent(desk: Desk) -> None:
    first = case_id(opened(desk))
    vouched = EmailMessage()
    vouched["Authentication-Results"] = "mx.example.com; dmarc=pass header.from=example.com"
    plain = desk.mail(f"Ann Archer <{ANN}>", f"Re: [#{first}] Printer on fire", "Please pull the plug.")
    for name, value in plain.items():
        if name not in vouched:
            vouched[name] = value
    vouched.set_payload(plain.get_payload())
    desk.arrive(vouched)
    desk.wait(lambda: len(customer_mails(desk)) == 2, 10, "the answer")
    assert "Please pull the plug." in customer_mails(desk)[-1].text


def test_an_out_of_office_answers_nobody_and_reopens_nothing(desk: Desk) -> None:
    notice = opened(desk)
    sent = answer(desk, notice, "#close\n\nIt is mended.")
    away = as_outlook(sent, CARLA, "I am out of the office until Monday.")
    away["Auto-Submitted"] = "auto-replied"
    desk.arrive(away)
    inbox = desk.settled(3)
    assert inbox[-1]["outcome"] == "automatic"
    assert desk.case()["status"] == "closed"
    assert len(customer_mails(desk)) == 2


def test_a_csrs_out_of_office_is_never_passed_on_and_makes_them_away(desk: Desk) -> None:
    notice = opened(desk)
    away = as_outlook(notice, ANN, "I am on holiday until the 20th.")
    away.replace_header("Subject", "Automatic reply: " + notice.subject)
    away["Auto-Submitted"] = "auto-replied"
    away["X-Auto-Response-Suppress"] = "All"
    desk.arrive(away)
    desk.settled(2)
    assert len(customer_mails(desk)) == 1
    assert opened(desk, from_=DIRK, text="Where is my parcel?", subject="Parcel").recipient == "bo@example.com"


def test_the_same_mail_twice_is_one_case(desk: Desk) -> None:
    inquiry = desk.mail(CARLA, "Printer on fire", QUESTION)
    desk.arrive(inquiry)
    desk.arrive(inquiry)
    inbox = desk.settled(2)
    assert [one["outcome"] for one in inbox] == ["opened", "duplicate"]
    assert len(desk.ask("case", "list")) == 1
    desk.sink.wait_for(2)
    assert len(customer_mails(desk)) == 1


def test_one_message_id_with_two_contents_is_two_cases(desk: Desk) -> None:
    one, two = desk.mail(CARLA, "Parcel 1", "Where is it?"), desk.mail(CARLA, "Parcel 2", "And this one?")
    two.replace_header("Message-ID", str(one["Message-ID"]))
    desk.arrive(one)
    desk.arrive(two)
    assert [mail["outcome"] for mail in desk.settled(2)] == ["opened", "opened"]


def test_a_note_stays_in_the_house(desk: Desk) -> None:
    notice = opened(desk)
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    desk.arrive(as_outlook(notice, ANN, "#note\nThis customer never pays."))
    desk.settled(2)
    sent = answer(desk, notice)
    assert "never pays" not in sent.data.decode()
    assert "never pays" in str(desk.case()["entries"])


def test_mail_that_is_done_is_moved_on_the_server(desk: Desk) -> None:
    opened(desk)
    desk.wait(lambda: not desk.dovecot.mails(desk.user), 10, "an empty INBOX")
    assert len(desk.dovecot.mails(desk.user, "Processed")) == 1


def test_mail_from_before_the_first_start_is_kept_silently(idle_desk: Desk) -> None:
    idle_desk.arrive(idle_desk.mail(CARLA, "An old story", "Long ago."))
    idle_desk.start()
    inbox = idle_desk.settled(1)
    assert inbox[0]["outcome"] == "imported"
    opened(idle_desk)
    assert idle_desk.case(0)["status"] == "closed" and idle_desk.case(0)["channel"] == "import"
    assert len(customer_mails(idle_desk)) == 1
