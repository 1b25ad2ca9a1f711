"""I/O: serves the page on a loopback port, in a thread of its own."""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn
from fastapi import FastAPI

from mailticket.demo.servers import HOST
from mailticket.errors import Permanent

_PATIENCE = 10.0
_GRACE = 2  # seconds for answers that are under way


class PageServer:
    """The port is taken at once, so that a busy one is known before anything else starts. `port` 0 takes a free one."""

    def __init__(self, port: int) -> None:
        self._socket = _bound(port)
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}/"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, web: FastAPI) -> None:
        """Returns when the page answers. Raises Permanent if it does not."""
        options = uvicorn.Config(
            web,
            access_log=False,
            log_config=None,
            lifespan="off",
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(options)
        arguments = {"sockets": [self._socket]}
        self._thread = threading.Thread(target=self._server.run, kwargs=arguments, name="demo page", daemon=True)
        self._thread.start()
        patience = threading.Event()
        for _ in range(int(_PATIENCE / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            patience.wait(0.02)
        if not self._server.started:
            raise Permanent("The demo's page did not start.", "Look for the reason in the lines above.")

    def stop(self) -> None:
        """Finish what is under way and free the port."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(_PATIENCE)
        self._socket.close()


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as trouble:
        bound.close()
        why = "is in use" if trouble.errno == errno.EADDRINUSE else f"cannot be opened ({trouble.strerror})"
        raise Permanent(f"Port {port} on this machine {why}.", "Choose another one, or leave it out.") from trouble
    return bound
