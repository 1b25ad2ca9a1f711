"""Delivery reports as mail servers write them, about our letter <letter.1@example.com> to Carla."""

from __future__ import annotations

_RETURNED = (
    "From: Example Support <support@example.com>\nTo: carla@customer.example\n"
    "Message-ID: <letter.1@example.com>\nSubject: x\n"
)


def _report(*recipients: str, subject: str = "Undelivered Mail Returned to Sender") -> str:
    blocks = "\n".join(recipients)
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: support@example.com\n"
        f"Subject: {subject}\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\n\n'
        "--b1\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.\n\n"
        "<carla@customer.example>: 550 5.1.1 no such user\n\n"
        f"--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{blocks}\n"
        f"--b1\nContent-Type: message/rfc822\n\n{_RETURNED}\nHello Carla\n--b1--\n"
    )


def _recipient(address: str, action: str, status: str, said: str) -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"


_GONE = _recipient("carla@customer.example", "failed", "5.1.1", "550 5.1.1 <carla@customer.example>: no such user")
_LATE = _recipient("dirk@other.example", "delayed", "4.4.1", "connection timed out")
POSTFIX = _report(_GONE)
TWO = _report(_GONE, _LATE)
DELAYED = _report(
    _LATE.replace("dirk@other.example", "carla@customer.example"), subject="Delayed Mail (still being retried)"
)
FULL_MAILBOX = _report(_recipient("carla@customer.example", "failed", "4.2.2", "452 4.2.2 mailbox full, giving up"))
SUCCESS = _report(
    _recipient("carla@customer.example", "delivered", "2.0.0", "250 ok"), subject="Successful Mail Delivery Report"
)

QMAIL = (
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: support@example.com\nSubject: failure notice\n\n"
    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the "
    "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    "<carla@customer.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
    f"--- Below this line is a copy of the message.\n\nReturn-Path: <support@example.com>\n{_RETURNED}\nHello\n"
)
EXIM = (
    "Return-Path: <>\nX-Failed-Recipients: carla@customer.example\n"
    "From: Mail Delivery System <Mailer-Daemon@mx.example>\n"
    "To: support@example.com\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created "
    "automatically by mail delivery software.\n\n  carla@customer.example\n    Unrouteable address\n\n"
    f"------ This is a copy of the message, including all the headers. ------\n\n{_RETURNED}\nHello\n"
)
GMAIL = (
    "Return-Path: <>\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: support@example.com\n"
    "Subject: Delivery Status Notification (Failure)\n\nDelivery to the following recipient failed permanently:\n\n"
    "     carla@customer.example\n\nTechnical details of permanent failure: \nThe error that the other server returned "
    "was:\n550 5.1.1 unknown user\n\n"
    f"----- Original message -----\n\n{_RETURNED}\nHello\n"
)
EXCHANGE = (
    "Return-Path: <>\nFrom: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@customer.example>\n"
    "To: support@example.com\nSubject: Undeliverable: x\nAuto-Submitted: auto-replied\n"
    "In-Reply-To: <letter.1@example.com>\n\n"
    "Your message couldn't be delivered.\n\ncarla@customer.example\nRemote Server returned '550 5.1.10 "
    "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'\n\nOriginal message headers:\n\n"
    "Received: from mx.example (10.0.0.1) by ex.customer.example\n"
)
SENDMAIL = (
    "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\nTo: support@example.com\n"
    "Subject: Returned mail: see transcript for details\n\n   ----- The following addresses had permanent fatal errors "
    "-----\n<carla@customer.example>\n    (reason: 550 5.1.1 User unknown)\n\n"
    f"   ----- Unsent message follows -----\n\n{_RETURNED}\nHello\n"
)
POSTFIX_TEXT = (
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: support@example.com\n"
    "Subject: Undelivered Mail Returned to Sender\n\nThis is the mail system at host mx.example.\n\n"
    "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n"
    "<carla@customer.example>: host mx.customer.example[10.0.0.1] said: 550 5.1.1\n"
    f"    <carla@customer.example>: Recipient address rejected\n\n"
    f"------ returned message ------\n\n{_RETURNED}\nHello\n"
)


#: A gateway that is no mail system by name, and a report that only says so in words.
GATEWAY = """\
From: Scan_Gateway@customer.example
To: support@example.com
Subject: Delivery failure notification

Your message with Subject: Re: [#7F3K-9QXM] Printer on fire
could not be delivered to the following recipients:

carla@customer.example

Please do not resend your original message.
"""

#: Sieve's reject (RFC 5429), as Dovecot sends it: a read receipt that says that the mail was refused.
REJECTED = """\
From: Mail Delivery Subsystem <postmaster@customer.example>
To: support@example.com
Subject: Automatically rejected mail
Auto-Submitted: auto-replied (rejected)
Content-Type: multipart/report; report-type=disposition-notification; boundary="r"

--r
Content-Type: text/plain

Your message to <carla@customer.example> was automatically rejected:
Quota exceeded
--r
Content-Type: message/disposition-notification

Final-Recipient: rfc822; carla@customer.example
Original-Message-ID: <letter.1@example.com>
Disposition: automatic-action/MDN-sent-automatically; deleted

--r--
"""

#: A report whose machine-readable part stands in the text.
IN_TEXT = """\
From: postmaster@customer.example
To: support@example.com
Subject: Delivery Notification: Delivery has failed

  Message-id: <letter.1@example.com>
  To: list@customer.example

Your message cannot be delivered to the following recipients:

Original-recipient: rfc822;carla@customer.example
Final-recipient: rfc822;carla@customer.example
Action: failed
Status: 5.1.1 (no such user)
Diagnostic-code: smtp; 550 5.1.1 User unknown

Final-recipient: rfc822;dirk@other.example
Action: delayed
Status: 4.4.1
"""
