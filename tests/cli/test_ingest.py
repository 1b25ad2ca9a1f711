"""`mailticket ingest`: mails by hand and from an MTA's pipe, each kept once and none lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailticket.store import inbox
from mailticket.store.files import blobs
from tests.cli.desk import Desk

MAIL = b"From: carla@customer.example\r\nTo: support@example.com\r\nSubject: Help\r\n\r\nIt burns.\r\n"
SALES = """
[[service]]
name = "sales"
address = "sales@example.com"
aliases = ["offers@example.com"]
[service.imap]
host = "127.0.0.1"
username = "sales@example.com"
[service.smtp]
host = "127.0.0.1"
"""


def with_sales(desk: Desk) -> Desk:
    """The desk with a second service, so that a mail's addresses must tell whose it is."""
    desk.config.write_text(desk.config.read_text() + SALES, "utf-8")
    return desk


def mail(desk: Desk, name: str = "one.eml", content: bytes = MAIL) -> str:
    path = desk.folder / name
    path.write_bytes(content)
    return str(path)


def taken(desk: Desk) -> list[tuple[str, bytes]]:
    """What lies in the inbox: service and bytes, the oldest first."""
    with desk.store():
        return [(one.service, blobs.get(one.blob)) for one in reversed(inbox.list_items())]


def test_files_are_taken_in_once(desk: Desk) -> None:
    one, two = mail(desk), mail(desk, "two.eml", MAIL + b"Please hurry.\r\n")
    assert desk.run("ingest", one, two).stdout == "2 mails taken in.\n"
    assert desk.run("ingest", one).stdout == "0 mails taken in, 1 known already.\n"
    assert taken(desk) == [("support", MAIL), ("support", MAIL + b"Please hurry.\r\n")]


def test_an_mtas_pipe_is_silent_and_its_mail_durable(desk: Desk) -> None:
    result = desk.run("ingest", "-", stdin=MAIL)
    assert (result.exit_code, result.output) == (0, "")
    assert taken(desk) == [("support", MAIL)]


def test_the_same_bytes_named_twice_in_one_call_are_two_mails(desk: Desk) -> None:
    one = mail(desk)
    assert desk.run("ingest", one, one).stdout == "2 mails taken in.\n"


def test_a_long_mail_is_streamed_unchanged(desk: Desk) -> None:
    long = MAIL + b"x" * 3_000_000
    assert desk.run("ingest", "-", stdin=long).exit_code == 0
    assert taken(desk) == [("support", long)]


@pytest.mark.parametrize(
    ("head", "service"),
    [
        (b"To: sales@example.com", "sales"),
        (b"Delivered-To: offers@example.com\r\nTo: support@example.com", "sales"),
        (b"To: somebody@else.example\r\nCc: Support <SUPPORT@example.com>", "support"),
    ],
)
def test_the_addresses_of_a_mail_tell_its_service(desk: Desk, head: bytes, service: str) -> None:
    assert with_sales(desk).run("ingest", "-", stdin=head + b"\r\n\r\nHello\r\n").exit_code == 0
    assert [found for found, _raw in taken(desk)] == [service]


def test_the_option_tells_the_service_of_all(desk: Desk) -> None:
    with_sales(desk).run("ingest", "--service", "sales", mail(desk))
    assert [found for found, _raw in taken(desk)] == ["sales"]


def test_a_file_that_cannot_be_taken_keeps_no_other_out(desk: Desk) -> None:
    empty, foreign = mail(desk, "empty.eml", b""), mail(desk, "foreign.eml", b"To: x@y.example\r\n\r\n")
    result = with_sales(desk).run("ingest", empty, mail(desk), foreign)
    assert result.exit_code == 1
    assert result.stdout == "1 mail taken in.\n"
    assert result.stderr == (
        f"{empty} is empty.\n{foreign} is addressed to none of the services; name one with --service.\n"
    )


def test_json_has_one_object_for_each_mail(desk: Desk) -> None:
    [one] = desk.json("ingest", mail(desk))
    assert (one["service"], one["size"], one["id"], one["trouble"]) == ("support", len(MAIL), 1, "")
    assert json.loads(desk.run("ingest", mail(desk), "--json").stdout)[0]["id"] is None


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("ingest", "-"), b"", "The mail is empty."),
        (("ingest", "--service", "gone", "-"), MAIL, "There is no service gone."),
        (("ingest", "-"), b"To: x@y.example\r\n\r\n", "The mail is addressed to none of the services"),
    ],
)
def test_the_mta_keeps_what_could_not_be_taken(desk: Desk, words: tuple[str, ...], stdin: bytes, told: str) -> None:
    result = with_sales(desk).run(*words, stdin=stdin)
    assert result.exit_code == 75
    assert result.stderr.startswith(f"mailticket: {told}")


@pytest.mark.parametrize("broken", ["config", "data", "disk"])
def test_the_mta_keeps_the_mail_whatever_is_broken(desk: Desk, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "config":
        desk.config.write_text("no = toml", "utf-8")
    if broken == "data":
        desk.config.write_text(desk.config.read_text().replace('"data"', '"/proc/nothing"'), "utf-8")
    if broken == "disk":
        monkeypatch.setattr(inbox, "take", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = desk.run("ingest", "-", stdin=MAIL)
    assert result.exit_code == 75
    assert len(result.stderr.splitlines()) >= 1


@pytest.mark.parametrize("words", [("ingest",), ("ingest", "gone.eml"), ("ingest", "--service", "gone", "config.toml")])
def test_wrong_use_is_no_matter_of_trying_again(
    desk: Desk, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert desk.run(*words).exit_code == 2
