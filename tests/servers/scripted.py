"""A loopback server that does to each connection what a test's function says; scripted_imap and scripted_smtp."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import BinaryIO

HOST = "127.0.0.1"


class Hangup(Exception):
    """The script wants the connection closed now."""


class Line:
    """The server's end of one connection. Everything that the client said is kept in `heard`."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self.heard = heard
        self.connection = connection
        self._reader: BinaryIO = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def readline(self) -> bytes:
        line = self._reader.readline()
        if not line:
            raise Hangup
        self.heard.append(line)
        return line

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._reader.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self._reader = self.connection.makefile("rb")

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self.connection.close()


class ScriptedServer(ABC):
    """Listens while its `with` lasts; one thread for each connection. With `tls`, TLS from the first byte."""

    host = HOST

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.heard: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[Line] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # shutdown() wakes the accepting thread; close() alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    @property
    def transcript(self) -> bytes:
        """All that clients said."""
        return b"".join(self.heard)

    @abstractmethod
    def talk(self, line: Line) -> None:
        """Serve one connection."""

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        line = Line(connection, self.heard)
        self._lines.append(line)
        # A client that walks away in the middle is what many of these tests are about.
        with contextlib.suppress(Hangup, OSError, ValueError):
            if self.tls:
                line.start_tls(self.tls)
            self.talk(line)
        line.close()
