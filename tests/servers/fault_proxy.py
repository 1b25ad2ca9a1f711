"""A bad network between a client and a server on the loopback: it cuts, breaks, swallows, slows down and records."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

HOST = "127.0.0.1"

#: cut: FIN both ways; reset: RST both ways; half_close: the server's side ends, the client's stays open;
#: black_hole: nothing passes any more, nobody is told; swallow: one line of the server is lost.
Act = Literal["cut", "reset", "half_close", "black_hole", "swallow"]


@dataclass(frozen=True)
class Fault:
    """Happens once: when the client has `said` this, and `after` so many more bytes of the server have passed.

    With `is_heard` False the server never hears what the client said then.
    """

    act: Act
    said: bytes = b""
    after: int = 0
    is_heard: bool = True


@dataclass
class FaultProxy:
    """Passes everything on to `port` while its `with` lasts. `fault`, if set, strikes the next line that it fits.

    `pieces`: the server's bytes arrive so many at a time, `pause` seconds apart. `strips` is cut out of what the
    server says. `seen` holds every byte that passed, both ways.
    """

    target: int
    fault: Fault | None = None
    pieces: int = 0
    pause: float = 0.0
    strips: bytes = b""
    seen: bytearray = field(default_factory=bytearray)
    struck: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    def __enter__(self) -> FaultProxy:
        self._listener = socket.create_server((HOST, 0))
        self.host, self.port = HOST, int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._listener, *self._sockets):
            _end(one)
        for thread in self._threads:
            thread.join(5)
        for one in (self._listener, *self._sockets):
            one.close()

    def strike(self, fault: Fault) -> None:
        """Arm one fault more."""
        self.struck.clear()
        self.fault = fault

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection((HOST, self.target))
            except OSError:
                client.close()
                continue
            self._sockets += [client, server]
            line = _Line(self, client, server)
            for pump in (line.from_client, line.from_server):
                thread = threading.Thread(target=pump, daemon=True)
                self._threads.append(thread)
                thread.start()


class _Line:
    """One connection through the proxy."""

    def __init__(self, proxy: FaultProxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.said = b""
        self.passed = 0
        self.armed: Fault | None = None
        self.is_hole = self.is_reset = False
        self.pumps = 2
        self.lock = threading.Lock()

    def from_client(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.client.recv(65536):
                if not self._hears(data):
                    continue
                self.proxy.seen += data
                self.server.sendall(data)
        self._ends(self.server)

    def from_server(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.server.recv(65536):
                if self.proxy.strips:
                    data = data.replace(self.proxy.strips, b"")
                self._pass_on(data)
        self._ends(self.client)

    def _ends(self, other: socket.socket) -> None:
        """One direction is over. In a black hole not even that gets through."""
        if not (self.is_hole or self.is_reset):
            _end(other, socket.SHUT_WR)
        with self.lock:
            self.pumps -= 1
        if self.is_reset and not self.pumps:
            # Closed with nothing to linger for, and by nobody who is read from: that sends RST.
            self.client.close()
            self.server.close()

    def _hears(self, data: bytes) -> bool:
        """Does the server hear it? A fault that waited for these words is armed."""
        fault = self.proxy.fault
        with self.lock:
            self.said = (self.said + data)[-200_000:]
            if fault and not self.armed and fault.said and fault.said in self.said:
                self.armed, self.passed = fault, 0
                if not fault.is_heard:
                    self._strike(fault)
                    return False
        return not self.is_hole

    def _pass_on(self, data: bytes) -> None:
        fault = self.proxy.fault
        with self.lock:
            if fault and not fault.said:
                self.armed = self.armed or fault
            armed = self.armed
        if self.is_hole:
            return
        if armed is None or self.passed + len(data) < armed.after:
            self._send(data)
            return
        before = max(0, armed.after - self.passed)
        self._send(data[:before])
        self._strike(armed)
        if armed.act == "swallow":
            self.armed = None
            self._send(data[before:].partition(b"\r\n")[2])

    def _send(self, data: bytes) -> None:
        self.proxy.seen += data
        step = self.proxy.pieces or len(data) or 1
        for start in range(0, len(data), step):
            self.client.sendall(data[start : start + step])
            if self.proxy.pause:
                time.sleep(self.proxy.pause)
        self.passed += len(data)

    def _strike(self, fault: Fault) -> None:
        self.proxy.fault = None
        if fault.act == "reset":
            self.is_reset = True
            for one in (self.client, self.server):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                _end(one, socket.SHUT_RD)
        elif fault.act == "cut":
            _end(self.client)
            _end(self.server)
        elif fault.act == "half_close":
            _end(self.client, socket.SHUT_WR)
            self.is_hole = True
        elif fault.act == "black_hole":
            self.is_hole = True
        self.proxy.struck.set()


class NeverAccepts:
    """A port whose packets are dropped: its queue is full, so that connecting hangs in SYN."""

    def __enter__(self) -> NeverAccepts:
        self._listener = socket.create_server((HOST, 0), backlog=0)
        self.host, self.port = HOST, int(self._listener.getsockname()[1])
        self._fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((HOST, self.port))
            self._fillers.append(filler)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (*self._fillers, self._listener):
            one.close()


def _end(one: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(how)
