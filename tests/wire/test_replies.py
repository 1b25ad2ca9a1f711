"""The table of SMTP refusals, row by row."""

from __future__ import annotations

import pytest

from mailticket.wire.smtp_replies import Phase, Reply, Verdict, judge

LATER, NEVER, ACCOUNT = Verdict.LATER, Verdict.NEVER, Verdict.ACCOUNT


@pytest.mark.parametrize(
    ("phase", "code", "text", "verdict"),
    [
        ("connect", 421, "4.7.0 Try again later, closing connection", ACCOUNT),
        ("connect", 421, "Too busy", LATER),
        ("connect", 554, "No SMTP service here", ACCOUNT),
        ("helo", 550, "Access denied", ACCOUNT),
        ("tls", 454, "TLS not available due to temporary reason", ACCOUNT),
        ("auth", 535, "5.7.8 Username and Password not accepted", ACCOUNT),
        ("auth", 535, "5.7.139 Authentication unsuccessful", ACCOUNT),
        ("auth", 550, "5.7.30 Basic authentication is not supported for Client Submission", ACCOUNT),
        ("auth", 454, "4.7.0 Too many login attempts", ACCOUNT),
        ("auth", 432, "4.3.2 Concurrent connections limit exceeded", ACCOUNT),
        ("mail", 530, "5.7.57 Client not authenticated to send mail", ACCOUNT),
        ("mail", 530, "5.7.0 Authentication Required", ACCOUNT),
        ("mail", 451, "4.7.0 Too many messages", ACCOUNT),
        ("mail", 421, "4.3.2 Service not active", ACCOUNT),
        ("mail", 452, "4.3.1 Insufficient system storage", ACCOUNT),
        ("mail", 452, "Insufficient system storage", ACCOUNT),
        ("mail", 552, "5.3.4 Message size exceeds fixed limit", NEVER),
        ("mail", 553, "5.7.1 Sender address rejected: not owned by user", ACCOUNT),
        ("rcpt", 450, "4.7.1 Greylisted, try again in 5 minutes", LATER),
        ("rcpt", 451, "4.7.1 Please try again later", LATER),
        ("rcpt", 450, "4.2.1 The user you are trying to contact is receiving mail too quickly", LATER),
        ("rcpt", 450, "4.2.1 Peak SMTP relay limit exceeded for customer", ACCOUNT),
        ("rcpt", 452, "4.2.2 The email account that you tried to reach is over quota", LATER),
        ("rcpt", 452, "4.5.3 Too many recipients", LATER),
        ("rcpt", 550, "5.1.1 The email account that you tried to reach does not exist", NEVER),
        ("rcpt", 550, "5.1.8 Access denied, bad outbound sender", ACCOUNT),
        ("rcpt", 550, "5.7.1 Policy rejection", NEVER),
        ("rcpt", 554, "5.7.1 <x@y.z>: Relay access denied", ACCOUNT),
        ("rcpt", 552, "5.2.2 Mailbox full", NEVER),
        ("rcpt", 550, "No such user here", NEVER),
        ("data", 503, "5.5.1 No valid recipients", NEVER),
        ("final_dot", 550, "5.4.5 Daily user sending limit exceeded", ACCOUNT),
        ("final_dot", 550, "5.1.90 Your message can't be sent: daily limit for message recipients", ACCOUNT),
        ("final_dot", 550, "5.7.233 Your tenant exceeded its daily limit", ACCOUNT),
        ("final_dot", 554, "5.2.252 SendAsDenied; not allowed to send as", ACCOUNT),
        ("final_dot", 554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException", ACCOUNT),
        ("final_dot", 421, "4.7.0 Our system has detected an unusual rate of unsolicited mail", LATER),
        ("final_dot", 550, "5.7.1 This message violates our policy", NEVER),
        ("final_dot", 554, "5.7.1 Spam message rejected", NEVER),
        ("final_dot", 451, "4.3.0 Mail server temporarily rejected message", LATER),
        ("final_dot", 354, "what?", LATER),
    ],
)
def test_whose_fault_a_refusal_is(phase: Phase, code: int, text: str, verdict: Verdict) -> None:
    rule = judge(phase, Reply(code, text))
    assert rule.verdict is verdict
    assert rule.fix


@pytest.mark.parametrize(
    ("text", "status"), [("5.1.1 No", "5.1.1"), ("5.1.1", "5.1.1"), ("No 5.1.1", ""), ("", ""), ("5.1 x", "")]
)
def test_the_enhanced_code_is_read_at_the_start_only(text: str, status: str) -> None:
    assert Reply(550, text).status == status


def test_a_reply_of_several_lines_is_told_on_one() -> None:
    assert str(Reply(550, "5.1.1 No such\n5.1.1 user")) == "550 5.1.1 No such 5.1.1 user"
