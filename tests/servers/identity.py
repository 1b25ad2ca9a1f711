"""A provider of tokens on the loopback, over HTTPS: Microsoft's addresses and Google's, answering as told.

Its access tokens are signed by `KEY`, so a Dovecot that knows the key believes them until they end.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.certificates import Certificate

KEY = b"a key that the provider and the mail server share, of some length"
TENANT = "example.onmicrosoft.com"
USER = "support@example.com"


@dataclass
class Asked:
    """One request for a token."""

    grant_type: str
    form: dict[str, str]


@dataclass
class IdentityProvider:
    """Running while its `with` lasts. `answers`: (status, body) for the next requests for a token, in their order; then
    tokens that last `lasts` seconds. `delay`: seconds before each answer."""

    certificate: Certificate
    user: str = USER
    lasts: int = 3600
    delay: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, Any] | str]] = field(default_factory=deque)
    rotates: bool = True
    _numbers: int = 0
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> IdentityProvider:
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self._server.socket = self.certificate.context().wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"https://localhost:{self._server.server_address[1]}"

    @property
    def tenant(self) -> str:
        """What stands in the config's key `tenant`."""
        return f"{self.url}/{TENANT}"

    def service_account(self) -> str:
        """The JSON file of a Google service account whose tokens come from here."""
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "client_email": "desk@project.iam.gserviceaccount.com",
                "private_key_id": "1",
                "private_key": key.decode(),
                "token_uri": f"{self.url}/google/token",
            }
        )

    def installed_client(self) -> str:
        """The JSON file of a Google application for the desktop."""
        return json.dumps(
            {
                "installed": {
                    "client_id": "desk.apps.example",
                    "client_secret": "google-secret",
                    "auth_uri": f"{self.url}/google/auth",
                    "token_uri": f"{self.url}/google/token",
                    "redirect_uris": ["http://localhost"],
                }
            }
        )

    def refuse(self, status: int, body: dict[str, Any] | str, times: int = 1) -> None:
        self.answers.extend([(status, body)] * times)

    def token(self, lasts: int | None = None) -> str:
        self._numbers += 1
        now = int(time.time())
        ends = now + (self.lasts if lasts is None else lasts)
        claims = {"sub": self.user, "iat": now - 1, "exp": ends, "jti": str(self._numbers), "scope": "mail"}
        return jwt.encode(claims, KEY, "HS256", {"kid": "default"})

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any] | str]:
        self.asked.append(Asked(form.get("grant_type", ""), form))
        time.sleep(self.delay)
        if self.answers:
            return self.answers.popleft()
        told: dict[str, Any] = {"access_token": self.token(), "expires_in": self.lasts, "token_type": "Bearer"}
        is_personal = form.get("grant_type", "").partition(":")[0] in ("refresh_token", "authorization_code")
        is_personal = is_personal or "device_code" in form.get("grant_type", "")
        if is_personal and (self.rotates or form["grant_type"] != "refresh_token"):
            told["refresh_token"] = f"refresh-{self._numbers}"
        return 200, told


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that does not trust us hangs up; that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    provider: IdentityProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._discovery(parts.path.removesuffix("/v2.0/.well-known/openid-configuration"))
        elif parts.path == "/google/auth":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code = urlencode({"code": "the-code", "state": asked["state"]})
            self._say(302, "", {"Location": f"{asked['redirect_uri']}?{code}"})
        else:
            self._say(404, {"error": "not found"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if self.path.endswith("/devicecode"):
            self._say(200, {"device_code": "d", "user_code": "ABCD-1234", "expires_in": 60, "interval": 1,
                            "verification_uri": "https://microsoft.com/devicelogin", "message": "go"})  # fmt: skip
        else:
            self._say(*self.provider.answer(form))

    def _discovery(self, tenant: str) -> None:
        if tenant.strip("/") != TENANT:
            self._say(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: no such tenant"})
            return
        base = f"{self.provider.url}/{TENANT}/oauth2/v2.0"
        self._say(200, {"issuer": f"{self.provider.url}/{TENANT}/v2.0", "authorization_endpoint": f"{base}/authorize",
                        "token_endpoint": f"{base}/token",
                        "device_authorization_endpoint": f"{base}/devicecode"})  # fmt: skip

    def _say(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def microsoft_error(number: int, error: str = "invalid_client", words: str = "something is wrong") -> dict[str, Any]:
    """What Microsoft's token endpoint answers with status 400 or 401."""
    said = f"AADSTS{number}: {words}. Trace ID: 1 Correlation ID: 2 Timestamp: 3"
    return {"error": error, "error_description": said, "error_codes": [number]}
