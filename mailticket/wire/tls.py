"""TCP and TLS for both protocols: lines that verify the server, notice when they are dead, and say why. I/O."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

#: Keepalive: the first probe after so many idle seconds, the next ones, and how many may stay unanswered.
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))

#: X509_V_ERR_* of OpenSSL's x509_vfy.h: what is wrong with the certificate, and what to do.
_RENEW = "Renew the server's certificate."
_NAME = "Use the host name that the certificate was made for, or get a certificate for this name."
_TRUST = (
    "If it is your own server: put its CA's certificate, or its own if it is self-signed, into "
    "/usr/local/share/ca-certificates/NAME.crt and run update-ca-certificates (or name the file in $SSL_CERT_FILE). "
    "Else somebody may be in between: ask the provider."
)
_BAD_CERTIFICATES = {
    9: ("is not valid yet", "Check the clocks of this machine and of the server."),
    10: ("has expired", _RENEW),
    18: ("is signed by itself", _TRUST),
    19: ("comes from a CA that this machine does not know", _TRUST),
    20: ("comes from a CA that this machine does not know", _TRUST),
    21: ("cannot be traced to a CA", _TRUST),
    23: ("has been revoked", _RENEW),
    62: ("is not valid for that name", _NAME),
    64: ("is not valid for that address", _NAME),
}
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
_OLD_TLS = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line failed. `lasting`: it will not mend by itself, somebody must change the set-up."""

    what: str
    fix: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What `check` tells about a line: "TLSv1.3" or "" for plain text; when the certificate runs out."""

    version: str = ""
    certificate_expires_at: datetime | None = None


def is_loopback(host: str) -> bool:
    """Does this name stay inside the machine, so that plain text is no risk? Names are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def context(ca_file: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer, chain and host name verified, against `ca_file` or else the system's CAs."""
    made = ssl.create_default_context(cafile=ca_file or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def tune(line: socket.socket) -> None:
    """Send small commands at once (Nagle costs 40 ms each), and find out when the other end is gone."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        line.setsockopt(socket.IPPROTO_TCP, option, value)


def cut(line: socket.socket) -> None:
    """Break a line that another thread may be waiting on: that thread's read fails at once."""
    with contextlib.suppress(OSError):
        # Not SSLSocket's own shutdown, which takes the TLS state away under the other thread's feet.
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def facts(line: socket.socket) -> TlsFacts:
    """What this connected line is secured by."""
    if not isinstance(line, ssl.SSLSocket):
        return TlsFacts()
    certificate = line.getpeercert() or {}
    not_after = certificate.get("notAfter")
    expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(not_after)), UTC) if not_after else None
    return TlsFacts(line.version() or "", expires_at)


def fault(host: str, port: int, error: Exception) -> Fault:
    """What an error of connecting, TLS or reading means, in words for the operator."""
    server = f"{host}:{port}"
    match error:
        case ssl.SSLCertVerificationError():
            wrong, fix = _BAD_CERTIFICATES.get(error.verify_code, ("cannot be verified", _TRUST))
            return Fault(f"The certificate of {host} {wrong}: {error.verify_message}.", fix, lasting=True)
        case ssl.SSLError() if error.reason in _NOT_TLS:
            fix = 'Check port and security: 993 and 465 want "tls", 143 and 587 "starttls".'
            return Fault(f"{server} does not speak TLS from the first byte.", fix, lasting=True)
        case ssl.SSLError() if error.reason in _OLD_TLS:
            return Fault(f"{server} speaks only a TLS older than 1.2.", "Update the server.", lasting=True)
        case socket.gaierror():
            return Fault(f"The host name {host} cannot be found: {error.strerror}.", "Check host and DNS.")
        case TimeoutError():
            return Fault(f"{server} did not answer in time.", "Check network and firewall, or wait.")
        case ConnectionRefusedError():
            return Fault(f"Nobody listens on {server}.", "Check host and port, and whether the server runs.")
        case FileNotFoundError():
            return Fault(f"The CA file for {host} does not exist.", "Check ca_file.", lasting=True)
    return Fault(f"The connection to {server} was lost: {error or type(error).__name__}.", "It is tried again.")
