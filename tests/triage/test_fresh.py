"""Which mails seem to depend on no other one, by their headers alone."""

from __future__ import annotations

import pytest

from mailticket.config.models import Config
from mailticket.mime.first_look import look
from mailticket.triage.fresh import commanding, is_fresh

DESK = Config.model_validate(
    {
        "mailticket": {"admins": ["Root@Desk.example"], "managers": ["boss@desk.example"]},
        "csr": [{"email": "ann@desk.example", "name": "Ann", "aliases": ["ann@home.example"]}],
        "service": [
            {
                "name": "support",
                "address": "support@desk.example",
                "aliases": ["help@desk.example"],
                "imap": {"host": "imap.desk.example", "username": "support"},
                "smtp": {"host": "smtp.desk.example"},
            }
        ],
    }
)
INQUIRY = {"From": "Carla <carla@customer.example>", "Subject": "The pump leaks", "Message-ID": "<1@customer.example>"}


def fresh(**changed: str) -> bool:
    fields = INQUIRY | {name.replace("_", "-"): value for name, value in changed.items()}
    raw = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode()
    return is_fresh(look(raw + b"\r\nIt drips.\r\n"), commanding(DESK))


@pytest.mark.parametrize(
    "subject",
    [
        "The pump leaks",
        "",
        "[EXTERNAL] The pump leaks",
        "=?utf-8?q?Die_Pumpe_t=C3=B6nt?=",
        "Our order #4711",
        "Regarding",
    ],
)
def test_whoever_begins_a_matter_writes_a_fresh_mail(subject: str) -> None:
    assert fresh(Subject=subject)


@pytest.mark.parametrize(
    "changed",
    [
        {"In_Reply_To": "<ours@desk.example>"},
        {"References": "<ours@desk.example>"},
        {"Subject": "Re: The pump leaks"},
        {"Subject": "[EXTERNAL] AW: The pump leaks"},
        {"Subject": "WG: The pump leaks"},
        {"Subject": "[#0000-0000] The pump leaks"},
        {"Subject": "The pump [#0000-0000] leaks"},
        {"Resent_From": "dirk@customer.example"},
        {"From": ""},
        {"From": "carla@customer.example, dirk@customer.example"},
        {"From": "Ann <ann@home.example>"},
        {"From": "help@desk.example"},
        {"From": "root@desk.example"},
        {"From": "BOSS@desk.example"},
        {"Auto_Submitted": "auto-replied"},
        {"List_Id": "<news.shop.example>"},
        {"Return_Path": "<>"},
        {"Content_Type": 'multipart/report; boundary="x"'},
        {"From": "no-reply@shop.example"},
    ],
)
def test_what_may_depend_on_another_mail_or_command_something_is_not_fresh(changed: dict[str, str]) -> None:
    assert not fresh(**changed)


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 500, b"From" * 50_000, b"From: a@b.example\r\n" * 9_000])
def test_any_bytes_can_be_looked_at_and_are_not_fresh(raw: bytes) -> None:
    assert not is_fresh(look(raw), commanding(DESK))
