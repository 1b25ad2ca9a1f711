"""Tokens and a real Dovecot: one that is good opens the mailbox, one that has ended does not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mailticket.errors import AccountTrouble, Temporary
from mailticket.wire.imap import ImapSettings, Mailbox
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, Options
from tests.servers.identity import IdentityProvider


@pytest.fixture
def server(dovecot_with: Callable[[Options], Dovecot]) -> Dovecot:
    return dovecot_with(Options(tokens=True))


def mailbox(server: Dovecot, user: str, tokens: list[str]) -> Mailbox:
    """One that gets these tokens in turn, the last again and again."""

    def source(refused: str) -> str:
        return tokens.pop(0) if len(tokens) > 1 else tokens[0]

    return Mailbox(ImapSettings(server.host, server.port, user, "", "none", timeout=10, token=source))


def test_a_good_token_opens_its_own_mailbox_and_no_other(
    server: Dovecot, fresh_user: str, certificates: Certificates
) -> None:
    provider = IdentityProvider(certificates.good, user=fresh_user)
    with mailbox(server, fresh_user, [provider.token()]) as box:
        assert box.status().exists == 0
    with pytest.raises(AccountTrouble, match="refused the token"):
        mailbox(server, "somebody.else@example.com", [provider.token()]).open()


def test_a_token_that_has_ended_is_explained_and_the_next_one_opens(
    server: Dovecot, fresh_user: str, certificates: Certificates
) -> None:
    provider = IdentityProvider(certificates.good, user=fresh_user)
    ended = provider.token(lasts=-60)
    with pytest.raises(AccountTrouble) as caught:
        mailbox(server, fresh_user, [ended]).open()
    assert "status" in str(caught.value) and ended not in str(caught.value)
    with mailbox(server, fresh_user, [ended, provider.token()]) as box:
        assert box.is_open


def test_a_server_that_hangs_up_in_idle_because_the_token_ended_is_joined_again_with_a_new_one(
    server: Dovecot, fresh_user: str, certificates: Certificates
) -> None:
    provider = IdentityProvider(certificates.good, user=fresh_user)
    given: list[str] = []

    def source(_refused: str) -> str:
        given.append(provider.token())
        return given[-1]

    box = Mailbox(ImapSettings(server.host, server.port, fresh_user, "", "none", timeout=10, token=source))
    box.open()
    threading.Timer(0.5, box.abort).start()
    with pytest.raises(Temporary) as caught:
        box.wait(20, threading.Event())
    assert not isinstance(caught.value, AccountTrouble)
    box.open()
    assert len(given) == 2 and given[0] != given[1]
    box.close()
