"""The first hour of an admin: init, check, check --send, run --shadow, run, with the usual mishaps on the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.cli.desk import Desk as CommandLine
from tests.desk.house import mail
from tests.road.desk import Desk
from tests.servers.carrier import Carrier
from tests.servers.certificates import Certificate
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.scripted_imap import ScriptedImap
from tests.servers.smtp_sink import SmtpSink


@dataclass
class Newcomer:
    """Somebody who types commands in an empty folder; `trusts` names the CAs of their machine, "" for its own."""

    folder: Path
    dovecot: Dovecot
    sink: SmtpSink
    user: str
    trusts: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def type(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """Exit code, and all that was said."""
        environ = {**os.environ, "COLUMNS": "400"} | ({"SSL_CERT_FILE": self.trusts} if self.trusts else {})
        command = [sys.executable, "-m", "mailticket", *words]
        done = subprocess.run(
            command, input=stdin.encode(), capture_output=True, timeout=120, check=False, cwd=self.folder, env=environ
        )
        told = (done.stdout + done.stderr).decode()
        assert "Traceback" not in told, told
        return done.returncode, told

    def init(self, *words: str, password: str = PASSWORD, imap_port: int = 0) -> tuple[int, str]:
        port = str(imap_port or self.dovecot.tls_port)
        servers = ["--imap-host", "localhost", "--imap-port", port, "--imap-security", "tls"]
        servers += ["--smtp-host", "127.0.0.1", "--smtp-port", str(self.sink.port), "--smtp-security", "none"]
        people = ["--yes", "--csr", "ann@example.com", "--csr-name", "Ann Archer", "--password-stdin"]
        return self.type("init", self.user, *servers, *people, *words, stdin=f"{password}\n")


@pytest.fixture
def newcomer(tmp_path: Path, dovecot: Dovecot, smtp_sink: SmtpSink, fresh_user: str) -> Newcomer:
    smtp_sink.username, smtp_sink.password = fresh_user, PASSWORD
    return Newcomer(tmp_path, dovecot, smtp_sink, fresh_user, dovecot.ca_file)


@pytest.mark.timeout(300)
def test_from_init_to_the_running_desk(
    newcomer: Newcomer, dovecot: Dovecot, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, told = newcomer.init()
    assert code == 0, told
    # What `init` prints at its end is what comes next.
    assert re.findall(r"mailticket (check --send|run --shadow|run)\b(?! --)", told) == [
        "check --send", "run --shadow", "run",
    ]  # fmt: skip
    with Carrier(smtp_sink, dovecot, newcomer.user):
        code, told = newcomer.type("check", "--send")
    assert code == 0 and "came back after" in told, told
    dovecot.deliver(newcomer.user, mail(subject="An old matter"))
    code, told = newcomer.type("run", "--shadow")
    assert code == 0 and "would do with An old matter" in told and "would send auto_reply" in told, told
    assert len(dovecot.mails(newcomer.user)) == 1 and len(smtp_sink.mails) == 1
    desk = Desk(dovecot, smtp_sink, newcomer.folder, newcomer.user)
    monkeypatch.setenv("SSL_CERT_FILE", newcomer.trusts)
    try:
        desk.start()
        desk.arrive(desk.mail("Carla <carla@customer.example>", "A new matter", "Hello?"))
        smtp_sink.wait_for_mail(to="carla@customer.example", timeout=30)
        smtp_sink.wait_for_mail(to="ann@example.com")
        assert [one["subject"] for one in desk.ask("case", "list")] == ["A new matter", "An old matter"]
        assert not any("old matter" in one.subject for one in smtp_sink.mails)
    finally:
        desk.end()


def test_a_wrong_password_is_told_and_mended_in_its_file(newcomer: Newcomer) -> None:
    code, told = newcomer.init(password="not this")
    assert code == 1
    assert "refused the password" in told and "Check username and password" in told and "535" in told
    assert "The config stays" in told and "not this" not in told
    [kept] = newcomer.folder.glob("*.password")
    kept.write_text(PASSWORD)
    assert newcomer.type("check")[0] == 0


def test_a_wrong_port_is_told(newcomer: Newcomer, dovecot: Dovecot) -> None:
    code, told = newcomer.init(imap_port=dovecot.port)
    assert code == 1 and "does not speak TLS from the first byte" in told and '143 and 587 "starttls"' in told
    code, told = newcomer.init("--force", imap_port=1)
    assert code == 1 and "Nobody listens on localhost:1" in told and "Check host and port" in told
    assert newcomer.init("--force")[0] == 0


def test_a_certificate_of_ones_own_ca_is_told_with_the_way_to_trust_it(newcomer: Newcomer) -> None:
    trusted, newcomer.trusts = newcomer.trusts, "/etc/ssl/certs/ca-certificates.crt"
    code, told = newcomer.init()
    assert code == 1
    assert "certificate of localhost" in told and "update-ca-certificates" in told and "$SSL_CERT_FILE" in told
    newcomer.trusts = trusted
    assert newcomer.type("check")[0] == 0


def test_a_self_signed_certificate_is_told_and_trusted_by_itself(newcomer: Newcomer, tmp_path: Path) -> None:
    """What many a mail server is installed with: a certificate that is its own CA."""
    alone = trustme.CA()
    pem = tmp_path / "alone.pem"
    alone.private_key_pem.write_to_path(str(pem))
    alone.cert_pem.write_to_path(str(pem), append=True)
    with ScriptedImap(tls=Certificate(pem).context()) as server:
        code, told = newcomer.init(imap_port=server.port)
    assert code == 1 and "is signed by itself" in told and "its own if it is self-signed" in told


def test_the_same_desk_sends_through_postfix(newcomer: Newcomer, postfix: Postfix, dovecot: Dovecot) -> None:
    """A relay on this machine that knows nobody: the login goes, the port is another."""
    assert newcomer.init()[0] == 0
    newcomer.sink.username = ""
    head, _, smtp = newcomer.config.read_text().partition("[service.smtp]")
    smtp = re.sub(r"(username|password_file) = .*\n", "", smtp).replace(str(newcomer.sink.port), str(postfix.port))
    newcomer.config.write_text(f"{head}[service.smtp]{smtp}")
    with Carrier(newcomer.sink, dovecot, newcomer.user):
        code, told = newcomer.type("check", "--send")
    assert code == 0 and "came back after" in told and "its body is as it was sent" in told, told


@pytest.mark.parametrize("processed", ["move", "delete"])
def test_a_running_daemon_takes_the_mail_to_itself_for_no_case(
    idle_desk: Desk, dovecot: Dovecot, smtp_sink: SmtpSink, processed: str
) -> None:
    idle_desk.service = f'processed = "{processed}"'
    idle_desk.start()
    with Carrier(smtp_sink, dovecot, idle_desk.user):
        for _ in range(2):
            assert "came back after" in idle_desk.run("check", "--send")
    idle_desk.arrive(idle_desk.mail("Carla <carla@customer.example>", "Printer", "It burns."))
    idle_desk.wait(lambda: idle_desk.ask("case", "list"), 20, "the case of a customer's mail")
    assert [one["subject"] for one in idle_desk.ask("case", "list")] == ["Printer"]
    kept = [raw for folder in dovecot.folders(idle_desk.user) for raw in dovecot.mails(idle_desk.user, folder).values()]
    assert not any(b"mailticket check" in raw for raw in kept)


def test_everything_it_needs_is_there_without_the_extras(tmp_path: Path) -> None:
    """Neither Microsoft's library nor Google's is imported by a command that talks to neither."""
    words = "mailticket.cli.setting_up.init, mailticket.cli.setting_up.admin"
    script = f"import sys, {words}, mailticket.daemon; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert not {"msal", "google.auth", "requests"} & set(done.stdout.split())
    assert CommandLine(tmp_path).run("--help").exit_code == 0
