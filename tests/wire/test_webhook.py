"""Webhooks: signed, pinned to the address that was checked, no redirect, no private address, nothing that hangs."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mailticket.errors import Permanent, Temporary
from mailticket.wire import webhook
from tests.servers.certificates import Certificates
from tests.servers.scripted import Line, ScriptedServer

NOW = datetime(2026, 7, 15, tzinfo=UTC)
BODY = json.dumps({"text": "disk"}).encode()


class Hook(HTTPServer):
    """A receiver on loopback; `status` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Tests want no log on their screen."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def post(url: str) -> int:
    """As the desk does it, loopback allowed."""
    return webhook.post(url, "alarm:7", BODY, NOW, is_allowed=lambda _address: True)


def test_it_posts_json_signed_with_the_secret_that_stays_here(hook: Hook) -> None:
    assert post(f"{hook.url}/in?x=1#s3cret") == 204
    [(path, headers, body)] = hook.got
    assert (path, body, headers["content-type"]) == ("/in?x=1", BODY, "application/json")
    stamp = int(NOW.timestamp())
    seal = hmac.digest(b"s3cret", f"alarm:7.{stamp}.".encode() + BODY, "sha256")
    assert headers["webhook-signature"] == "v1," + base64.b64encode(seal).decode()
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("alarm:7", str(stamp))
    assert "s3cret" not in str(hook.got)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = webhook.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_it_is_not_signed(hook: Hook) -> None:
    post(hook.url)
    assert hook.got[0][0] == "/" and "webhook-signature" not in hook.got[0][1]


@pytest.mark.parametrize(("status", "error"), [(302, Permanent), (307, Permanent), (404, Temporary), (500, Temporary)])
def test_only_a_yes_counts_and_no_redirect_is_followed(hook: Hook, status: int, error: type[Exception]) -> None:
    hook.status = status
    with pytest.raises(error, match=str(status)):
        post(hook.url)
    assert len(hook.got) == 1


PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "172.16.9.9",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::ffff:127.0.0.1",
    "fe80::1",
    "fc00::1",
    "2002:7f00:1::",
    "224.0.0.1",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert not webhook.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert webhook.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_nothing_is_sent_to_a_private_address_however_it_is_written(hook: Hook, host: str) -> None:
    with pytest.raises((Permanent, Temporary), match=r"public|found"):
        webhook.post(f"http://{host}:{hook.server_port}/", "alarm:7", BODY, NOW)
    assert hook.got == []


def test_a_name_with_one_private_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: answers)
    with pytest.raises(Permanent, match=r"10\.0\.0\.1"):
        webhook.post("https://rebinding.example/", "alarm:7", BODY, NOW)


def test_the_name_is_asked_once_so_that_it_cannot_turn_private_in_between(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def once(host: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hook.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    post(f"http://hook.example:{hook.server_port}/")
    assert asked.count("hook.example") == 1 and hook.got[0][1]["host"] == f"hook.example:{hook.server_port}"


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "https://", "alerts.example.org"])
def test_only_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(Permanent, match="https://"):
        webhook.post(url, "alarm:7", BODY, NOW)


def test_a_receiver_that_never_ends_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_DEADLINE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(Temporary):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/")


@pytest.mark.parametrize("kind", ["wrong_host", "expired", "unknown_ca"])
def test_a_receiver_with_a_bad_certificate_gets_nothing(
    kind: str, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    with (
        Receiver(getattr(certificates, kind).context()) as server,
        pytest.raises(Temporary, match="certificate"),
    ):
        webhook.post(f"https://localhost:{server.port}/in", BODY, "1", NOW, is_allowed=lambda _: True)
    assert server.connections == 1 and server.transcript == b""


def test_a_receiver_with_a_good_certificate_gets_the_call(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    with Receiver(certificates.good.context()) as server:
        assert webhook.post(f"https://localhost:{server.port}/in", BODY, "1", NOW, is_allowed=lambda _: True) == 204
    assert server.transcript.startswith(b"POST /in ")


class Receiver(ScriptedServer):
    """Takes one call over TLS."""

    def talk(self, line: Line) -> None:
        while line.readline().strip():
            pass
        line.send(b"HTTP/1.1 204 No Content\r\n\r\n")
