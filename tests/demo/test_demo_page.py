"""The page's routes: what they show, what they do, and whom they refuse."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mailticket.demo import page as page_module
from mailticket.demo.cast import ANN, CARLA, EMI, PEOPLE, SUPPORT, Person, scenes
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.page import Page, app
from mailticket.demo.serving import PageServer
from mailticket.demo.writing import Draft
from mailticket.errors import Permanent

MailboxOf = Callable[[Person], Mailbox]
ASSETS = Path(page_module.__file__).parent / "page"


def written(**more: object) -> dict[str, object]:
    return {"person": "carla", "to": "support@example.com", "subject": "Order", "text": "Where is it?", **more}


def mails_of(browser: TestClient, key: str) -> list[dict[str, object]]:
    people = browser.get("/state").json()["people"]
    return next(one["mails"] for one in people if one["key"] == key)


def test_the_state_shows_everybody_and_the_cases(browser: TestClient) -> None:
    state = browser.get("/state").json()
    assert [one["key"] for one in state["people"]] == [one.key for one in PEOPLE]
    assert [one["key"] for one in state["people"] if one["is_csr"]] == ["ann", "bo"]
    (case,) = state["cases"]
    assert (case["id"], case["status"], case["csr"]) == ("7F3K-9QXM", "opened", "Ann Archer")
    assert [one["kind"] for one in case["entries"]] == ["customer_mail", "event", "reply", "note"]


def test_an_unchanged_state_is_not_sent_again(browser: TestClient) -> None:
    tag = browser.get("/state").headers["ETag"]
    assert browser.get("/state", headers={"If-None-Match": tag}).status_code == 304
    browser.post("/send", json=written(to="ann@example.com"))
    assert browser.get("/state", headers={"If-None-Match": tag}).status_code == 200


def test_a_mail_written_on_the_page_reaches_its_reader(browser: TestClient, mailbox_of: MailboxOf) -> None:
    answer = browser.post("/send", json=written(to="Ann@Example.com; emi@customers.example; ", cc="bo@example.com"))
    assert answer.status_code == 200
    (mail,) = mailbox_of(EMI).mails()
    assert mail.message_id == answer.json()["message_id"]
    assert mail.to == (ANN.address, EMI.address)


def test_an_answer_quotes_the_mail_and_gets_its_subject(browser: TestClient, mailbox_of: MailboxOf) -> None:
    mailbox_of(EMI).send(Draft((CARLA.address,), "Lunch?", "At noon?"))
    (mail,) = mails_of(browser, "carla")
    browser.post("/send", json=written(to=EMI.address.address, subject="", text="Yes.", answered=mail["id"]))
    got = next(one for one in mailbox_of(EMI).mails() if one.folder == "INBOX")
    assert got.subject == "Re: Lunch?"
    assert got.text.index("Yes.") < got.text.index("> At noon?")


def test_a_file_goes_along_and_can_be_fetched(browser: TestClient) -> None:
    file = {"name": "../a ü.txt", "type": "text/plain", "content": b64encode(b"hello").decode()}
    browser.post("/send", json=written(to="ann@example.com", files=[file]))
    (mail,) = mails_of(browser, "ann")
    assert mail["files"] == [{"name": ".._a ü.txt", "type": "text/plain", "size": 5}]
    answer = browser.get(f"/mail/ann/{mail['id']}/file/0")
    assert answer.content == b"hello"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_shown_mail_may_run_nothing_and_load_nothing(browser: TestClient, mailbox_of: MailboxOf) -> None:
    emi = next(one for one in scenes() if one.draft.files)
    mailbox_of(EMI).send(Draft((ANN.address,), emi.draft.subject, emi.draft.text, html=emi.draft.html))
    (mail,) = mails_of(browser, "ann")
    answer = browser.get(f"/mail/ann/{mail['id']}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "crack right across the front" in answer.text


def test_opening_a_mail_marks_it_as_read(browser: TestClient, mailbox_of: MailboxOf) -> None:
    mailbox_of(EMI).send(Draft((CARLA.address,), "Lunch?", "At noon?"))
    (mail,) = mails_of(browser, "carla")
    assert not mail["is_seen"]
    browser.post("/seen", json={"person": "carla", "mail": mail["id"]})
    assert mails_of(browser, "carla")[0]["is_seen"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"to": ""}, "Nobody stands in To."),
        ({"to": "nobody@example.com"}, "nobody of that name lives in the demo"),
        ({"to": "not an address"}, "is not a mail address"),
        ({"to": "a..b@example.com"}, "is not a mail address"),
        ({"to": "ann@example"}, "is not a mail address"),
        ({"to": "a@b@c"}, "is not a mail address"),
        ({"person": "mallory"}, "nobody of that name in the demo"),
        ({"answered": "INBOX-999"}, "not in this mailbox"),
        ({"files": [{"name": "x", "content": "%%%"}]}, "arrived broken"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    browser: TestClient, wrong: dict[str, object], told: str
) -> None:
    answer = browser.post("/send", json=written(**wrong))
    assert answer.status_code == 409
    assert told in answer.json()["error"]


@pytest.mark.parametrize("path", ["/send", "/seen"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Demo-Token": "wrong"},
        {"X-Demo-Token": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Host": "evil.example:8000"},
    ],
)
def test_nobody_but_this_page_can_act(browser: TestClient, path: str, headers: dict[str, str]) -> None:
    assert browser.post(path, json=written(), headers=headers).status_code == 403


def test_the_page_itself_may_act_with_its_origin(browser: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8000"}
    assert browser.post("/send", json=written(), headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/state", "/mail/ann/INBOX-101"])
def test_another_name_for_this_machine_reads_nothing(browser: TestClient, path: str) -> None:
    assert browser.get(path, headers={"Host": "rebound.example"}).status_code == 403


def test_the_index_carries_this_runs_token_and_nothing_from_outside(page: Page, browser: TestClient) -> None:
    index = browser.get("/")
    assert page.token in index.text
    assert "{" not in index.text
    assert "script-src 'self'" in index.headers["Content-Security-Policy"]


def test_every_asset_is_served_and_names_no_other_host(browser: TestClient) -> None:
    for path in ASSETS.iterdir():
        if path.name != "index.html":
            assert browser.get(f"/assets/{path.name}").status_code == 200, path.name
        hosts = re.findall(r"(?:https?:)?//([\w.-]+\.[a-z]{2,})", path.read_text())
        assert set(hosts) <= {"www.w3.org"}, path.name


@pytest.mark.parametrize("name", ["index.html", "..%2fpage.py", "nothing.js"])
def test_no_other_file_is_served(browser: TestClient, name: str) -> None:
    assert browser.get(f"/assets/{name}").status_code == 404


def test_a_busy_port_is_told_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Permanent, match=f"Port {port} on 127.0.0.1, for the demo page, is in use"):
            PageServer(port)


def test_the_page_answers_on_its_port_until_it_is_stopped(page: Page) -> None:
    server = PageServer(0)
    server.start(app(page))
    address = ("127.0.0.1", int(server.url.rpartition(":")[2].strip("/")))
    with socket.create_connection(address, timeout=5) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert visitor.recv(1000).startswith(b"HTTP/1.1 200")
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_support_is_nobodys_mailbox_on_the_page(browser: TestClient) -> None:
    addresses = [one["address"] for one in browser.get("/state").json()["people"]]
    assert SUPPORT.address not in addresses
