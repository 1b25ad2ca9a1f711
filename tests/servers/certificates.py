"""Certificates for the test servers: one good, and one for each way to be bad, signed by a CA of our own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import trustme

HOSTS = ("localhost", "127.0.0.1")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LONG_PAST = datetime(2020, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificate:
    """A key with its certificate chain in one PEM file."""

    pem: Path

    def context(self) -> ssl.SSLContext:
        """What a server of the test's own wraps its sockets in."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        return context


@dataclass(frozen=True)
class Certificates:
    """`ca_file` vouches for all of them but `unknown_ca`."""

    ca_file: Path
    good: Certificate
    wrong_host: Certificate
    expired: Certificate
    unknown_ca: Certificate


def make(folder: Path) -> Certificates:
    """Write the CA and the certificates into `folder`."""
    ours, foreign = trustme.CA(), trustme.CA()
    ca_file = folder / "ca.pem"
    ours.cert_pem.write_to_path(str(ca_file))

    def keep(name: str, certificate: trustme.LeafCert) -> Certificate:
        pem = folder / f"{name}.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
        return Certificate(pem)

    return Certificates(
        ca_file=ca_file,
        good=keep("good", ours.issue_cert(*HOSTS)),
        wrong_host=keep("wrong_host", ours.issue_cert("mail.elsewhere.example")),
        expired=keep("expired", ours.issue_cert(*HOSTS, not_before=LONG_AGO, not_after=LONG_PAST)),
        unknown_ca=keep("unknown_ca", foreign.issue_cert(*HOSTS)),
    )
