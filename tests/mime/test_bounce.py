"""Whom our mail did not reach, for good or for now, and which mail it was."""

from __future__ import annotations

import email
import logging
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.domain.mail import Bounce
from mailticket.mime import bounce, headers, parse
from mailticket.mime.octets import structure
from tests.mime.growth import is_linear
from tests.mime.invariants import broken_by
from tests.mime.reports import (
    DELAYED,
    EXCHANGE,
    EXIM,
    FULL_MAILBOX,
    GATEWAY,
    GMAIL,
    IN_TEXT,
    POSTFIX,
    POSTFIX_TEXT,
    QMAIL,
    REJECTED,
    SENDMAIL,
    SUCCESS,
    TWO,
)

OURS = "<letter.1@example.com>"


def read(raw: str) -> Bounce | None:
    message = email.message_from_string(raw)
    part = next((one for one in message.walk() if one.get_content_type() == "text/plain"), message)
    return bounce.read(message, headers.read(raw.encode()), str(part.get_payload()))


def summary(found: Bounce | None) -> list[tuple[str, bool, str]]:
    return [(one.address, one.permanent, one.status) for one in found.recipients] if found else []


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (POSTFIX, [("carla@customer.example", True, "5.1.1")]),
        (DELAYED, [("carla@customer.example", False, "4.4.1")]),
        (FULL_MAILBOX, [("carla@customer.example", True, "4.2.2")]),
        (TWO, [("carla@customer.example", True, "5.1.1"), ("dirk@other.example", False, "4.4.1")]),
        (QMAIL, [("carla@customer.example", True, "5.1.1")]),
        (EXIM, [("carla@customer.example", True, "")]),
        (GMAIL, [("carla@customer.example", True, "5.1.1")]),
        (EXCHANGE, [("carla@customer.example", True, "5.1.10")]),
        (SENDMAIL, [("carla@customer.example", True, "5.1.1")]),
        (POSTFIX_TEXT, [("carla@customer.example", True, "5.1.1")]),
        (GATEWAY, [("carla@customer.example", True, "")]),
        (REJECTED, [("carla@customer.example", True, "")]),
        (IN_TEXT, [("carla@customer.example", True, "5.1.1"), ("dirk@other.example", False, "4.4.1")]),
    ],
    ids=[
        "postfix",
        "delayed",
        "full mailbox",
        "two",
        "qmail",
        "exim",
        "gmail",
        "exchange",
        "sendmail",
        "postfix text",
        "gateway",
        "rejected",
        "in text",
    ],
)
def test_the_failed_recipients_are_found(report: str, expected: list[tuple[str, bool, str]]) -> None:
    assert summary(read(report)) == expected


@pytest.mark.parametrize(
    "report", [POSTFIX, DELAYED, QMAIL, EXIM, GMAIL, EXCHANGE, SENDMAIL, POSTFIX_TEXT, IN_TEXT, REJECTED]
)
def test_the_mail_that_bounced_is_found(report: str) -> None:
    found = read(report)
    assert found is not None and found.original_message_id == OURS


def test_the_servers_words_are_the_reason() -> None:
    found = read(POSTFIX)
    assert found is not None and found.recipients[0].reason == "550 5.1.1 <carla@customer.example>: no such user"


def test_the_other_servers_code_counts_where_the_reports_says_nothing() -> None:
    assert summary(read(POSTFIX.replace("Status: 5.1.1", "Status: 5.0.0"))) == [
        ("carla@customer.example", True, "5.1.1")
    ]


def test_the_sender_in_the_returned_mail_is_no_failed_recipient() -> None:
    report = (
        "From: mailer-daemon@mail.zoho.example\nSubject: Undelivered Mail Returned to Sender\n\n"
        "This message was created automatically by mail delivery software.\n"
        "A message that you sent could not be delivered to one or more of its recipients.\n\n"
        "carla@customer.example Invalid Address, ERROR_CODE :550\n\nReceived:from mail by mx.example\n"
        f"Message-ID:{OURS}\nFrom: ann@example.com\nTo:<carla@customer.example>\n"
    )
    assert [address for address, _, _ in summary(read(report))] == ["carla@customer.example"]


