"""`mailticket replay`: what is read in a mail, and what a desk would do with it, with nothing stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from mailticket.cli.main import main
from mailticket.store import cases
from tests.cli.desk import Desk

MAIL = (
    b"From: Carla <carla@customer.example>\r\nTo: support@example.com\r\nSubject: =?utf-8?q?K=C3=A4se?=\r\n"
    b"Message-ID: <1@customer.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\n\r\nIt burns.\r\n"
)
KEYS = (
    "file subject from to cc reply_to date message_id text html reply reply_method reply_sure attachments markers "
    "bounce sender case actions defects"
)


def saved(folder: Path, name: str = "one.eml", content: bytes = MAIL) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def replayed(*words: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the printed objects, stderr."""
    result = CliRunner().invoke(main, ["replay", "--json", *words], input=stdin)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_a_mail_is_one_object_a_line_without_any_config(tmp_path: Path) -> None:
    code, [told], _ = replayed(saved(tmp_path))
    assert code == 0
    assert " ".join(told) == KEYS
    assert (told["subject"], told["text"].strip(), told["date"]) == ("Käse", "It burns.", "2026-11-20T09:00:00Z")
    assert told["from"] == [{"name": "Carla", "address": "carla@customer.example"}]
    assert (told["bounce"], told["sender"], told["case"], told["actions"]) == (None, None, None, None)


def test_standard_input_is_a_file_too() -> None:
    code, [told], _ = replayed("-", stdin=MAIL)
    assert (code, told["file"], told["message_id"]) == (0, "-", "<1@customer.example>")


def test_a_file_that_cannot_be_read_is_reported_and_costs_no_other(tmp_path: Path) -> None:
    one, missing, two = saved(tmp_path), str(tmp_path / "none.eml"), saved(tmp_path, "two.eml")
    code, told, complaints = replayed(one, missing, two)
    assert (code, [each["file"] for each in told]) == (1, [one, two])
    assert complaints == f"{missing} cannot be read: No such file or directory\n"


def test_many_files_come_in_the_order_they_were_named(tmp_path: Path) -> None:
    names = [saved(tmp_path, f"{number}.eml", MAIL + b"%d\r\n" % number) for number in range(120)]
    code, told, _ = replayed(*names)
    assert (code, [each["file"] for each in told]) == (0, names)
    assert told[119]["text"].endswith("119\n")


def test_attachments_and_bounces_are_told_in_full(tmp_path: Path) -> None:
    report = (
        b"From: MAILER-DAEMON@example.com\r\nSubject: Undelivered Mail\r\nContent-Type: multipart/report;"
        b' report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n'
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822;"
        b" dirk@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/csv;"
        b' name="a.csv"\r\n\r\n1,2\r\n--b--\r\n'
    )
    _, [told], _ = replayed(saved(tmp_path, "b.eml", report))
    assert told["bounce"]["recipients"] == [{"address": "dirk@customer.example", "permanent": True, "status": "5.1.1"}]
    assert "bounce" in told["markers"]
    assert told["attachments"][-1].keys() == {"name", "type", "size", "sha256", "inline"}


def test_for_people_it_is_an_account(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["replay", saved(tmp_path, content=MAIL + b"\x1b[31mred\r\n")])
    assert "Subject     Käse" in result.stdout
    assert "The text:\n    It burns." in result.stdout
    assert "\x1b" not in result.stdout


def test_with_a_config_it_says_what_that_desk_would_do_and_does_nothing(desk: Desk) -> None:
    code, [told], _ = replayed("--config", str(desk.config), saved(desk.folder))
    assert (code, told["sender"]["kind"], told["case"]) == (0, "customer", None)
    assert told["actions"][0]["action"] == "open_case"
    assert all(one["reason"] for one in told["actions"])
    with desk.store():
        assert list(cases.list_cases()) == []


RULES = """
[[trigger]]
name = "cheese first"
on = "case.created"
when = "'käse' in subject|lower"
then = [{ priority = "high" }]
[[trigger]]
name = "never"
on = "case.created"
when = "subject == 'x'"
then = [{ tag = "x" }]
"""


def test_it_tells_which_rules_fire_and_why_and_which_do_not_and_why_not(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text("utf-8") + RULES, "utf-8")
    _, [told], _ = replayed("--config", str(desk.config), saved(desk.folder))
    fires, does_not = told["rules"]
    assert (fires["rule"], fires["event"], fires["fires"]) == ("cheese first", "case.created", True)
    assert "'käse' in subject|lower: Priority normal to high" in fires["reason"]
    assert (does_not["fires"], does_not["reason"]) == (False, "its condition does not hold: subject == 'x'")
    shown = CliRunner().invoke(main, ["replay", "--config", str(desk.config), saved(desk.folder)]).stdout
    assert "never on case.created does not fire: its condition does not hold: subject == 'x'" in " ".join(shown.split())


def test_a_desk_that_never_ran_is_asked_without_being_made(desk: Desk, tmp_path: Path) -> None:
    data = tmp_path / "elsewhere"
    text = desk.config.read_text("utf-8")
    line = next(one for one in text.splitlines() if one.startswith("data"))
    desk.config.write_text(text.replace(line, f'data = "{data}"'), "utf-8")
    code, [told], _ = replayed("--config", str(desk.config), saved(desk.folder))
    assert (code, told["actions"][0]["action"], data.exists()) == (0, "open_case", False)


def test_a_csr_without_proof_is_told_as_such(desk: Desk) -> None:
    mail = MAIL.replace(b"carla@customer.example", b"ann@example.com")
    _, [told], _ = replayed("--config", str(desk.config), "-", stdin=mail)
    assert (told["sender"]["kind"], told["sender"]["address"]) == ("unproven", "ann@example.com")
