"""The unit and its snippets: what the daemon relies on, and how little it may do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import programs

FOLDER = Path(__file__).parents[1] / "systemd"
UNIT = FOLDER / "mailticket.service"


def settings(text: str) -> dict[str, list[str]]:
    """Each key of a unit with its values in order."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if re.match(r"\w+=", line):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


FOUND = settings(UNIT.read_text("utf-8"))


def analyse(*arguments: str) -> str:
    done = subprocess.run(
        [programs.require("systemd-analyze"), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("Restart", "on-failure"),
        ("User", "mailticket"),
        ("StateDirectory", "mailticket"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
        ("WantedBy", "multi-user.target"),
    ],
)
def test_the_unit_says(key: str, value: str) -> None:
    assert FOUND[key] == [value]


def test_it_may_stop_for_longer_than_the_daemon_needs() -> None:
    assert int(FOUND["TimeoutStopSec"][0]) > 20


def test_the_watchdog_waits_longer_than_a_mail_may_take() -> None:
    assert int(FOUND["WatchdogSec"][0]) >= 30


def test_it_runs_the_command_that_the_package_installs() -> None:
    assert FOUND["ExecStart"] == ["/usr/bin/mailticket --config /etc/mailticket/config.toml run"]


def test_the_example_of_credentials_names_them_as_settings_looks_for_them() -> None:
    text = UNIT.read_text("utf-8")
    assert "#LoadCredential=support-imap-password:" in text
    assert "#LoadCredential=support-smtp-password:" in text


def test_each_group_of_lines_is_explained() -> None:
    service = UNIT.read_text("utf-8").partition("[Service]\n")[2].partition("[Install]")[0]
    groups = [group for group in service.strip().split("\n\n") if group]
    assert all(group.startswith("# ") for group in groups)


def test_systemd_finds_no_mistake(tmp_path: Path) -> None:
    unit = tmp_path / "mailticket.service"
    unit.write_text(UNIT.read_text("utf-8").replace("/usr/bin/mailticket ", "/bin/true "), "utf-8")
    assert "mailticket.service" not in analyse("verify", "--man=no", str(unit))


def test_systemd_finds_it_well_hardened() -> None:
    told = analyse("security", "--offline=true", "--no-pager", str(UNIT))
    score = re.search(r"exposure level for mailticket.service: ([\d.]+)", told)
    assert score
    assert float(score[1]) <= 1.5


def test_the_snippets_speak_of_the_same_user_and_folders() -> None:
    user = (FOLDER / "mailticket.sysusers.conf").read_text("utf-8")
    folders = (FOLDER / "mailticket.tmpfiles.conf").read_text("utf-8")
    assert re.search(r"^u mailticket - .* /var/lib/mailticket$", user, re.MULTILINE)
    assert re.search(r"^d /var/lib/mailticket +0700 mailticket mailticket -$", folders, re.MULTILINE)
    assert re.search(r"^d /etc/mailticket/credentials +0700 root +root +-$", folders, re.MULTILINE)


BACKUP = settings((FOLDER / "mailticket-backup.service").read_text("utf-8"))


def test_the_backup_runs_beside_the_desk_as_its_user_and_may_do_no_more() -> None:
    assert BACKUP["Type"] == ["oneshot"] and "--keep" in BACKUP["ExecStart"][0]
    same = ("User", "StateDirectory", "ProtectSystem", "NoNewPrivileges", "CapabilityBoundingSet", "UMask")
    assert {key: BACKUP[key] for key in same} == {key: FOUND[key] for key in same}
    folders = (FOLDER / "mailticket.tmpfiles.conf").read_text("utf-8")
    assert re.search(
        rf"^d {re.escape(BACKUP['ReadWritePaths'][0])} +0700 mailticket mailticket -$", folders, re.MULTILINE
    )


def test_systemd_finds_no_mistake_in_the_backup_and_its_timer(tmp_path: Path) -> None:
    for name in ("mailticket-backup.service", "mailticket-backup.timer"):
        text = (FOLDER / name).read_text("utf-8").replace("/usr/bin/mailticket ", "/bin/true ")
        (tmp_path / name).write_text(text, "utf-8")
    told = analyse("verify", "--man=no", *(str(one) for one in tmp_path.glob("mailticket-backup.*")))
    assert "mailticket-backup" not in told
