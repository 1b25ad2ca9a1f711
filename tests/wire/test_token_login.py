"""Signing in with a token: what goes over the wire, a refusal that explains itself, a token that is old."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable

import pytest

from mailticket.errors import AccountTrouble, Temporary
from mailticket.wire import sasl
from mailticket.wire.imap import ImapSettings, Mailbox
from mailticket.wire.smtp import AccountRefused, Deferred, Relay, SmtpSettings
from tests.servers.scripted import Hangup, Line
from tests.servers.scripted_imap import ScriptedImap
from tests.servers.scripted_smtp import ScriptedSmtp

USER = "support@example.com"
WHY = base64.b64encode(json.dumps({"status": "401", "schemes": "bearer", "scope": "https://mail/"}).encode()).decode()
XOAUTH2 = "IMAP4rev1 IDLE AUTH=XOAUTH2 SASL-IR"


class Tokens:
    """Gives one token after the other; a refused one gets the next."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.refused: list[str] = []

    def __call__(self, refused: str) -> str:
        if refused:
            self.refused.append(refused)
            if len(self.tokens) > 1:
                self.tokens.pop(0)
        return self.tokens[0]


def believing(*good: str) -> Callable[[Line, str, str], None]:
    """An AUTHENTICATE that takes these tokens; others get the challenge that says why, and then NO."""

    def authenticate(line: Line, tag: str, _arguments: str) -> None:
        line.send(b"+ \r\n")
        said = base64.b64decode(line.readline())
        if any(f"auth=Bearer {one}\x01\x01".encode() in said for one in good):
            line.send(f"{tag} OK welcome\r\n".encode())
            return
        line.send(f"+ {WHY}\r\n".encode())
        assert base64.b64decode(line.readline().strip()) in (b"", b"\x01")
        line.send(f"{tag} NO AUTHENTICATE failed.\r\n".encode())

    return authenticate


def mailbox(server: ScriptedImap, tokens: Tokens) -> Mailbox:
    return Mailbox(ImapSettings("127.0.0.1", server.port, USER, "", "none", timeout=5, token=tokens))


def relay(server: ScriptedSmtp, tokens: Tokens) -> Relay:
    return Relay(SmtpSettings("127.0.0.1", server.port, "none", USER, helo="example.com", token=tokens))


@pytest.mark.parametrize(
    ("mechanism", "said"),
    [
        ("XOAUTH2", b"user=support@example.com\x01auth=Bearer t0\x01\x01"),
        ("OAUTHBEARER", b"n,a=support@example.com,\x01host=mail\x01port=993\x01auth=Bearer t0\x01\x01"),
    ],
)
def test_what_is_said_is_what_the_specifications_show(mechanism: str, said: bytes) -> None:
    assert sasl.first_words(mechanism, USER, "t0", "mail", 993) == said


@pytest.mark.parametrize("capabilities", [XOAUTH2, "IMAP4rev1 AUTH=OAUTHBEARER SASL-IR"])
def test_a_mailbox_is_opened_with_a_token(capabilities: str) -> None:
    with ScriptedImap({"AUTHENTICATE": believing("t0")}, capabilities) as server, mailbox(server, Tokens("t0")) as box:
        assert box.status().exists == 1


def test_a_token_that_is_refused_is_changed_for_a_new_one_once() -> None:
    tokens = Tokens("old", "new")
    with ScriptedImap({"AUTHENTICATE": believing("new")}, XOAUTH2) as server, mailbox(server, tokens) as box:
        assert box.is_open
    assert tokens.refused == ["old"]
    with ScriptedSmtp(SmtpBelieves.answers("535"), ("AUTH XOAUTH2",)) as smtp:
        with relay(smtp, Tokens("old", "new")) as line:
            line.send(USER, USER, b"Subject: x\r\n\r\ny")
        assert len(smtp.mails) == 1