def test_the_address_that_we_wrote_to_counts_where_their_server_forwards() -> None:
    forwarded = POSTFIX.replace(
        "Final-Recipient: rfc822; carla@customer.example",
        "Original-Recipient: rfc822;carla@customer.example\nFinal-Recipient: rfc822; c123@private.example",
    )
    assert summary(read(forwarded)) == [("carla@customer.example", True, "5.1.1")]


def test_whom_the_returned_mail_was_to_counts_where_the_report_was_lost() -> None:
    lost = re.sub(r"Final-Recipient:.*?(?=--b1)", "", POSTFIX, flags=re.DOTALL).replace("<carla@customer.example>", "x")
    assert summary(read(lost)) == [("carla@customer.example", True, "")]


def test_a_list_that_does_not_know_us_has_not_taken_our_mail() -> None:
    report = (
        "From: list-admin@list.example\nTo: support@example.com\nX-MLServer: fml [fml 4.0.3]\n"
        f"References: {OURS}\nSubject: You support@example.com are not member (list ML)\n\n"
        "You are not a member of this mailing list <list@list.example>.\n\nSend guide to\n\n\tlist-ctl@list.example\n"
    )
    assert summary(read(report)) == [("list@list.example", True, "")]


def test_a_report_of_success_is_no_bounce() -> None:
    assert read(SUCCESS) is None


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_receipts_and_complaints_are_no_bounces(kind: str) -> None:
    assert read(POSTFIX.replace("report-type=delivery-status", f"report-type={kind}")) is None


@pytest.mark.parametrize(
    "fields",
    [
        "Subject: Automatic reply: Your case\n",
        "Subject: Out of office\nAuto-Submitted: auto-replied (vacation)\n",
    ],
)
def test_an_absence_note_from_a_null_sender_is_no_bounce(fields: str) -> None:
    text = "I am out of the office. If I could not be reached, write to bob@customer.example."
    sender = "Return-Path: <>\nFrom: carla@customer.example\nTo: support@example.com\n"
    assert read(f"{sender}{fields}\n{text}\n") is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Undelivered Mail Returned to Sender",
            "What does this mean? I wrote to bob@x.example, it failed: 550 5.1.1 unknown user",
        ),
        (
            "Delivery failed",
            "My parcel was not delivered. Please send it to carla@customer.example, user unknown to the courier.",
        ),
        ("Re: Mail delivery failed", QMAIL),
        (
            "Mailbox full",
            "My mailbox is full, what can I do? carla@customer.example\n\n-----Original Message-----\nFrom: a",
        ),
    ],
)
def test_a_customer_who_writes_about_a_bounce_is_a_customer(subject: str, text: str) -> None:
    fields = "From: Carla <carla@customer.example>\nTo: support@example.com\nIn-Reply-To: <1@x.example>\n"
    assert read(f"{fields}Subject: {subject}\n\n{text}\n") is None
    assert read(f"From: Carla <carla@customer.example>\nX-Mailer: Outlook 16\nSubject: {subject}\n\n{text}\n") is None


def test_a_customer_who_forwards_a_bounce_as_a_file_is_a_customer() -> None:
    fields = (
        'From: Carla <carla@customer.example>\nSubject: Fwd: strange mail\nContent-Type: multipart/mixed; boundary="m"'
    )
    parts = f"--m\nContent-Type: text/plain\n\nWhat is this?\n\n--m\nContent-Type: message/rfc822\n\n{POSTFIX}\n--m--\n"
    assert read(f"{fields}\n\n{parts}") is None


def test_a_postmaster_who_asks_something_is_a_person() -> None:
    fields = "From: Bob <postmaster@x.example>\nUser-Agent: Thunderbird\nTo: support@example.com\nSubject: Licence\n"
    text = "The installation failed. Please call me.\n\nBob\nbob@x.example\n"
    assert read(f"{fields}\n{text}") is None


