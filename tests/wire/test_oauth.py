"""Tokens from both providers: got, renewed, and each refusal told apart by who can mend it."""

from __future__ import annotations

import logging
import sys
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from mailticket.errors import AccountTrouble, MailticketError, Permanent, Temporary
from mailticket.wire import oauth
from mailticket.wire.oauth import Registration, SignInNeeded
from tests.servers.certificates import Certificates
from tests.servers.identity import USER, IdentityProvider, microsoft_error

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "s3cret-of-the-application"


def microsoft(identity: IdentityProvider, **changes: Any) -> Registration:
    keys = {"provider": "microsoft", "tenant": identity.tenant, "client_id": "desk", "username": USER, "secret": SECRET}
    return Registration(**keys | changes)


def google(identity: IdentityProvider, secret: str = "") -> Registration:
    return Registration("google", "", "", USER, secret or identity.service_account())


def test_microsofts_secret_gets_a_token_for_the_mail_servers(identity: IdentityProvider) -> None:
    grant = oauth.renew(microsoft(identity), "", NOW)
    [asked] = identity.asked
    assert asked.grant_type == "client_credentials"
    assert "https://outlook.office365.com/.default" in asked.form["scope"].split()
    assert grant.access_token and grant.refresh_token == ""
    assert grant.expires_at == NOW + timedelta(hours=1)


def test_a_device_code_is_shown_and_one_sign_in_serves_both_doors(identity: IdentityProvider) -> None:
    told: list[str] = []
    identity.refuse(400, {"error": "authorization_pending", "error_description": "AADSTS70016: wait"})
    grant = oauth.sign_in(microsoft(identity, secret=""), told.append, lambda: NOW)
    assert "ABCD-1234" in told[0] and USER in told[1]
    assert grant.refresh_token == "refresh-1"
    again = oauth.renew(microsoft(identity, secret=""), grant.refresh_token, NOW)
    renewed = identity.asked[-1].form
    assert renewed["refresh_token"] == "refresh-1"
    assert {one.rsplit("/", 1)[-1] for one in renewed["scope"].split()} >= {"IMAP.AccessAsUser.All", "SMTP.Send"}
    assert again.refresh_token == "refresh-2"


def test_a_refresh_token_that_stays_in_force_is_kept(identity: IdentityProvider) -> None:
    identity.rotates = False
    assert oauth.renew(microsoft(identity, secret=""), "the-old-one", NOW).refresh_token == "the-old-one"


def test_a_google_service_account_signs_in_for_the_mailbox(identity: IdentityProvider) -> None:
    grant = oauth.renew(google(identity), "", NOW)
    [asked] = identity.asked
    assert asked.grant_type.endswith("jwt-bearer")
    claims = jwt.decode(asked.form["assertion"], options={"verify_signature": False})
    assert claims["sub"] == USER and claims["scope"] == "https://mail.google.com/"
    assert abs(grant.expires_at - NOW - timedelta(hours=1)) < timedelta(seconds=30)


def test_somebody_signs_in_at_google_by_browser(identity: IdentityProvider, certificates: Certificates) -> None:
    told: list[str] = []
    shown = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        if line.startswith("  https"):
            shown.set()

    def browser() -> None:
        shown.wait(10)
        urllib.request.urlopen(told[1].strip(), timeout=10).close()

    visit = threading.Thread(target=browser)
    visit.start()
    grant = oauth.sign_in(google(identity, identity.installed_client()), tell, lambda: NOW)
    visit.join()
    form = identity.asked[-1].form
    assert form["grant_type"] == "authorization_code" and form["code"] == "the-code" and form["code_verifier"]
    assert grant.refresh_token == "refresh-1"
    assert "ssh -L" in told[2]
    renewed = oauth.renew(google(identity, identity.installed_client()), grant.refresh_token, NOW)
    assert identity.asked[-1].form["refresh_token"] == "refresh-1" and renewed.access_token


REFUSALS = [
    (401, microsoft_error(7000215), AccountTrouble, "its value is needed, not its id"),
    (401, microsoft_error(7000222), AccountTrouble, "new client secret"),
    (400, microsoft_error(700016), AccountTrouble, "client_id"),
    (400, microsoft_error(90033, "invalid_grant"), Temporary, "tried again"),
    (400, microsoft_error(1, "temporarily_unavailable"), Temporary, "tried again"),
    (500, "down", Temporary, "HTTP Error: 500"),
    (200, "no JSON", Temporary, "nobody can read"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), REFUSALS)
