"""The fixtures of the test servers: list this module in pytest_plugins."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from tests.servers import certificates as certificate_files
from tests.servers import dovecot as dovecot_server
from tests.servers import postfix as postfix_server
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, Options
from tests.servers.identity import IdentityProvider
from tests.servers.postfix import Postfix
from tests.servers.smtp_sink import SmtpSink

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A good certificate and bad ones for localhost, and the CA that vouches for them."""
    return certificate_files.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def dovecot_with() -> Iterator[Callable[[Options], Dovecot]]:
    """`dovecot_with(Options(...))`: a running Dovecot with these options, one for each set of them."""
    dovecot_server.require_installed()
    running: dict[Options, Dovecot] = {}

    def server(options: Options) -> Dovecot:
        if options not in running:
            running[options] = Dovecot(options)
            running[options].start()
        return running[options]

    yield server
    for one in running.values():
        one.remove()


@pytest.fixture
def dovecot(dovecot_with: Callable[[Options], Dovecot]) -> Dovecot:
    """The running Dovecot of this test session: use user names of your own (`fresh_user`)."""
    return dovecot_with(Options())


@pytest.fixture
def fresh_user() -> str:
    """A user name (an address) that no other test uses, so its mailbox is empty."""
    return f"user{next(_numbers)}-{os.getpid()}@example.com"


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A running SMTP sink, empty."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def postfix(smtp_sink: SmtpSink) -> Iterator[Postfix]:
    """A running Postfix that relays everything to `smtp_sink`."""
    postfix_server.require_installed()
    server = Postfix(next_port=smtp_sink.port)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def identity(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityProvider]:
    """A running provider of tokens, trusted by this process and those it starts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    with IdentityProvider(certificates.good) as provider:
        yield provider
