"""The whole demo, as a newcomer starts it: one process, the real daemon, a browser, and Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers import programs

#: One demo serves them all.
pytestmark = pytest.mark.xdist_group("demo")

_PATIENCE = 30.0  # seconds on a busy machine; the road itself takes well under one


@dataclass
class Demo:
    """`mailticket demo`, running. `lines` is what it said until it was open."""

    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def url(self) -> str:
        return self.lines[-1].removeprefix("Open ").strip()

    @property
    def folder(self) -> Path:
        return Path(self.lines[0].removeprefix("Starting the demo in ").removesuffix(" ...\n"))

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def case(self, subject: str) -> dict[str, Any] | None:
        return next((one for one in self.state()["cases"] if one["subject"] == subject), None)

    def ids(self, subject: str) -> list[str]:
        return [one["id"] for one in self.state()["cases"] if one["subject"] == subject]

    def mails(self, key: str, folder: str = "INBOX") -> list[dict[str, Any]]:
        person = next(one for one in self.state()["people"] if one["key"] == key)
        return [mail for mail in person["mails"] if mail["folder"] == folder]

    def send(self, **written: str) -> None:
        with urllib.request.urlopen(self.url, timeout=5) as index:
            token = re.search(r'"demo-token" content="([^"]+)"', index.read().decode())
        assert token
        headers = {"Content-Type": "application/json", "X-Demo-Token": token[1]}
        body = json.dumps({"to": "support@example.com", "subject": "", **written}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}send", body, headers), timeout=5).close()

    def text(self, key: str, mail: dict[str, Any]) -> str:
        with urllib.request.urlopen(f"{self.url}mail/{key}/{mail['id']}", timeout=5) as answer:
            return str(answer.read().decode())


def start(*more: str) -> Demo:
    command = [sys.executable, "-m", "mailticket", "demo", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Open "):
            return Demo(process, lines)
    pytest.fail(f"the demo ended with {process.wait()}:\n{''.join(lines)}")


def stop(demo: Demo, number: int = signal.SIGTERM) -> tuple[int, str]:
    """The exit code, and what was said at the end."""
    demo.process.send_signal(number)
    said, _ = demo.process.communicate(timeout=20)
    return demo.process.returncode, said


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    running = start()
    yield running
    if running.process.poll() is None:
        stop(running)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = programs.require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """The page, open in a browser; the test fails if it logs an error."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(_PATIENCE * 1000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.goto(demo.url)
    yield page
    page.close()
    assert errors == []


def press_in_tour(page: Page, words: str) -> None:
    page.locator(".tour li.now").get_by_role("button", name=words).click()


def test_the_first_mails_become_cases_and_one_is_answered_by_itself(demo: Demo) -> None:
    about = "Wrong delivery address on order 10377"
    programs.wait_until(lambda: len(demo.state()["cases"]) >= 3, _PATIENCE, "three cases")
    programs.wait_until(lambda: (demo.case(about) or {}).get("status") == "opened", _PATIENCE, "an answer to Dirk")
    programs.wait_until(lambda: len(demo.mails("dirk")) == 3, _PATIENCE, "two acknowledgements and the answer")
    assert "your parcel has not left our warehouse" in demo.text("dirk", demo.mails("dirk")[0])
    assert [one["letter"] for one in demo.mails("dirk")].count("customer_reply") == 1  # by that the tour finds it


def test_a_picture_and_a_file_reach_the_csr(demo: Demo) -> None:
    def arrived() -> list[tuple[str, dict[str, Any]]]:
        mails = [(key, mail) for key in ("ann", "bo") for mail in demo.mails(key)]
        return [one for one in mails if "cracked" in one[1]["subject"]]

    programs.wait_until(lambda: bool(arrived()), _PATIENCE, "Emi's case at a CSR")
    ((key, mail),) = arrived()
    assert [file["name"] for file in mail["files"]] == ["order-10412.pdf"]
    assert "data:image/png;base64," in demo.text(key, mail)


def test_a_stranger_who_knows_a_case_id_gets_a_case_of_their_own(demo: Demo) -> None:
    demo.send(person="emi", subject="Invoice", text="Please send it again.")
    programs.wait_until(lambda: demo.case("Invoice") is not None, _PATIENCE, "Emi's case")
    case_id = demo.ids("Invoice")[0]
    demo.send(person="dirk", subject=f"Re: [#{case_id}] Invoice", text="#close")
    programs.wait_until(lambda: len(demo.ids("Invoice")) == 2, _PATIENCE, "a case of Dirk's own")
    emis = next(one for one in demo.state()["cases"] if one["id"] == case_id)
    assert (emis["status"], emis["customer"]) == ("new", "Emi Endo")


def test_a_visitor_takes_the_tour_from_a_customers_mail_to_a_private_note(demo: Demo, visitor: Page) -> None:
    customers, csrs = visitor.locator("#customers"), visitor.locator("#csrs")
    press_in_tour(visitor, "Write as Carla")
    customers.get_by_role("button", name="Send", exact=True).click()
    press_in_tour(visitor, "Reply as")
    expect(csrs.get_by_label("Text")).to_have_value(re.compile("sorry for the wait"))
    csrs.get_by_role("button", name="Send", exact=True).click()
    press_in_tour(visitor, "Open Carla's mail")
    letter = customers.frame_locator("iframe.paper").locator("body")
    expect(letter).to_contain_text("Hello Carla,")
    expect(letter).to_contain_text("sorry for the wait. Your kettle got stuck")
    expect(letter).to_contain_text("Kind regards,")
    expect(letter).not_to_contain_text("Please reply above this line")
    press_in_tour(visitor, "Reply with #note")
    csrs.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.locator(".entry.note")).to_contain_text("The carrier lost two more parcels")
    expect(visitor.locator(".tour li.done")).to_have_count(4)
    assert not any("two more parcels" in demo.text("carla", mail) for mail in demo.mails("carla"))


def test_on_a_phone_one_pane_is_shown_at_a_time(visitor: Page) -> None:
    visitor.set_viewport_size({"width": 400, "height": 800})
    expect(visitor.locator("#customers")).to_be_visible()
    visitor.get_by_role("button", name="Cases", exact=True).click()
    expect(visitor.locator("#cases")).to_be_visible()
    expect(visitor.locator("#customers")).to_be_hidden()
    assert visitor.evaluate("document.documentElement.scrollWidth") <= 400


def test_ctrl_c_stops_cleanly_and_says_where_the_data_was() -> None:
    demo = start()
    assert (demo.folder / "config.toml").exists()
    code, said = stop(demo, signal.SIGINT)
    assert code == 0
    assert f"The data was in {demo.folder}; it is removed now." in said
    assert "Traceback" not in said
    assert not demo.folder.exists()


def test_data_is_kept_where_the_visitor_asks(tmp_path: Path) -> None:
    demo = start("--keep", str(tmp_path / "kept"))
    code, said = stop(demo)
    assert (code, "and stays there" in said) == (0, True)
    assert (tmp_path / "kept/data/mailticket.db").exists()
    again = subprocess.run(
        [sys.executable, "-m", "mailticket", "demo", "--keep", str(tmp_path / "kept")], capture_output=True, text=True
    )
    assert again.returncode == 1
    assert "is not empty" in again.stderr
