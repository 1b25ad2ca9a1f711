"""Links to files: downloads only, for two weeks, for whom they were made."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import StoredFile
from mailticket.letters.links import FileLinks
from tests.builders import KEYS
from tests.cast import ANN, CARLA, MALLORY
from tests.desk.house import mail, reply
from tests.threats.looking import text_of
from tests.web.visitor import Desk


def _with_file(
    desk: Desk, name: str = "plan.pdf", type_: str = "application/pdf", content: bytes = b"%PDF-1.7"
) -> None:
    """Carla writes again, with a file."""
    raw = reply(desk.house.letter("auto_reply"), CARLA, "Here it is.")
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(content, *type_.split("/"), filename=name)
    desk.house.take_in(message.as_bytes())


def _file(desk: Desk) -> StoredFile:
    (found,) = [file for entry in desk.house.entries() for file in entry.words.files]
    return found


def _url(desk: Desk, viewer: Address, **changes: str) -> str:
    file = _file(desk)
    named = StoredFile(changes.get("name", file.name), file.type, file.size, changes.get("sha256", file.sha256))
    config, now = desk.house.office.config, desk.house.clock()
    return FileLinks(config, KEYS, viewer.key, "letter", now).url(changes.get("case", desk.case.id), named)


@pytest.mark.parametrize("viewer", [CARLA, ANN.address])
def test_a_participant_and_a_csr_get_the_very_bytes(desk: Desk, viewer: Address) -> None:
    _with_file(desk)
    answer = desk.open(_url(desk, viewer))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"%PDF-1.7", "application/pdf")
    assert answer.headers["content-disposition"] == "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"


@pytest.mark.parametrize(
    ("name", "type_"),
    [("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.xml", "text/xml"), ("a.js", "text/javascript")],
)
def test_what_could_run_in_a_browser_is_unnamed_bytes(desk: Desk, name: str, type_: str) -> None:
    _with_file(desk, name, type_, b"<script>alert(1)</script>")
    headers = desk.open(_url(desk, CARLA)).headers
    assert headers["content-type"] == "application/octet-stream" and headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["content-security-policy"].startswith("sandbox")


def test_names_of_all_languages_come_through_and_break_no_header(desk: Desk) -> None:
    _with_file(desk, 'Größe "x"; 図.pdf')
    told = desk.open(_url(desk, CARLA)).headers["content-disposition"]
    assert told.isascii() and told.count('"') == 2 and "Gr%C3%B6%C3%9Fe" in told


def test_a_link_to_a_file_expires_after_two_weeks(desk: Desk) -> None:
    _with_file(desk)
    url = _url(desk, CARLA)
    desk.house.clock.forward(days=13)
    assert desk.open(url).status_code == 200
    desk.house.clock.forward(days=1)
    assert desk.open(url).status_code == 410


def test_who_does_not_take_part_gets_nothing(desk: Desk) -> None:
    _with_file(desk)
    assert desk.open(_url(desk, MALLORY)).status_code == 410


def test_a_file_of_another_case_or_name_is_not_given_out(desk: Desk) -> None:
    _with_file(desk)
    file = _file(desk)
    first = desk.case.id
    desk.house.take_in(mail(MALLORY))
    config, now = desk.house.office.config, desk.house.clock()
    other = next(one.id for one in desk.house.cases() if one.id != first)
    assert desk.open(FileLinks(config, KEYS, MALLORY.key, "", now).url(other, file)).status_code == 410
    renamed = StoredFile("setup.exe", file.type, file.size, file.sha256)
    assert desk.open(FileLinks(config, KEYS, CARLA.key, "", now).url(first, renamed)).status_code == 410


def test_a_file_of_a_private_note_is_not_for_the_customer(desk: Desk) -> None:
    raw = message_from_bytes(
        reply(desk.house.letter("csr_case"), ANN.address, "#note\nSee the plan."), policy=policy.SMTP
    )
    assert isinstance(raw, EmailMessage)
    raw.add_attachment(b"secret", "application", "pdf", filename="secret.pdf")
    desk.house.take_in(raw.as_bytes())
    assert desk.open(_url(desk, CARLA)).status_code == 410
    assert desk.open(_url(desk, ANN.address)).content == b"secret"


def test_files_of_a_letter_that_left_the_house_are_not_given_out_by_its_links(desk: Desk) -> None:
    _with_file(desk)
    letter = desk.house.letters("csr_case")[-1]
    (url,) = set(re.findall(r"https?://\S+/f/[\w.-]+", text_of(desk.house.as_sent(letter))))
    assert desk.open(url).status_code == 200
    desk.house.take_in(reply(letter, ANN.address, "Unplug it.", cc=MALLORY.address))
    answer = desk.open(url)
    assert answer.status_code == 410 and "also went to" in answer.text
    assert desk.open(_url(desk, CARLA)).status_code == 200


def test_a_tampered_or_foreign_link_is_refused(desk: Desk) -> None:
    _with_file(desk)
    url = _url(desk, CARLA)
    assert desk.open(url[:-1] + ("a" if url[-1] != "a" else "b")).status_code == 403
    assert desk.open(desk.links().take.url.replace("/l/", "/f/")).status_code == 403


def test_opening_a_file_changes_nothing_and_head_brings_no_bytes(desk: Desk) -> None:
    _with_file(desk)
    url, before = _url(desk, CARLA), desk.dump()
    assert desk.open(url, "HEAD").status_code == 200
    assert desk.open(url).status_code == 200 and desk.dump() == before


def test_a_link_to_a_file_outlives_the_merging_of_its_case(desk: Desk) -> None:
    _with_file(desk)
    url, old = _url(desk, CARLA), desk.case
    desk.house.take_in(mail(CARLA, "The same printer"))
    target = next(one for one in desk.house.cases() if one.id != old.id)
    desk.house.take_in(reply(desk.house.letters("csr_case")[0], ANN.address, f"#merge {target.id}"))
    assert desk.open(url).content == b"%PDF-1.7"
