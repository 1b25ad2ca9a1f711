"""I/O: an SMTP server that takes every letter at once and notes when: quick enough never to be what is measured."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field

from tests.servers.taken import Taken

_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class Letter(Taken):
    """One accepted letter. `at`: seconds since 1970 when its final dot was answered."""

    at: float

    @property
    def is_for_csr(self) -> bool:
        return self.recipient.endswith("@example.com")


@dataclass
class Sink:
    """Runs in a thread of its own while its `with` lasts, on a free loopback port."""

    letters: list[Letter] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Sink:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink")
        self._thread.start()
        listening = self._loop.create_server(lambda: _Session(self.letters), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Session(asyncio.Protocol):
    """RFC 5321 as far as a client that behaves needs it."""

    def __init__(self, letters: list[Letter]) -> None:
        self._letters = letters
        self._buffer = bytearray()
        self._is_data = False
        self._recipients: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(b"220 sink.example ESMTP")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._takes_data() if self._is_data else self._takes_line():
            pass

    def _takes_data(self) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            return False
        text = bytes(self._buffer[: end + 2]).replace(b"\r\n..", b"\r\n.")
        del self._buffer[: end + len(_END)]
        self._is_data = False
        now = time.time()
        self._letters += [Letter(one, text, now) for one in self._recipients]
        self._say(b"250 2.0.0 taken")
        return True

    def _takes_line(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = bytearray(rest)
        word, _, argument = bytes(line).decode("utf-8", "replace").partition(" ")
        self._answer(word.upper(), argument)
        return True

    def _answer(self, word: str, argument: str) -> None:
        if word == "EHLO":
            self._say(b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 100000000")
        elif word == "DATA":
            self._is_data = True
            self._say(b"354 go on")
        elif word == "QUIT":
            self._say(b"221 bye")
            self._transport.close()
        else:
            if word == "MAIL":
                self._recipients = []
            elif word == "RCPT":
                self._recipients.append(argument.partition("<")[2].partition(">")[0])
            self._say(b"250 2.0.0 ok")

    def _say(self, line: bytes) -> None:
        self._transport.write(line + b"\r\n")