def test_an_acknowledgement_from_a_null_sender_is_no_bounce() -> None:
    fields = (
        "Return-Path: <>\nFrom: Help <help@shop.example>\nSubject: We got your mail\nAuto-Submitted: auto-replied\n"
    )
    assert (
        read(f"{fields}To: support@example.com\n\nThank you. We answer within a day. Write to boss@shop.example.\n")
        is None
    )


def test_a_report_without_from_is_read() -> None:
    assert summary(read(POSTFIX.replace("From: MAILER-DAEMON@mx.example (Mail Delivery System)\n", ""))) != []


def test_a_person_who_quotes_a_gateways_words_is_a_customer() -> None:
    text = GATEWAY.partition("\n\n")[2]
    fields = "From: Carla <carla@customer.example>\nTo: support@example.com\nSubject: Delivery failure\n"
    assert read(f"{fields}\nHello,\n\nwhat does this mean? {'I do not understand it. ' * 30}\n\n{text}") is None
    assert read(f"{fields}User-Agent: Thunderbird\n\n{text}") is None


@pytest.mark.parametrize("report", [QMAIL, POSTFIX.replace("From: ", "From: <@,\x00> "), GATEWAY])
def test_reading_a_report_logs_nothing(report: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        read(report)
    assert caplog.records == []


def test_a_report_whose_boundary_is_broken_is_read_as_text() -> None:
    assert summary(read(POSTFIX.replace('boundary="b1"', 'boundary="other"')))[0][0] == "carla@customer.example"


@pytest.mark.parametrize(
    "piece",
    [
        "a@b.c ",
        "<",
        "550 ",
        "user ",
        "-" * 50,
        "Action: failed\n",
        "x@",
        "received: from ",
        "\n",
        "https://",
        "Final-Recipient: a@b.c\n\n",
        "your message to ",
    ],
)
def test_time_grows_with_the_report_and_no_faster(piece: str) -> None:
    def work(text: str) -> None:
        raw = f"From: MAILER-DAEMON@x.example\nSubject: failure notice {text[:500]}\n\n{text}"
        for one in (raw, POSTFIX.replace("Status:", f"X: {text}\nStatus:")):
            report, _defects = structure.tree(one.encode())
            bounce.read(report, headers.HeaderView(report), text)

    assert is_linear(work, piece)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from([POSTFIX, QMAIL, EXCHANGE]), st.integers(0, 400))
def test_nothing_raises_and_every_bounce_says_something(piece: str, report: str, at: int) -> None:
    raw = (report[:at] + piece + report[at:]).encode("utf-8", "replace").decode("utf-8")
    found = read(raw)
    assert found is None or found.recipients or found.original_message_id


@pytest.mark.parametrize("charset", ["charset*=us-ascii''us-ascii", "charset=idna", "charset=punycode", "charset=zlib"])
def test_a_report_in_a_charset_that_is_none_is_read_all_the_same(charset: str) -> None:
    raw = QMAIL.replace("Subject: failure notice\n", f"Subject: failure notice\nContent-Type: text/plain; {charset}\n")
    mail = parse.parse(raw.encode().replace(b"no mailbox here", b"no m\xe4ilbox here"))
    assert summary(mail.bounce) == [("carla@customer.example", True, "5.1.1")] and mail.defects == ()


@pytest.mark.parametrize(
    "raw",
    [
        # flufl.bounce reads the octets themselves.
        b"From: MAILER-DAEMON@mx.example\nSubject: Mail not delivered\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\n\nMail delivery failed.\n\nThe following recipients did not receive this message:\n\n"
        b"<ca\0rla@exa\0mple.com>\n\n--b--\n",
        b'From: x@sns.amazonaws.com\n\n{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress":'
        b'"ca\\u0000rla@x.example", "diagnosticCode": "\\ud800\\u0000"}]}}\n',
        b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: text/rfc822-headers\n\nMessage-ID: <a\0b@x>\n--b--\n",
    ],
)
def test_no_control_of_a_report_is_kept(raw: bytes) -> None:
    mail = parse.parse(raw)
    assert mail.bounce is not None and broken_by(mail) == []
