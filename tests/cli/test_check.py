"""`mailticket check`: what is wrong is found, told with its fix, and hides nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailticket.cli.setting_up import check_machine, check_servers, checks
from mailticket.cli.setting_up.finding import Finding, Status, ok
from mailticket.domain.case import Channel
from mailticket.store import inbox
from mailticket.store.files import blobs
from mailticket.wire.tls import TlsFacts
from tests import cast
from tests.cli.desk import AT, Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp_sink import SmtpSink


def found(desk: Desk) -> dict[str, list[tuple[str, str]]]:
    """What `check` prints in JSON: status and words by what was looked at."""
    listed: dict[str, list[tuple[str, str]]] = {}
    for row in checks.look(desk.config):
        listed.setdefault(row.what, []).append((row.status.value, f"{row.said} {row.fix}"))
    return listed


def with_servers(desk: Desk, dovecot: Dovecot, user: str, sink: SmtpSink) -> Desk:
    """The desk's config with servers that run, the mailbox over TLS."""
    desk.config.write_text(
        desk.config.read_text()
        .replace(
            'host = "127.0.0.1"\nusername = "support@example.com"',
            f'host = "localhost"\nport = {dovecot.tls_port}\nusername = "{user}"',
        )
        .replace('"geheim"', f'"{PASSWORD}"')
        .replace('security = "none"', f'security = "none"\nport = {sink.port}'),
        "utf-8",
    )
    return desk


