"""Tokens from Microsoft 365: by the application's secret, or by a device code that somebody enters once. I/O.

The only importer of msal. Source: "Authenticate an IMAP, POP or SMTP connection using OAuth", learn.microsoft.com.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msal
import requests
from msal.exceptions import MsalError

from mailticket.domain.grants import Grant
from mailticket.errors import AccountTrouble, Temporary
from mailticket.wire import https
from mailticket.wire.oauth import Registration, SignInNeeded

_CLOUD = "https://login.microsoftonline.com"
#: The mail servers of each cloud, by the sign-in's host; everywhere else the worldwide one.
_MAIL = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
}
_WORLDWIDE = "https://outlook.office365.com"
_PERSONAL_SCOPES = ("IMAP.AccessAsUser.All", "SMTP.Send")

_NEW_SECRET = "Make a new client secret at entra.microsoft.com, put its value into client_secret_file, and reload."
_AGAIN = "Sign in again: run `mailticket sign-in` on this machine."
_TENANT = "Check tenant: the directory's id or its domain."
_APPLICATION = "Check client_id: the application's id, registered in this very tenant."
_CONSENT = "Let an administrator consent to the application's permissions at entra.microsoft.com (docs/oauth.md)."

#: AADSTS numbers ("Microsoft Entra authentication and authorization error codes", learn.microsoft.com).
_FIXES = {
    7000215: f"The secret is wrong; its value is needed, not its id. {_NEW_SECRET}",
    7000222: f"The secret has expired. {_NEW_SECRET}",
    7000216: _NEW_SECRET,
    700016: _APPLICATION,
    700027: _NEW_SECRET,
    90002: _TENANT,
    900023: _TENANT,
    53003: "A conditional access policy of the tenant forbids it: let its administrator except this application.",
    65001: _CONSENT,
    7000218: "Allow public client flows for the application at entra.microsoft.com, or set client_secret_file.",
    70011: _CONSENT,
    501051: _CONSENT,
    70020: f"The code was not entered in time. {_AGAIN}",
}
#: What passes by itself.
_PASSING = {"temporarily_unavailable", "server_error", "slow_down", "throttled"}
_PASSING_NUMBERS = {90033, 90055, 50196, 90006}


def renew(registration: Registration, refresh_token: str, now: datetime) -> Grant:
    """By the secret, or by what the last sign-in left."""
    with _told(registration):
        if registration.is_personal:
            application = _application(registration)
            told = application.acquire_token_by_refresh_token(refresh_token, _personal_scopes(registration))
        else:
            application = _application(registration)
            told = application.acquire_token_for_client([f"{_mail_of(registration)}/.default"])
    return _granted(registration, told, refresh_token, now)


def sign_in(registration: Registration, tell: Callable[[str], None], now: Callable[[], datetime]) -> Grant:
    """Shows a code, and waits until somebody has entered it or it is too old."""
    with _told(registration):
        application = _application(registration)
        flow = application.initiate_device_flow(_personal_scopes(registration))
        if "user_code" not in flow:
            raise _refusal(registration, flow)
        tell(f"Open {flow['verification_uri']} in any browser, enter the code {flow['user_code']}")
        tell(f"and sign in as {registration.username}. Waiting ...")
        told = application.acquire_token_by_device_flow(flow)
    return _granted(registration, told, "", now())


def _application(registration: Registration) -> Any:
    """A fresh one each time: what it would remember between two tokens is in our database."""
    kind = msal.PublicClientApplication if registration.is_personal else msal.ConfidentialClientApplication
    given = {} if registration.is_personal else {"client_credential": registration.secret}
    return kind(
        registration.client_id,
        authority=_authority(registration),
        http_client=https.session(),
        instance_discovery=False,
        **given,
    )


def _authority(registration: Registration) -> str:
    tenant = registration.tenant
    return tenant.rstrip("/") if tenant.startswith("https://") else f"{_CLOUD}/{tenant}"


def _mail_of(registration: Registration) -> str:
    return _MAIL.get(urlsplit(_authority(registration)).hostname or "", _WORLDWIDE)


def _personal_scopes(registration: Registration) -> list[str]:
    """Both doors at once, so that one sign-in serves the mailbox and the relay."""
    mail = _mail_of(registration).replace("outlook.office365.com", "outlook.office.com")
    return [f"{mail}/{one}" for one in _PERSONAL_SCOPES]


def _granted(registration: Registration, told: Any, refresh_token: str, now: datetime) -> Grant:
    """The grant in msal's answer. Microsoft may leave the old refresh token in force: then it stays."""
    if not isinstance(told, dict) or "access_token" not in told:
        raise _refusal(registration, told if isinstance(told, dict) else {})
    lasts = timedelta(seconds=int(told.get("expires_in", 3600)))
    return Grant(told["access_token"], now, now + lasts, told.get("refresh_token") or refresh_token)


def _refusal(registration: Registration, told: dict[str, Any]) -> AccountTrouble | Temporary:
    """What to do about an error of Microsoft's. Its first sentence says what is wrong; the rest are trace numbers."""
    error = str(told.get("error", "no token"))
    words = str(told.get("error_description", "")).split("Trace ID")[0].splitlines()
    what = f"Microsoft gives no token for {registration.username}: {' '.join([error, *words[:1]]).strip()}"
    numbers = [one for one in told.get("error_codes", ()) if isinstance(one, int)]
    if error in _PASSING or _PASSING_NUMBERS.intersection(numbers):
        return Temporary(what, "It is tried again.")
    fix = next((_FIXES[one] for one in numbers if one in _FIXES), "")
    if not fix and registration.is_personal and error in ("invalid_grant", "interaction_required", "expired_token"):
        return SignInNeeded(what, _AGAIN)
    return AccountTrouble(what, fix or "Check tenant, client_id and client_secret_file.")


@contextmanager
def _told(registration: Registration) -> Iterator[None]:
    """The line's failures, and msal's own exceptions, as errors of ours."""
    host = urlsplit(_authority(registration)).hostname
    try:
        yield
    except requests.RequestException as error:
        raise Temporary(
            f"No token for {registration.username}: {host} cannot be asked ({_kind(error)}).",
            "It is tried again; check network, proxy and the machine's certificates if it lasts.",
        ) from error
    except (MsalError, RuntimeError) as error:
        # msal's words for an answer of 500 and for a discovery that found nothing.
        raise Temporary(
            f"No token for {registration.username}: {host} is out of order ({error}).", "It is tried again."
        ) from error
    except ValueError as error:
        # msal's word for a tenant that does not exist, and for an answer that is not JSON.
        if "authority configuration" not in str(error):
            raise Temporary(f"{host} gave an answer that nobody can read.", "It is tried again.") from error
        what = f"Microsoft does not know the tenant {registration.tenant}."
        raise AccountTrouble(what, _TENANT) from error


def _kind(error: requests.RequestException) -> str:
    """Why, in a few words: an HTTP status, or the kind of failure."""
    if error.response is not None:
        return f"it answers {error.response.status_code}"
    kinds = {
        requests.exceptions.SSLError: "its certificate is not trusted",
        requests.exceptions.Timeout: "no answer in time",
        requests.exceptions.ProxyError: "the proxy refuses",
    }
    return next((words for kind, words in kinds.items() if isinstance(error, kind)), "it cannot be reached")
