"""Serves an application on one address, in a thread of its own. The only importer of uvicorn. I/O."""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn
from fastapi import FastAPI

from mailticket.errors import Permanent

#: Seconds until the server answers after its start, and until it has ended after its stop.
_PATIENCE = 10.0
#: Seconds for answers that are under way.
_GRACE = 3


class WebServer:
    """The port is taken at once, so that a busy one is known before anything else starts. Port 0 takes a free one."""

    def __init__(self, host: str, port: int, what: str = "links of the mails") -> None:
        self._what = what
        self._socket = _bound(host, port, what)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port in use."""
        host, port, *_ = self._socket.getsockname()
        return str(host), int(port)

    @property
    def is_well(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def has_ended(self) -> bool:
        """It was started and answers no more."""
        return self._thread is not None and not self._thread.is_alive()

    def start(self, app: FastAPI) -> None:
        """Returns when the application answers. Raises Permanent if it does not."""
        options = uvicorn.Config(
            app,
            access_log=False,  # the paths are secrets: who has the link may act
            log_config=None,
            log_level="warning",  # that it starts and stops, the daemon says
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(options)
        arguments = {"sockets": [self._socket]}
        self._thread = threading.Thread(target=self._server.run, kwargs=arguments, name=self._what, daemon=True)
        self._thread.start()
        patience = threading.Event()
        for _ in range(int(_PATIENCE / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            patience.wait(0.02)
        if not self._server.started:
            raise Permanent(
                f"The web server for the {self._what} did not start.", "Look for the reason in the lines above."
            )

    def stop(self) -> None:
        """Finish what is under way and free the port."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(_PATIENCE)
        self._socket.close()


def _bound(host: str, port: int, what: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Until somebody listens, a second daemon could bind it too, and would learn that it is in use too late.
        bound.listen()
    except OSError as trouble:
        bound.close()
        why = "is in use" if trouble.errno == errno.EADDRINUSE else f"cannot be opened ({trouble.strerror})"
        raise Permanent(f"Port {port} on {host}, for the {what}, {why}.", "Choose another one.") from trouble
    return bound