def test_a_healthy_desk_is_told_so(
    desk: Desk, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", dovecot.ca_file)
    with_servers(desk, dovecot, fresh_user, smtp_sink)
    desk.config.write_text(desk.config.read_text() + '[web]\nlisten = "127.0.0.1:0"\n', "utf-8")  # a free port
    result = desk.run("check")
    assert result.exit_code == 0, result.output
    assert f"logged in to localhost as {fresh_user}; 0 mails in INBOX; IDLE, MOVE, UIDPLUS" in result.stdout
    assert "127.0.0.1 answers; mails up to" in result.stdout
    assert "TLSv1.3, certificate until" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("All is well")


def test_each_broken_thing_is_told_and_none_hides_another(
    desk: Desk, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", dovecot.ca_file)
    with_servers(desk, dovecot, fresh_user, smtp_sink)
    text = desk.config.read_text().replace(f'"{PASSWORD}"', '"wrong"').replace(f"port = {smtp_sink.port}", "port = 1")
    desk.config.write_text(text.replace('data = "data"', 'data = "fresh"'), "utf-8")
    (desk.folder / "fresh").mkdir(mode=0o700)
    (desk.folder / "fresh" / "mailticket.db").touch(mode=0o600)
    (desk.folder / "templates").mkdir()
    (desk.folder / "templates" / "auto_reply.txt").write_text("{{ nonsense")
    told = found(desk)
    for what, words in [
        ("database", "Run `mailticket migrate`."),
        ("templates", "auto_reply.txt"),
        ("support: IMAP", "password"),
        ("support: SMTP", "127.0.0.1:1"),
    ]:
        [(status, said)] = told[what]
        assert status == "failed"
        assert words in said
    assert desk.run("check").exit_code == 1


def test_a_missing_password_hides_no_other_service(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace('password = "geheim"\n', ""), "utf-8")
    told = found(desk)
    assert told["config"][0][0] == "failed"
    assert "support-imap-password" in told["config"][0][1]
    assert told["support: IMAP"] == [("failed", "127.0.0.1 was not asked: no password See the config's mistake above.")]
    assert told["database"][0][0] == "ok"


def test_a_wrong_config_still_shows_the_machine(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace("Europe/Berlin", "Mars"), "utf-8")
    told = found(desk)
    assert told["config"][0][0] == "failed"
    assert set(told) == {"config", "clock", "talon"}


def test_keys_that_are_not_carried_out_are_warned_about(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text() + '[web]\nlinks = "signin"\n', "utf-8")
    assert any(status == "warning" and "[web] links" in said for status, said in found(desk)["config"])


def test_a_data_folder_that_is_a_file_is_told(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text().replace('"data"', '"config.toml"'), "utf-8")
    [(status, said)] = found(desk)["data folder"]
    assert status == "failed" and f"{desk.config} is no folder" in said


def test_a_desk_without_a_service_is_not_well(desk: Desk) -> None:
    desk.config.write_text('[mailticket]\ndata = "data"\n', "utf-8")
    assert ("warning", "it has no [[service]], so no mail is collected Add one.") in found(desk)["config"]


def test_a_password_in_a_config_that_everybody_can_read_is_warned_about(desk: Desk) -> None:
    desk.config.chmod(0o644)
    assert any(status == "warning" and "chmod 640" in said for status, said in found(desk)["config"])


def test_json_has_every_finding(desk: Desk) -> None:
    result = desk.run("check", "--json")
    assert result.exit_code == 1
    assert '"status": "failed"' in result.stdout
    assert '"what": "support: IMAP"' in result.stdout


AUTH = (
    b"Authentication-Results: mx.example.com; dmarc=pass header.from=customer.example\r\nFrom: x@y.example\r\n\r\nHello"
)


@pytest.mark.parametrize(
    ("keys", "status", "words"),
    [
        ("", "warning", 'set authserv_ids = ["mx.example.com"]'),
        ('authserv_ids = ["mx.example.com"]', "ok", "the last mails carry mx.example.com"),
        ('authserv_ids = ["mx.other.example"]', "failed", "never the configured mx.other.example"),
        ('trust = "address"', "warning", "anybody can write as a CSR"),
    ],
)
def test_trust_goes_by_what_the_last_mails_carry(desk: Desk, keys: str, status: str, words: str) -> None:
    desk.config.write_text(desk.config.read_text().replace('first_level = "first"', f'first_level = "first"\n{keys}'))
    with desk.store():
        inbox.take([inbox.Arrival("test", "1", "support", Channel.MAIL, blobs.put(AUTH), len(AUTH), AT)], AT)
    [(told, said)] = found(desk)["support: trust"]
    assert told == status
    assert words in said


def test_a_dead_server_costs_the_deadline_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs() -> Iterator[Finding]:
        time.sleep(5)
        yield ok("dead", "too late")

    began = time.monotonic()
    looks = [("dead", hangs), ("alive", lambda: [ok("alive", "well")])]
    told = checks._side_by_side(looks, 0.3)
    assert time.monotonic() - began < 2
    assert [(one.what, one.status) for one in told] == [("dead", Status.FAILED), ("alive", Status.OK)]


def test_a_fault_of_ours_is_a_line_of_the_table() -> None:
    def breaks() -> Iterator[Finding]:
        yield ok("thing", "half")
        raise KeyError("x")

    told = checks._side_by_side([("thing", breaks)], 5)
    assert [one.status for one in told] == [Status.OK, Status.FAILED]
    assert "KeyError" in told[1].said


@pytest.mark.parametrize(("days", "status"), [(3, Status.WARNING), (60, Status.OK)])
def test_a_certificate_that_ends_soon_is_warned_about(days: int, status: Status) -> None:
    ends = datetime.now(UTC) + timedelta(days=days, hours=1)
    [told] = check_servers._certificate("imap", TlsFacts("TLSv1.3", ends))
    assert told.status is status
    assert f"{ends:%Y-%m-%d}" in told.said


@pytest.mark.parametrize(
    ("processed", "able", "cannot"),
    [("keep", [], False), ("move", ["UIDPLUS"], False), ("move", ["IDLE"], True), ("delete", ["MOVE"], True)],
)
def test_a_server_must_be_able_to_take_mails_out(processed: str, able: list[str], cannot: bool) -> None:
    assert check_servers._cannot_take_out(cast.service(processed=processed), able) is cannot


@pytest.mark.parametrize(("free", "status"), [(50_000_000, "failed"), (500_000_000, "warning"), (5_000_000_000, "ok")])
def test_a_disk_that_fills_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": free}))
    tmp_path.chmod(0o700)
    config = cast.config(mailticket={"data": str(tmp_path)})
    assert [one.status for one in check_machine.data_folder(config)] == [status]


@pytest.mark.parametrize(("state", "status"), [(0, "ok"), (5, "warning"), (None, "ok")])
def test_a_clock_that_nobody_keeps_is_told(monkeypatch: pytest.MonkeyPatch, state: int | None, status: str) -> None:
    monkeypatch.setattr(check_machine, "_clock_state", lambda: state)
    assert [one.status for one in check_machine.clock()] == [status]


def test_without_talon_it_is_told_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    [told] = check_machine.talon()
    assert told.status is Status.WARNING
    assert "kept whole" in told.said


def test_a_skill_that_nobody_there_has_is_told_where_cases_would_wait_for_it(desk: Desk) -> None:
    """Bo knows about law, and gets no new cases here."""
    text = desk.config.read_text().replace('name = "Bo Baker"', 'name = "Bo Baker"\nskills = ["law"]')
    text = text.replace('first_level = "first"', 'first_level = "first"\nassignment = { new_case = "skills", ASSIGN }')
    text = text.replace('members = ["ann@example.com", "bo@example.com"]', 'members = ["ann@example.com"]')
    rule = '[[trigger]]\nname = "lawsuit"\non = "case.created"\nthen = [{ skill = "Law" }]\n'
    desk.config.write_text(f"{text}{rule}".replace("ASSIGN", 'nobody_able = "wait"'), "utf-8")
    [(status, said)] = found(desk)["support: skills"]
    assert status == "warning" and said.startswith('"lawsuit" asks for "Law", and nobody in first knows about it')
    desk.config.write_text(f"{text}{rule}".replace("ASSIGN", 'nobody_able = "random"'), "utf-8")
    assert found(desk)["rules"] == [("ok", "triggers: 1, workflows: 0 ")]