class SmtpBelieves:
    """Answers of a scripted SMTP server that refuses the first token with a challenge."""

    @staticmethod
    def answers(code: str) -> dict[str, str]:
        # The empty line that answers the challenge has no command: the script calls it "".
        return {"AUTH": f"334 {WHY}", "": f"{code} 5.7.3 Authentication unsuccessful"}


def test_a_mailbox_that_takes_no_token_says_why() -> None:
    tokens = Tokens("t0")
    with ScriptedImap({"AUTHENTICATE": believing()}, XOAUTH2) as server, pytest.raises(AccountTrouble) as caught:
        mailbox(server, tokens).open()
    assert "status 401, scope https://mail/" in str(caught.value)
    assert "docs/oauth.md" in caught.value.fix and "t0" not in str(caught.value)


def test_a_relay_that_takes_no_token_says_why() -> None:
    with ScriptedSmtp(SmtpBelieves.answers("535"), ("AUTH XOAUTH2",)) as server:
        with relay(server, Tokens("t0")) as line, pytest.raises(AccountRefused) as caught:
            line.send(USER, USER, b"x")
    assert "535 5.7.3" in str(caught.value) and "status 401" in str(caught.value)
    assert caught.value.phase == "auth" and server.mails == []


def test_a_server_without_tokens_is_told_before_any_is_asked_for() -> None:
    with ScriptedImap() as server, pytest.raises(AccountTrouble, match="neither XOAUTH2 nor OAUTHBEARER"):
        mailbox(server, Tokens()).open()
    with ScriptedSmtp(offers=("AUTH PLAIN",)) as smtp, relay(smtp, Tokens()) as line:
        with pytest.raises(AccountRefused, match="offers PLAIN, but no sign-in by OAuth"):
            line.send(USER, USER, b"x")


def test_a_token_that_cannot_be_had_now_defers_the_mail_and_one_that_ended_pauses_the_account() -> None:
    def gives(error: Exception) -> sasl.TokenSource:
        def source(_refused: str) -> str:
            raise error

        return source

    for error, kind in [(Temporary("down"), Deferred), (AccountTrouble("revoked"), AccountRefused)]:
        with ScriptedSmtp(offers=("AUTH XOAUTH2",)) as smtp, pytest.raises(kind) as caught:
            with Relay(SmtpSettings("127.0.0.1", smtp.port, "none", USER, token=gives(error))) as line:
                line.send(USER, USER, b"x")
        assert caught.value.phase == "auth"
        with ScriptedImap(capabilities=XOAUTH2) as imap, pytest.raises(type(error)):
            Mailbox(ImapSettings("127.0.0.1", imap.port, USER, "", "none", token=gives(error))).open()


def test_a_session_that_exchange_ends_in_idle_with_its_token_goes_on_with_a_new_one() -> None:
    def ends(line: Line, _tag: str, _arguments: str) -> None:
        line.send(b"+ idling\r\n")
        line.send(b"* BYE Session invalidated - AccessTokenExpired\r\n")
        raise Hangup

    given: list[str] = []

    def source(_refused: str) -> str:
        given.append(f"t{len(given)}")
        return given[-1]

    with ScriptedImap({"AUTHENTICATE": believing("t0", "t1"), "IDLE": ends}, XOAUTH2) as server:
        box = Mailbox(ImapSettings("127.0.0.1", server.port, USER, "", "none", timeout=5, token=source))
        box.open()
        with pytest.raises(Temporary) as caught:
            box.wait(10, threading.Event())
        assert not isinstance(caught.value, AccountTrouble) and not box.is_open
        box.open()
        assert box.is_open and given == ["t0", "t1"]
        box.close()


@pytest.mark.parametrize("challenge", [b"", b"not json", b"W10=", b"eyJzdGF0dXMiOiAiNDAwIn0", b"\xff\xfe", b"[1]"])
def test_a_strange_challenge_breaks_nothing(challenge: bytes) -> None:
    assert sasl.why_not(challenge) in ("", "status 400")
