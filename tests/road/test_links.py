"""The links of a CSR's mail, clicked on the running desk over HTTP."""

from __future__ import annotations

import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from html import unescape

import pytest

from tests.road.desk import Desk
from tests.road.test_road import opened
from tests.servers.programs import free_port
from tests.servers.smtp_sink import Received

_VERSION = re.compile(r'name="version" value="(\d+)"')


@pytest.fixture
def web_desk(idle_desk: Desk) -> Desk:
    """A running desk with links."""
    port = free_port()
    idle_desk.sections = f'[web]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
    idle_desk.start()
    return idle_desk


def _ask(url: str, **form: str) -> tuple[int, str]:
    """GET, or POST where there is a form."""
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(url, data, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
    except urllib.error.URLError:
        return 0, "nobody listens"


def _links(notice: Received) -> list[str]:
    html = next(part for part in notice.message.walk() if part.get_content_type() == "text/html")
    found = re.findall(r'href="(http://127[^"]+/l/[^"]+)"', bytes(html.get_payload(decode=True) or b"").decode())
    return list(dict.fromkeys(map(unescape, found)))


def _link_that(notice: Received, button: str) -> tuple[str, str]:
    """The first link of the mail whose page has this button, and the page."""
    for url in _links(notice):
        status, page = _ask(url)
        if status == 200 and f">{button}</button>" in page:
            return url, page
    raise AssertionError(f"no link of {len(_links(notice))} has the button {button}")


def test_a_click_and_a_press_close_the_case_and_undo_opens_it_again(web_desk: Desk) -> None:
    notice = opened(web_desk)
    url, page = _link_that(notice, "Close the case")
    assert web_desk.case()["status"] == "new"
    version = _VERSION.search(page)
    assert version
    status, done = _ask(url, version=version[1])
    assert (status, web_desk.case()["status"]) == (200, "closed")
    undo = re.search(r'action="([^"]+)"', done)
    assert undo and _ask(urllib.parse.urljoin(url, undo[1]), version="")[0] == 200
    assert web_desk.case()["status"] == "new" and _ask(url)[0] == 410


def test_a_well_daemon_says_so(web_desk: Desk) -> None:
    port = web_desk.sections.split('"')[1].rpartition(":")[2]
    web_desk.wait(lambda: _ask(f"http://127.0.0.1:{port}/healthz")[0] == 200, 10, "a well daemon")
    assert web_desk.stop() == 0


def test_a_busy_port_is_one_clear_line_before_anything_happens(idle_desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        idle_desk.sections = f'[web]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
        idle_desk.write_config()
        with pytest.raises(AssertionError) as failed:
            idle_desk.run("run")
    assert f"Port {port} on 127.0.0.1, for the links of the mails, is in use" in str(
        failed.value
    ) and "Traceback" not in str(failed.value)
    assert not (idle_desk.folder / "data" / "mailticket.db").exists()


def test_without_a_web_address_only_monitors_are_answered(idle_desk: Desk) -> None:
    port = free_port()
    idle_desk.sections = f'[web]\nlisten = "127.0.0.1:{port}"\n'
    idle_desk.start()
    assert _links(opened(idle_desk)) == []
    there = f"http://127.0.0.1:{port}"
    idle_desk.wait(lambda: _ask(f"{there}/healthz")[0] == 200, 10, "a well daemon")
    status, figures = _ask(f"{there}/metrics")
    assert status == 200 and 'mailticket_mails_total{outcome="opened",service="support"} 1.0' in figures
    assert _ask(f"{there}/l/anything")[0] == 421


def test_a_busy_port_that_only_monitors_use_stops_no_desk(idle_desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        idle_desk.sections = f'[web]\nlisten = "127.0.0.1:{other.getsockname()[1]}"\n'
        idle_desk.start()
        assert "/healthz and /metrics are not served" in idle_desk.log
