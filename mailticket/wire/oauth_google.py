"""Tokens from Google: a service account with domain-wide delegation, or somebody who signs in once by browser. I/O.

The only importer of google.auth and google_auth_oauthlib. Sources: developers.google.com/identity/protocols/oauth2
(service-account, native-app) and developers.google.com/gmail/imap/xoauth2-protocol.
"""

from __future__ import annotations

import wsgiref.simple_server
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import credentials, service_account
from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error

from mailticket.domain.grants import Grant
from mailticket.errors import AccountTrouble, Permanent, Temporary
from mailticket.wire import https
from mailticket.wire.oauth import Registration, SignInNeeded

_SCOPES = ["https://mail.google.com/"]
_TOKEN_URI = "https://oauth2.googleapis.com/token"
#: How long somebody may take to sign in.
_PATIENCE = 600
_HOUR = timedelta(hours=1)

_AGAIN = "Sign in again: run `mailticket sign-in` on this machine. (An app in testing forgets after seven days.)"
_DELEGATION = (
    "In admin.google.com > Security > API controls > Domain-wide delegation, give the service account's client ID the "
    "scope https://mail.google.com/."
)
_KEY = "Make a new key for the service account, put its JSON into client_secret_file, and reload."

#: Words in Google's refusal, and what to do: the first that fits. `_KEY` stands for a service account.
_FIXES = (
    ("unauthorized_client", _DELEGATION),
    ("access_denied", _DELEGATION),
    ("invalid email or user id", "Check username: the mailbox must be a user of the Workspace."),
    ("reasonable timeframe", "Set this machine's clock right."),
    ("invalid jwt signature", _KEY),
    ("account not found", _KEY),
    ("invalid_client", "Download the client's JSON anew into client_secret_file, and reload."),
    ("deleted_client", "Make a new client at console.cloud.google.com and put its JSON into client_secret_file."),
)


def renew(registration: Registration, refresh_token: str, now: datetime) -> Grant:
    """By the service account's key, or by what the last sign-in left."""
    with _told(registration):
        made = _personal(registration, refresh_token) if registration.is_personal else _service_account(registration)
        made.refresh(Request(https.session()))
    return _granted(made, refresh_token, now)


def sign_in(registration: Registration, tell: Callable[[str], None], now: Callable[[], datetime]) -> Grant:
    """Shows an address, and waits for the browser to come back to this machine with a code."""
    with _told(registration):
        flow = InstalledAppFlow.from_client_config(registration.google_file, _SCOPES)
        https.prepared(flow.oauth2session)
        made = _by_browser(flow, registration, tell)
    if not made.refresh_token:
        raise AccountTrouble("Google gave no lasting token.", "Remove the app at myaccount.google.com, and try again.")
    return _granted(made, "", now())


def _by_browser(flow: Any, registration: Registration, tell: Callable[[str], None]) -> Any:
    """As the flow's run_local_server does it, but that address and port are told before it waits."""
    caught: list[str] = []

    def page(environ: dict[str, Any], answer: Callable[..., Any]) -> list[bytes]:
        answer("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        caught.append(environ.get("QUERY_STRING", ""))
        return [b"Thank you. You may close this window and go back to the terminal."]

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, page, handler_class=_Quiet)
    try:
        port = server.server_port
        flow.redirect_uri = f"http://127.0.0.1:{port}/"
        address, state = flow.authorization_url(login_hint=registration.username, prompt="consent")
        tell(f"Open this address in a browser on this machine, and sign in as {registration.username}:")
        tell(f"  {address}")
        tell(f"With a browser elsewhere, first run there: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE")
        server.timeout = _PATIENCE
        while not caught or "state=" not in caught[-1]:
            before = len(caught)
            server.handle_request()
            if len(caught) == before:
                raise SignInNeeded("Nobody signed in in time.", "Run `mailticket sign-in` again.")
        flow.oauth2session._state = state
        # oauthlib takes a code only from what looks like HTTPS; this line never leaves the machine.
        flow.fetch_token(authorization_response=f"https://127.0.0.1:{port}/?{caught[-1]}")
    finally:
        server.server_close()
    return flow.credentials


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """The address of the request holds the code: it is not logged."""

    def log_message(self, *_: Any) -> None:
        pass


def _service_account(registration: Registration) -> Any:
    return service_account.Credentials.from_service_account_info(
        registration.google_file, scopes=_SCOPES, subject=registration.username
    )


def _personal(registration: Registration, refresh_token: str) -> Any:
    client = registration.google_file.get("installed") or {}
    return credentials.Credentials(
        None,
        refresh_token=refresh_token,
        token_uri=client.get("token_uri", _TOKEN_URI),
        client_id=client.get("client_id"),
        client_secret=client.get("client_secret"),
        scopes=_SCOPES,
    )


def _granted(made: Any, refresh_token: str, now: datetime) -> Grant:
    """google-auth tells the end as a naive UTC time by the system's clock; what counts is how long it is away."""
    today = datetime.now(UTC)
    lasts = made.expiry.replace(tzinfo=UTC) - today if made.expiry else _HOUR
    return Grant(made.token, now, now + lasts, getattr(made, "refresh_token", None) or refresh_token)


@contextmanager
def _told(registration: Registration) -> Iterator[None]:
    """Google's refusals and the line's failures as errors of ours."""
    try:
        yield
    except (TransportError, requests.RequestException) as error:
        raise Temporary(
            f"No token for {registration.username}: Google cannot be asked ({type(error).__name__}).",
            "It is tried again; check network, proxy and the machine's certificates if it lasts.",
        ) from error
    except RefreshError as error:
        raise _refusal(registration, str(error.args[0]) if error.args else "no token", error.retryable) from error
    except OAuth2Error as error:
        raise _refusal(registration, f"{error.error}: {error.description}", False) from error
    except (GoogleAuthError, ValueError, KeyError) as error:
        raise Permanent(
            f"client_secret_file of {registration.username} is not a key that Google made ({type(error).__name__}).",
            "Download the JSON anew.",
        ) from error


def _refusal(registration: Registration, words: str, is_passing: bool) -> AccountTrouble | Temporary:
    what = f"Google gives no token for {registration.username}: {' '.join(words.split())[:300]}"
    if is_passing:
        return Temporary(what, "It is tried again.")
    fix = next((fix for sign, fix in _FIXES if sign in words.lower()), "")
    if not fix and registration.is_personal:
        return SignInNeeded(what, _AGAIN)
    return AccountTrouble(what, fix or "Check username and client_secret_file.")
