"""Servers that speak no TLS of today: refused before a word, with what is wrong and what to do."""

from __future__ import annotations

import ssl
import warnings

import pytest

from mailticket.errors import AccountTrouble
from mailticket.wire import imap, smtp
from tests.servers.certificates import Certificates
from tests.servers.scripted_imap import ScriptedImap
from tests.servers.scripted_smtp import ScriptedSmtp


def speaking(certificates: Certificates, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A server's context for this version alone, with what OpenSSL has switched off since."""
    context = certificates.good.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_relay_that_speaks_only_old_tls_is_refused_and_named(
    certificates: Certificates, security: str, version: ssl.TLSVersion
) -> None:
    server_side = {security: speaking(certificates, version)}
    with ScriptedSmtp(offers=("AUTH PLAIN",), **server_side) as server:
        ours = smtp.SmtpSettings(
            "localhost", server.port, security, username="u", password="p", ca_file=str(certificates.ca_file)
        )
        with pytest.raises(AccountTrouble, match=r"only a TLS older than 1\.2"):
            smtp.probe(ours)
    assert b"AUTH" not in server.transcript


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_that_speaks_only_old_tls_is_refused_and_named(certificates: Certificates, security: str) -> None:
    with ScriptedImap(**{security: speaking(certificates, ssl.TLSVersion.TLSv1)}) as server:
        ours = imap.ImapSettings("localhost", server.port, "u", "p", security, ca_file=str(certificates.ca_file))
        with pytest.raises(AccountTrouble, match=r"only a TLS older than 1\.2"):
            imap.probe(ours)
    assert b"LOGIN" not in server.transcript and b"AUTHENTICATE" not in server.transcript
