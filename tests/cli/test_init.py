"""`mailticket init`: what it writes, asks and refuses, and that what it wrote passes `check`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailticket import settings
from mailticket.cli.main import main
from mailticket.cli.setting_up import first_config
from mailticket.cli.setting_up.init import _as_the_daemon
from mailticket.wire import discovery
from mailticket.wire.discovery import World
from tests.servers import programs
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.identity import IdentityProvider
from tests.servers.smtp_sink import SmtpSink


@dataclass
class Admin:
    """Somebody with an empty folder and working servers."""

    folder: Path
    dovecot: Dovecot
    sink: SmtpSink
    user: str

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def servers(self) -> list[str]:
        return [
            "--imap-host", "localhost", "--imap-port", str(self.dovecot.tls_port), "--imap-security", "tls",
            "--smtp-host", "127.0.0.1", "--smtp-port", str(self.sink.port), "--smtp-security", "none",
        ]  # fmt: skip

    def init(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), "init", self.user, *words], input=typed)

    def by_script(self, *words: str, typed: str = f"{PASSWORD}\n") -> Result:
        return self.init(
            *self.servers, "--yes", "--csr", "jane.doe@example.org", "--password-stdin", *words, typed=typed
        )


@pytest.fixture
def admin(
    tmp_path: Path, dovecot: Dovecot, smtp_sink: SmtpSink, fresh_user: str, monkeypatch: pytest.MonkeyPatch
) -> Admin:
    monkeypatch.setenv("SSL_CERT_FILE", dovecot.ca_file)
    smtp_sink.username, smtp_sink.password = fresh_user, PASSWORD
    return Admin(tmp_path, dovecot, smtp_sink, fresh_user)


def test_a_script_gets_a_config_that_passes_check(admin: Admin) -> None:
    done = admin.by_script()
    assert done.exit_code == 0, done.output
    assert "All is well" in done.output and "check --send" in done.output and "run --shadow" in done.output
    checked = CliRunner().invoke(main, ["--config", str(admin.config), "check"])
    assert checked.exit_code == 0, checked.output
    config = settings.load(admin.config)
    assert config.csr[0].name == "Jane Doe" and config.mailticket.admins == ("jane.doe@example.org",)
    assert [one.email for one in config.members(config.service[0].first_level)] == ["jane.doe@example.org"]


def test_the_password_lies_in_a_file_of_its_own_and_nowhere_else(admin: Admin) -> None:
    done = admin.by_script()
    [kept] = admin.folder.glob("*.password")
    assert kept.read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in admin.config.read_text() and PASSWORD not in done.output
    assert not list(admin.folder.glob(".*"))


def test_whoever_types_is_asked_what_could_not_be_found(admin: Admin) -> None:
    answers = ["", "", PASSWORD, "jane@example.org", "Jane"]
    done = admin.init(*admin.servers, typed="\n".join(answers[1:]) + "\n")
    assert done.exit_code == 0, done.output
    for asked in ("User name", "Password", "First CSR's mail address", "Their name"):
        assert asked in done.output
    assert PASSWORD not in done.output


def test_what_is_found_is_shown_and_may_be_changed(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = World(lambda _d: [], lambda _n: [], lambda _u: None, lambda _h: False)
    monkeypatch.setattr(discovery, "World", lambda: nothing)
    typed = ["mail.mine.example", "", "", "pw", "jane@example.org", ""]
    done = CliRunner().invoke(
        main, ["--config", str(admin.config), "init", "help.desk@mine.example"], input="\n".join(typed) + "\n"
    )
    assert "Nothing was found; what follows is a guess" in done.output
    assert "IMAP server [imap.mine.example]" in done.output
    text = admin.config.read_text()
    assert 'host = "mail.mine.example"\nport = 993\nsecurity = "tls"' in text
    assert 'host = "smtp.mine.example"\nport = 587\nsecurity = "starttls"' in text
    assert 'name = "help.desk"' in text and (admin.folder / "help.desk.password").exists()
    assert done.exit_code == 1 and "The config stays" in done.output


def test_a_config_that_exists_is_never_overwritten_without_force(admin: Admin) -> None:
    admin.config.write_text("# mine")
    done = admin.by_script()
    assert done.exit_code == 1 and "exists; nothing was changed" in done.output
    assert admin.config.read_text() == "# mine" and not list(admin.folder.glob("*.password"))
    assert admin.by_script("--force").exit_code == 0
    assert "Written by" in admin.config.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--yes"], "--csr ADDRESS"),
        (["--yes", "--csr", "j@x.example", "--imap-host", "h", "--smtp-host", "h"], "--password-file"),
        (["--yes", "--csr", "j@x.example", "--oauth", "google", "--imap-host", "h", "--smtp-host", "h"], "JSON file"),
        (["--yes", "--csr", "j@x.example", "--oauth", "microsoft", "--imap-host", "h", "--smtp-host", "h"], "--tenant"),
    ],
)
def test_a_script_that_says_too_little_is_told_the_option(admin: Admin, words: list[str], said: str) -> None:
    done = admin.init(*words)
    assert done.exit_code == 2 and said in done.output
    assert not admin.config.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "give --username, or --yes to take what is found"), ("\n", "give --password-file or --password-stdin")],
    ids=["nothing", "only the user name"],
)
def test_whoever_cannot_type_is_told_the_option_and_nothing_is_written(admin: Admin, typed: str, said: str) -> None:
    done = admin.init(*admin.servers, typed=typed)
    assert done.exit_code == 2 and f"nobody is there to be asked: {said}\n" in done.stderr, done.output
    assert list(admin.folder.iterdir()) == []


def test_the_services_own_address_is_no_csr(admin: Admin) -> None:
    done = admin.init(*admin.servers, "--yes", "--csr", admin.user, "--password-stdin", typed="x\n")
    assert done.exit_code == 2 and "address of their own" in done.output


@pytest.mark.parametrize("words", [("--csr", "jane"), ("--csr", "J <j@x.example>"), ("--admin", "boss@")])
def test_what_the_config_would_refuse_is_refused_before_anything_is_written(admin: Admin, words: list[str]) -> None:
    done = admin.by_script(*words)
    assert done.exit_code == 2 and f'"{words[1]}" is not a mail address' in done.stderr
    assert list(admin.folder.iterdir()) == []


def test_whoever_mistypes_an_address_is_asked_again(admin: Admin) -> None:
    typed = ["", PASSWORD, "jane", admin.user, "jane@example.org", "Jane"]
    done = admin.init(*admin.servers, typed="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert '"jane" is not a mail address' in done.output and "address of their own" in done.output
    assert settings.load(admin.config).csr[0].email == "jane@example.org"


def test_whoever_breaks_off_leaves_nothing_behind(admin: Admin) -> None:
    assert admin.init(*admin.servers, typed=f"\n{PASSWORD}\n").exit_code == 2
    assert list(admin.folder.iterdir()) == []


def test_a_password_that_is_kept_already_is_told_before_anything_is_asked(admin: Admin) -> None:
    (admin.folder / f"{admin.user.partition('@')[0]}.password").write_text("old\n")
    done = admin.init(*admin.servers)
    assert done.exit_code == 1 and "exists; nothing was changed" in done.stderr and "--password-file" in done.stderr
    assert "User name" not in done.stdout and not admin.config.exists()


def test_a_microsoft_address_leads_to_the_sign_in(admin: Admin, identity: IdentityProvider) -> None:
    words = ["--yes", "--csr", "j@x.example", "--tenant", identity.tenant, "--client-id", "desk"]
    done = CliRunner().invoke(main, ["--config", str(admin.config), "init", "desk@outlook.com", *words])
    assert done.exit_code == 0, done.output
    assert "mailticket sign-in" in done.output and "docs/oauth.md" in done.output
    oauth = settings.load(admin.config).service[0].smtp.oauth
    assert oauth is not None and oauth.client_id == "desk"


def test_a_name_with_quotes_breaks_no_config(admin: Admin) -> None:
    done = admin.by_script("--csr-name", 'J "\\ \x7f \n Ü')
    assert done.exit_code == 0, done.output
    assert settings.load(admin.config).csr[0].name == 'J "\\ \x7f \n Ü'


def test_root_becomes_the_owner_of_the_data_also_where_they_have_no_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nameless: Callable[[Path], os.stat_result]
) -> None:
    owner, became = nameless(tmp_path), []
    for name in ("setgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, name, became.append)
    _as_the_daemon(tmp_path)
    assert became == [[owner.st_gid], owner.st_gid, owner.st_uid]


def test_what_root_writes_for_the_daemon_its_group_may_read(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        programs.missing("only root can give files to a group")
    os.chown(tmp_path, 0, 65534)
    first_config.write(tmp_path / "a.password", "x", replaces=False)
    told = (tmp_path / "a.password").stat()
    assert (stat.S_IMODE(told.st_mode), told.st_uid, told.st_gid) == (0o640, 0, 65534)
