"""What CSRs, other people and the world do to a case on the running desk."""

from __future__ import annotations

import base64
import signal
from email.message import EmailMessage

from tests.road.desk import ANN, BO, CARLA, EVE, MALLORY, Desk, as_outlook
from tests.road.test_road import CARLA_ADDRESS, answer, case_id, csr_mails, customer_mails, opened
from tests.servers.smtp_sink import Received

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def command(desk: Desk, notice: Received, text: str) -> None:
    """The CSR's mail with a command has had its effect."""
    done = len([one for one in desk.ask("inbox", "list") if one["outcome"]])
    desk.arrive(as_outlook(notice, notice.recipient, text))
    desk.settled(done + 1)


def test_a_case_is_assigned_with_a_private_text_by_mail(desk: Desk) -> None:
    notice = opened(desk)
    command(desk, notice, "#assign Bo Baker\nHe shouts on the phone.")
    passed = desk.sink.wait_for_mail(to=BO)
    assert passed.text.index("He shouts on the phone.") < passed.text.index("Our printer catches fire")
    assert desk.case()["csr"] == BO
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    assert len(customer_mails(desk)) == 1


def test_a_case_is_escalated_to_the_second_level(desk: Desk) -> None:
    command(desk, opened(desk), "#escalate\nBeyond me.")
    assert "Beyond me." in desk.sink.wait_for_mail(to=EVE).text
    assert (desk.case()["status"], desk.case()["csr"]) == ("escalated", EVE)


def test_a_closed_case_takes_a_last_answer_and_reopens_when_the_customer_writes(desk: Desk) -> None:
    sent = answer(desk, opened(desk), "#close\nIt is mended now.")
    assert "It is mended now." in sent.text and "#close" not in sent.data.decode()
    assert desk.case()["status"] == "closed"
    before = len(csr_mails(desk))
    desk.arrive(as_outlook(sent, CARLA, "It burns again!"))
    desk.wait(lambda: len(csr_mails(desk)) > before, 10, "the CSR's mail")
    assert desk.case()["status"] == "reopened"


def test_an_unknown_command_sends_nothing_and_names_the_nearest(desk: Desk) -> None:
    notice = opened(desk)
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    command(desk, notice, "#clsoe\nIt is mended now.")
    desk.wait(lambda: len(csr_mails(desk)) == 2, 10, "the receipt")
    receipt = csr_mails(desk)[-1]
    assert "#clsoe" in receipt.text and "#close" in receipt.text and "It is mended now." in receipt.text
    assert len(customer_mails(desk)) == 1 and desk.case()["status"] == "new"


def test_files_go_both_ways_and_pictures_stay_in_the_text(desk: Desk) -> None:
    inquiry = desk.mail(CARLA, "Broken", "See the picture.")
    inquiry.add_alternative('<p>See <b>the picture</b>: <img src="cid:pic"></p>', subtype="html")
    inquiry.get_payload()[1].add_related(PICTURE, "image", "png", cid="<pic>")  # type: ignore[union-attr,index]
    inquiry.add_attachment(b"%PDF-1.4 invoice", maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    desk.arrive(inquiry)
    notice = desk.sink.wait_for_mail(to=ANN)
    names = [part.get_filename() for part in notice.message.walk() if part.get_filename()]
    assert "Rechnung März.pdf" in notice.text or any("Rechnung" in str(name) for name in names)
    pictures = [part for part in notice.message.walk() if part.get_content_type() == "image/png"]
    assert pictures and pictures[0].get_payload(decode=True) == PICTURE
    assert f"cid:{pictures[0]['Content-ID'].strip('<>')}" in notice.text
    reply = as_outlook(notice, ANN, "Here is the manual.")
    reply.add_attachment(b"the manual", maintype="application", subtype="pdf", filename="manual.pdf")
    desk.arrive(reply)
    desk.wait(lambda: len(customer_mails(desk)) == 2, 10, "the answer")
    files = {part.get_filename(): part.get_payload(decode=True) for part in customer_mails(desk)[-1].message.walk()}
    assert files["manual.pdf"] == b"the manual"


def test_people_in_cc_are_answered_along_and_the_customer_is_not_swapped(desk: Desk) -> None:
    inquiry = desk.mail(CARLA, "Contract", "Please look at it.", Cc="Paul <paul@customer.example>")
    desk.arrive(inquiry)
    answer(desk, desk.sink.wait_for_mail(to=ANN), "It is fine.")
    copy = desk.sink.wait_for_mail(to="paul@customer.example")
    assert "It is fine." in copy.text and copy.message["Cc"] is None
    desk.arrive(as_outlook(copy, "Paul <paul@customer.example>", "Thank you both. One more question?"))
    desk.settled(3)
    assert desk.case()["customer"]["address"] == CARLA_ADDRESS
    assert len([one for one in desk.case()["entries"] if one["kind"] == "customer_mail"]) == 2


def test_blacklisted_mail_is_deleted_from_the_server_and_answered_by_nobody(desk: Desk) -> None:
    desk.ask("blacklist", "add", "*@elsewhere.example")
    desk.arrive(desk.mail(MALLORY, "Cheap pills", "Buy now"))
    assert desk.settled(1)[0]["outcome"] == "rejected"
    desk.wait(lambda: not desk.dovecot.mails(desk.user), 10, "an empty INBOX")
    assert not desk.dovecot.mails(desk.user, "Processed")
    assert not desk.ask("case", "list") and not desk.sink.mails


def test_a_bounce_lands_on_its_case_and_with_its_csr(desk: Desk) -> None:
    sent = answer(desk, opened(desk))
    bounce = EmailMessage()
    bounce["From"], bounce["To"] = "MAILER-DAEMON@mx.example.com", "support@example.com"
    bounce["Subject"], bounce["Message-ID"] = "Undelivered Mail Returned to Sender", "<b1@mx.example.com>"
    bounce["Return-Path"], bounce["Auto-Submitted"] = "<>", "auto-replied"
    report = (
        "Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; carla@customer.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n"
    )
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{report}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {sent.message['Message-ID']}\r\n\r\n--b--\r\n"
    )
    raw = bounce.as_bytes().rstrip(b"\n") + (
        b'\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        + body.replace("\r\n", "\n").encode()
    )
    desk.dovecot.deliver(desk.user, raw)
    assert desk.settled(3)[-1]["outcome"] == "bounce"
    desk.wait(lambda: len(csr_mails(desk)) == 2, 10, "the bounce notice")
    assert "5.1.1" in csr_mails(desk)[-1].text
    assert len(customer_mails(desk)) == 2
    assert "came back" in str(desk.ask("explain", str(sent.message["Message-ID"])))


