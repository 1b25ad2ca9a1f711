"""An IMAP server that behaves, except where a test tells it otherwise."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from tests.servers.scripted import Hangup, Line, ScriptedServer

#: What is done for a command: text to answer ("{tag}" is filled in), or a function that does it itself.
Answer = str | Callable[[Line, str, str], None]

CAPABILITIES = "IMAP4rev1 IDLE MOVE UIDPLUS NAMESPACE AUTH=PLAIN SASL-IR"


class ScriptedImap(ScriptedServer):
    """`answers` maps a command ("SELECT", "UID SEARCH") to what happens instead of the usual; "" hangs up."""

    def __init__(
        self,
        answers: Mapping[str, Answer] | None = None,
        capabilities: str = CAPABILITIES,
        greeting: str = "* OK ready\r\n",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.capabilities = capabilities + (" STARTTLS" if starttls else "")
        self.greeting = greeting
        self.starttls = starttls
        self.answers: dict[str, Answer] = {
            "CAPABILITY": lambda line, tag, _: line.send(
                f"* CAPABILITY {self.capabilities}\r\n{tag} OK done\r\n".encode()
            ),
            "STARTTLS": self._start_tls,
            "AUTHENTICATE": self._authenticate,
            "SELECT": "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n{tag} OK [READ-WRITE] done\r\n",
            "NAMESPACE": '* NAMESPACE (("" "/")) NIL NIL\r\n{tag} OK done\r\n',
            "LIST": '* LIST () "/" Processed\r\n{tag} OK done\r\n',
            "UID SEARCH": "* SEARCH 1\r\n{tag} OK done\r\n",
            "STATUS": "* STATUS Processed (UIDNEXT 5 UIDVALIDITY 1)\r\n{tag} OK done\r\n",
            "IDLE": self._idle,
            "LOGOUT": "* BYE bye\r\n{tag} OK done\r\n",
            **(answers or {}),
        }
        super().__init__(tls)

    def talk(self, line: Line) -> None:
        line.send(self.greeting.encode())
        while True:
            tag, _, rest = line.readline().decode("utf-8", "replace").strip().partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                second, _, arguments = arguments.partition(" ")
                command = f"UID {second}"
            self._do(line, tag, command.upper(), arguments)

    def _do(self, line: Line, tag: str, command: str, arguments: str) -> None:
        answer = self.answers.get(command, "{tag} OK done\r\n")
        if callable(answer):
            answer(line, tag, arguments)
        elif answer:
            line.send(answer.replace("{tag}", tag).encode())
        else:
            raise Hangup

    def _start_tls(self, line: Line, tag: str, _arguments: str) -> None:
        if self.starttls is None:
            line.send(f"{tag} BAD no\r\n".encode())
            return
        line.send(f"{tag} OK go\r\n".encode())
        line.start_tls(self.starttls)

    @staticmethod
    def _authenticate(line: Line, tag: str, _arguments: str) -> None:
        line.send(b"+ \r\n")
        line.readline()
        line.send(f"{tag} OK welcome\r\n".encode())

    @staticmethod
    def _idle(line: Line, tag: str, _arguments: str) -> None:
        line.send(b"+ idling\r\n")
        line.readline()
        line.send(f"{tag} OK done\r\n".encode())
