"""I/O: serves the page on a loopback port, and finds a port for the desk's own links."""

from __future__ import annotations

import socket

from mailticket.demo.servers import HOST
from mailticket.web.server import WebServer


class PageServer(WebServer):
    """The port is taken at once, so that a busy one is known before anything else starts. `port` 0 takes a free one."""

    def __init__(self, port: int) -> None:
        super().__init__(HOST, port, "demo page")
        self.url = f"http://{HOST}:{self.address[1]}/"


def free_port() -> int:
    """A port that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