def test_a_refused_recipient_ends_on_the_case_and_a_greylisted_one_is_tried_again(desk: Desk) -> None:
    desk.sink.answer("rcpt", "550 5.1.1 No such user", times=2, recipient=CARLA_ADDRESS)
    notice = opened(desk)
    desk.arrive(as_outlook(notice, ANN, "Hello?"))
    desk.wait(lambda: len(csr_mails(desk)) >= 2, 10, "the bounce notice")
    assert "No such user" in "".join(one.text for one in csr_mails(desk)[1:])
    states = {one["letter"]: one["state"] for one in desk.ask("outbox", "list")}
    assert states["customer_reply"] == states["auto_reply"] == "failed"


def test_everything_about_a_case_can_be_explained(desk: Desk) -> None:
    notice = opened(desk)
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    told = str(desk.ask("explain", case_id(notice)))
    assert "opened" in told and "fewest open cases" in told and "csr_case" in told
    mail = desk.settled(1)[0]["message_id"]
    assert "new inquiry" in str(desk.ask("explain", mail))


def test_a_changed_config_is_taken_up_and_a_bad_one_is_not(desk: Desk) -> None:
    desk.write_config(service='pol = "5m"')
    desk.hang_up()
    desk.wait(lambda: "not reloaded" in desk.log, 10, "the refusal")
    assert 'did you mean "poll"' in desk.log
    desk.write_config(sections='  [service.letters]\n  greeting = "Dear {{ customer.name }},"')
    desk.hang_up()
    desk.wait(lambda: "was reloaded" in desk.log, 10, "the reload")
    sent = answer(desk, opened(desk))
    assert "Dear Carla Customer," in sent.text


def test_sigterm_stops_the_daemon_cleanly(desk: Desk) -> None:
    opened(desk)
    assert desk.stop(signal.SIGTERM) == 0
    assert "Traceback" not in desk.log


def test_one_pass_handles_the_whole_mailbox_and_exits(idle_desk: Desk) -> None:
    idle_desk.write_config(service='first_run = "process"')
    for number in range(3):
        idle_desk.arrive(idle_desk.mail(CARLA, f"Question {number}", "How?"))
    idle_desk.run("run", "--once")
    idle_desk.sink.wait_for(6)
    assert len(idle_desk.ask("case", "list")) == 3
    assert not idle_desk.dovecot.mails(idle_desk.user)


def test_shadow_sends_and_changes_nothing_and_says_what_it_would_do(idle_desk: Desk) -> None:
    idle_desk.arrive(idle_desk.mail(CARLA, "Printer on fire", "What now?"))
    idle_desk.write_config()
    told = idle_desk.run("run", "--shadow")
    assert "would send auto_reply to carla@customer.example" in told
    assert "would send csr_case to ann@example.com" in told
    assert not idle_desk.sink.mails and len(idle_desk.dovecot.mails(idle_desk.user)) == 1
    assert not (idle_desk.folder / "data").exists()


def test_the_road_is_the_same_on_postgresql(idle_desk: Desk, postgres_url: str) -> None:
    idle_desk.database = postgres_url
    idle_desk.start()
    sent = answer(idle_desk, opened(idle_desk))
    assert "Please pull the plug first." in sent.text
    assert idle_desk.stop() == 0
