"""`check` on the web server: a port that is free, ours or somebody else's, and the address that stands in the mails."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from mailticket.cli.setting_up.check_web import web
from mailticket.config.models import Web
from mailticket.web.server import WebServer
from tests import cast


def found(listen: str, url: str) -> list[tuple[str, str, str]]:
    return [(str(one.status), one.what, one.said) for one in web(cast.config(web=Web(listen=listen, url=url)))]


def serving(answer: str, status: int = 200) -> WebServer:
    pages = FastAPI()
    pages.get("/healthz")(lambda: PlainTextResponse(answer, status_code=status))
    server = WebServer("127.0.0.1", 0)
    server.start(pages)
    return server


@pytest.fixture(params=[("ok", 200), ("not well", 503)], ids=["well", "not well"])
def desk(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a desk answers."""
    server = serving(*request.param)
    yield f"127.0.0.1:{server.address[1]}"
    server.stop()


def free() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def test_without_an_address_mails_carry_no_links_and_that_is_well() -> None:
    port, address = found(free(), "")
    assert (port[0], address[0]) == ("ok", "ok") and "no links" in address[2]


def test_a_free_port_and_a_sealed_address_are_well() -> None:
    port, address = found(free(), "https://support.example.com")
    assert (port[0], address[0]) == ("ok", "ok")
    assert "is free" in port[2] and "not tried" in address[2]


def test_a_desk_that_runs_there_is_ours(desk: str) -> None:
    port, address = found(desk, f"http://{desk}")
    assert (port[0], address[0]) == ("ok", "ok")
    assert "a mailticket answers" in port[2] and "leads to it" in address[2]


@pytest.mark.parametrize(("url", "status"), [("https://support.example.com", "failed"), ("", "warning")])
def test_a_port_of_somebody_else_is_told(url: str, status: str) -> None:
    server = serving("welcome")
    port, _address = found(f"127.0.0.1:{server.address[1]}", url)
    server.stop()
    assert port[0] == status and "is in use" in port[2]


def test_an_address_that_anybody_can_read_along_is_warned_about() -> None:
    told = found(free(), "http://support.example.com")
    assert [status for status, *_ in told] == ["ok", "warning", "ok"] and "not sealed" in told[1][2]


def test_an_address_that_leads_elsewhere_is_warned_about(desk: str) -> None:
    _port, address = found(desk, f"http://{free()}/desk")
    assert address[0] == "warning" and "does not lead to it" in address[2]
