"""The server itself: its port, its start and its end."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from mailticket.errors import Permanent
from mailticket.web.server import WebServer


def _hello() -> FastAPI:
    web = FastAPI()
    web.get("/")(lambda: PlainTextResponse("hello"))
    return web


def test_it_answers_when_start_returns_and_frees_its_port_when_stopped() -> None:
    server = WebServer("127.0.0.1", 0)
    server.start(_hello())
    host, port = server.address
    with urllib.request.urlopen(f"http://{host}:{port}/", timeout=10) as answer:
        assert answer.read() == b"hello" and "uvicorn" not in str(answer.headers).lower()
    assert server.is_well
    server.stop()
    assert not server.is_well
    with socket.socket() as visitor:
        assert visitor.connect_ex((host, port)) != 0


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.77"])
def test_an_address_that_cannot_be_had_is_one_clear_error(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Permanent, match=rf"Port \d+ on {host}, for the .*, (is in use|cannot be opened)"):
            WebServer(host, taken.getsockname()[1])
