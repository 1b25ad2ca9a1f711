"""Signing in from the command line, and the mailbox that it opens for check, shadow and the daemon's own pass."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.desk import CONFIG, Desk
from tests.desk.house import mail
from tests.servers.dovecot import Dovecot, Options
from tests.servers.identity import IdentityProvider, microsoft_error
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture
def token_dovecot(dovecot_with: Callable[[Options], Dovecot]) -> Dovecot:
    return dovecot_with(Options(tokens=True))


@pytest.fixture
def office365(
    tmp_path: Path, token_dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink, identity: IdentityProvider
) -> Desk:
    """A desk whose mailbox takes tokens only, with a secret of the application's; no database yet."""
    identity.user = fresh_user
    desk = Desk(tmp_path)
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_text("s3cret")
    oauth = (
        f'[service.imap.oauth]\nprovider = "microsoft"\ntenant = "{identity.tenant}"\nclient_id = "desk"\n'
        'client_secret_file = "secret"\n'
    )
    desk.config.write_text(
        CONFIG.replace('password = "geheim"\n', f'port = {token_dovecot.port}\nsecurity = "none"\n{oauth}', 1)
        .replace('username = "support@example.com"', f'username = "{fresh_user}"')
        .replace('[service.smtp]\nhost = "127.0.0.1"', f'[service.smtp]\nhost = "127.0.0.1"\nport = {smtp_sink.port}')
    )
    return desk


def personal(desk: Desk) -> Desk:
    """The same where somebody has to sign in."""
    desk.config.write_text(desk.config.read_text().replace('client_secret_file = "secret"\n', ""))
    return desk


def findings(desk: Desk) -> dict[str, tuple[str, str]]:
    return {one["what"]: (one["status"], one["said"]) for one in json.loads(desk.run("check", "--json").stdout)}


def test_check_comes_in_by_token_before_there_is_a_database(office365: Desk, fresh_user: str) -> None:
    status, said = findings(office365)["support: IMAP"]
    assert status == "ok" and f"as {fresh_user}" in said


def test_one_pass_of_the_daemon_reads_the_mailbox_by_token(
    office365: Desk, token_dovecot: Dovecot, fresh_user: str, identity: IdentityProvider
) -> None:
    token_dovecot.deliver(fresh_user, mail())
    office365.config.write_text(office365.config.read_text().replace('first_level = "first"', 'first_run = "process"'))
    assert office365.run("run", "--once").exit_code == 0
    assert len(office365.json("case", "list")) == 1
    assert len(identity.asked) == 1


def test_without_a_secret_somebody_signs_in_once_and_everything_comes_in(
    office365: Desk, fresh_user: str, identity: IdentityProvider
) -> None:
    desk = personal(office365)
    status, said = findings(desk)["support: IMAP"]
    assert status == "failed" and "Nobody has signed in" in said
    done = desk.run("sign-in")
    assert done.exit_code == 0, done.output
    assert "ABCD-1234" in done.output and f"Signed in as {fresh_user}" in done.output
    assert findings(desk)["support: IMAP"][0] == "ok"
    shadow = desk.run("run", "--shadow")
    assert shadow.exit_code == 0, shadow.output
    assert [one.grant_type.rpartition(":")[2] for one in identity.asked] == ["device_code"]


def test_a_refused_sign_in_says_what_to_do_and_keeps_nothing(office365: Desk, identity: IdentityProvider) -> None:
    identity.refuse(400, microsoft_error(65001, "invalid_grant", "The user has not consented"))
    done = personal(office365).run("sign-in", "support")
    assert done.exit_code == 75
    assert "AADSTS65001" in done.output and "consent" in done.output and "Traceback" not in done.output


def test_where_secrets_open_everything_nobody_signs_in(office365: Desk) -> None:
    assert "Nobody needs to sign in" in office365.run("sign-in").output
    assert "Services: support" in office365.run("sign-in", "sales").output


@pytest.mark.parametrize(("days", "status"), [(-1, "failed"), (10, "warning"), (90, "ok")])
def test_check_counts_down_a_secret(office365: Desk, days: int, status: str) -> None:
    ends = datetime.now(UTC).date() + timedelta(days=days)
    text = office365.config.read_text().replace(
        'client_secret_file = "secret"', f'client_secret_file = "secret"\nsecret_expires = "{ends}"'
    )
    office365.config.write_text(text)
    told, said = findings(office365)["support: IMAP secret"]
    assert told == status and str(ends) in said


MISTAKES = [
    ('tenant = "', 'tenant = ""\n#', 'imap.oauth.tenant: provider = "microsoft" needs it'),
    ('client_id = "desk"', "", 'imap.oauth.client_id: provider = "microsoft" needs it'),
    ('"microsoft"', '"google"', 'imap.oauth.client_id: provider = "google" has none'),
    ('"microsoft"', '"yahoo"', '"microsoft", "google"'),
    ('tenant = "', 'tenant = "my company ', "is no tenant"),
    ("[service.imap.oauth]", 'password = "x"\n[service.imap.oauth]', "there is a password as well"),
    ('client_id = "desk"', 'client_id = "desk"\nsecret_expires = "soon"', '"soon" is no day'),
    ('"secret"', '"nowhere"', "oauth.client_secret_file: cannot read"),
]


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES)
def test_what_an_oauth_table_lacks_is_found_at_load(office365: Desk, old: str, new: str, words: str) -> None:
    office365.config.write_text(office365.config.read_text().replace(old, new, 1))
    done = office365.run("run", "--once")
    assert done.exit_code == 1
    assert words in done.output


def test_a_secret_that_everybody_may_read_is_refused(office365: Desk) -> None:
    (office365.folder / "secret").chmod(0o644)
    assert "run: chmod 600" in office365.run("run", "--once").output


@pytest.mark.parametrize(
    ("kept", "words"), [("s3cret", "not the JSON file"), ('{"web": {}}', "neither a service account")]
)
def test_a_file_that_google_did_not_make_is_found_at_load(office365: Desk, kept: str, words: str) -> None:
    (office365.folder / "secret").write_text(kept)
    text = re.sub(r'(tenant|client_id) = ".*"\n', "", office365.config.read_text())
    office365.config.write_text(text.replace('"microsoft"', '"google"'))
    told = office365.run("run", "--once").output
    assert "imap.oauth.client_secret_file: it " in told and words in told and "s3cret" not in told