def test_what_microsoft_refuses_is_told_with_its_fix(
    identity: IdentityProvider, status: int, body: Any, kind: type[MailticketError], words: str
) -> None:
    identity.refuse(status, body)
    with pytest.raises(MailticketError) as caught:
        oauth.renew(microsoft(identity), "", NOW)
    assert type(caught.value) is kind
    assert words in str(caught.value) and "Trace ID" not in str(caught.value)


GOOGLE_REFUSALS = [
    ({"error": "unauthorized_client", "error_description": "Client is unauthorized"}, AccountTrouble, "Domain-wide"),
    ({"error": "invalid_grant", "error_description": "Invalid email or User ID"}, AccountTrouble, "user of the"),
    ({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, AccountTrouble, "new key"),
]


@pytest.mark.parametrize(("body", "kind", "words"), GOOGLE_REFUSALS)
def test_what_google_refuses_is_told_with_its_fix(
    identity: IdentityProvider, body: Any, kind: type[MailticketError], words: str
) -> None:
    identity.refuse(400, body)
    with pytest.raises(kind, match=words):
        oauth.renew(google(identity), "", NOW)


def test_a_google_that_is_down_is_asked_again_later(
    identity: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    identity.refuse(503, {"error": "internal_failure"}, times=9)
    with pytest.raises(Temporary) as caught:
        oauth.renew(google(identity), "", NOW)
    assert not isinstance(caught.value, AccountTrouble)


def test_an_ended_sign_in_asks_somebody_to_sign_in_again(identity: IdentityProvider) -> None:
    identity.refuse(400, microsoft_error(70008, "invalid_grant", "The refresh token has expired"))
    with pytest.raises(SignInNeeded, match="mailticket sign-in"):
        oauth.renew(microsoft(identity, secret=""), "old", NOW)
    identity.refuse(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
    with pytest.raises(SignInNeeded, match="mailticket sign-in"):
        oauth.renew(google(identity, identity.installed_client()), "old", NOW)
    with pytest.raises(SignInNeeded, match="Nobody has signed in"):
        oauth.renew(microsoft(identity, secret=""), "", NOW)


def test_a_tenant_that_does_not_exist_is_named(identity: IdentityProvider) -> None:
    with pytest.raises(AccountTrouble, match="does not know the tenant"):
        oauth.renew(microsoft(identity, tenant=f"{identity.url}/wrong"), "", NOW)


@pytest.mark.parametrize("make", [microsoft, google])
def test_a_provider_whose_certificate_nobody_vouches_for_gets_no_secret(
    identity: IdentityProvider, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with pytest.raises(Temporary, match="certificate"):
        oauth.renew(make(identity), "", NOW)
    assert identity.asked == []


def test_a_file_that_google_did_not_make_is_refused(identity: IdentityProvider) -> None:
    with pytest.raises(Permanent, match="Download"):
        oauth.renew(google(identity, "not json"), "", NOW)
    with pytest.raises(Permanent, match="Download"):
        oauth.renew(google(identity, '{"type": "service_account"}'), "", NOW)


@pytest.mark.parametrize(("provider", "extra"), [("microsoft", "m365"), ("google", "google")])
def test_a_missing_library_names_the_extra(
    identity: IdentityProvider, monkeypatch: pytest.MonkeyPatch, provider: Any, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    for name in ("https", "oauth_microsoft", "oauth_google"):
        monkeypatch.delitem(sys.modules, f"mailticket.wire.{name}", raising=False)
    with pytest.raises(Permanent, match=rf"mailticket\[{extra}\]"):
        oauth.renew(Registration(provider, "t", "c", USER, '{"type": "service_account"}'), "", NOW)


def test_no_secret_and_no_token_is_ever_logged_or_told(
    identity: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    grants = [oauth.renew(microsoft(identity), "", NOW), oauth.renew(google(identity), "", NOW)]
    grants.append(oauth.sign_in(microsoft(identity, secret=""), told.append, lambda: NOW))
    identity.refuse(401, microsoft_error(7000215))
    with pytest.raises(AccountTrouble) as caught:
        oauth.renew(microsoft(identity), "", NOW)
    said = f"{caplog.text} {told} {grants} {microsoft(identity)} {caught.value}"
    for secret in (SECRET, *(one.access_token for one in grants), "refresh-", "PRIVATE KEY"):
        assert secret not in said
