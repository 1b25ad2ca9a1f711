"""Posts JSON to a web address: signed, within a deadline, to public addresses only, no redirect followed. I/O."""

from __future__ import annotations

import base64
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from mailticket.errors import Permanent, Temporary
from mailticket.wire import tls

#: Seconds for each answer of the network, and for the whole call.
_TIMEOUT, _DEADLINE = 5.0, 15.0
#: So much of an answer is read.
_ANSWER_CAP = 65_536
_TOLD_CAP = 200
_PORTS = {"https": 443, "http": 80}

_Where = tuple[str, int]


def is_public(address: str) -> bool:
    """May we be sent there by a config or a rule? No loopback, private, link-local or metadata address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return bool(found.is_global and inner.is_global and not inner.is_multicast)


def post(url: str, call_id: str, body: bytes, now: datetime, is_allowed: Callable[[str], bool] = is_public) -> int:
    """Posts `body` and gives the status, 200 to 299.

    What stands behind `#` in the URL is never sent: it is the secret that signs the call as standardwebhooks.com has
    it (headers webhook-id, webhook-timestamp and webhook-signature). Every address of the host's name must be allowed,
    and the one that was checked is the one that is called, whatever the name means a moment later.

    Raises Permanent where it can never work (a private address, a redirect), else Temporary.
    """
    where = urlsplit(url)
    host, port = where.hostname or "", _port(where)
    address = _checked(host, port, is_allowed)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mailticket",
        **_signed(where.fragment, call_id, body, now),
    }
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    line = _PinnedTls(host, port, address) if where.scheme == "https" else _Pinned(host, port, address)
    timer = threading.Timer(_DEADLINE, _cut, [line])
    timer.start()
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        told = answer.read(_ANSWER_CAP)
    except (OSError, http.client.HTTPException) as error:
        raise _failure(host, port, error) from error
    finally:
        timer.cancel()
        line.close()
    return _judged(host, answer.status, told)


def sign(secret: str, call_id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature. `secret` as text, or as "whsec_" and base64, as the standard writes it."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    seal = hmac.digest(key, f"{call_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(seal).decode('ascii')}"


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, not to what its name means now."""

    def __init__(self, host: str, port: int, address: _Where) -> None:
        super().__init__(host, port, timeout=_TIMEOUT)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection(self._address, _TIMEOUT)


class _PinnedTls(_Pinned):
    """The same with TLS, its certificate verified against the name."""

    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = tls.context().wrap_socket(self.sock, server_hostname=self.host)


def _port(where: SplitResult) -> int:
    if where.scheme not in _PORTS or not where.hostname:
        raise Permanent("A webhook's address begins with https:// and has a host.", "Correct it in the config.")
    return where.port or _PORTS[where.scheme]


def _checked(host: str, port: int, is_allowed: Callable[[str], bool]) -> _Where:
    """Where to connect. Refused if any address of the name is not allowed: it could be the next one's turn."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Temporary(f"The host name {host} of the webhook cannot be found.", "Check it and DNS.") from error
    addresses = [str(one[4][0]) for one in found]
    refused = next((one for one in addresses if not is_allowed(one)), "")
    if refused:
        raise Permanent(
            f"The webhook's host {host} is {refused}, which is not a public address; nothing was sent there.",
            "Webhooks go to public addresses only.",
        )
    return addresses[0], port


def _signed(secret: str, call_id: str, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    headers = {"webhook-id": call_id, "webhook-timestamp": str(timestamp)}
    if secret:
        headers["webhook-signature"] = sign(secret, call_id, timestamp, body)
    return headers


def _judged(host: str, status: int, told: bytes) -> int:
    if 200 <= status < 300:
        return status
    if 300 <= status < 400:
        raise Permanent(f"{host} answered {status}: redirects are not followed.", "Write the address it leads to.")
    words = "".join(letter if letter.isprintable() else " " for letter in told.decode("utf-8", "replace"))
    raise Temporary(f"{host} answered {status}: {' '.join(words.split())[:_TOLD_CAP]}", "It is tried again.")


def _failure(host: str, port: int, error: Exception) -> Temporary:
    if isinstance(error, OSError | ssl.SSLError):
        fault = tls.fault(host, port, error)
        return Temporary(fault.what, fault.fix)
    return Temporary(f"{host}:{port} gave no answer of HTTP: {type(error).__name__}.", "Check the address.")


def _cut(line: http.client.HTTPConnection) -> None:
    if line.sock is not None:
        tls.cut(line.sock)
