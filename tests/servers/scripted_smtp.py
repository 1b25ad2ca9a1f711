"""An SMTP server that behaves, except where a test tells it otherwise."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Literal

from tests.servers.scripted import Hangup, Line, ScriptedServer

Step = Literal["connect", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "final_dot", "RSET"]

#: Instead of an answer: close the connection (FIN), break it (RST).
HANG_UP, RESET = "hang up", "reset"

_USUAL: dict[str, str] = {
    "connect": "220 scripted.test ready",
    "HELO": "250 scripted.test",
    "STARTTLS": "220 go",
    "AUTH": "235 2.7.0 welcome",
    "DATA": "354 go on",
    "final_dot": "250 2.0.0 taken",
    "QUIT": "221 bye",
}


class ScriptedSmtp(ScriptedServer):
    """`answers` maps a step to what is said there, once; the next connection or mail is treated as usual."""

    def __init__(
        self,
        answers: Mapping[Step, str] | None = None,
        offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 1000000"),
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers: dict[str, str] = {**(answers or {})}
        self.offers = (*offers, "STARTTLS") if starttls else offers
        self.starttls = starttls
        #: Every mail whose final dot was read, whatever was answered then.
        self.mails: list[bytes] = []
        #: What is said to RCPT for an address, every time.
        self.refuses: dict[str, str] = {}
        self._given: list[str] = []
        self._recipients = 0
        super().__init__(tls)

    def answers_given(self, step: str) -> int:
        """How often the unusual was said there."""
        return self._given.count(step)

    def talk(self, line: Line) -> None:
        self._say(line, "connect")
        while True:
            heard = line.readline().decode("utf-8", "replace").strip()
            command = heard.partition(" ")[0].upper()
            if refusal := next((told for address, told in self.refuses.items() if f"TO:<{address}>" in heard), ""):
                line.send(refusal.encode() + b"\r\n")
                continue
            if command == "EHLO" and "EHLO" not in self.answers:
                names = ("scripted.test", *self.offers)
                lines = [f"250-{name}" for name in names[:-1]] + [f"250 {names[-1]}"]
                line.send("".join(f"{one}\r\n" for one in lines).encode())
                continue
            said = self._say(line, command)
            if command == "STARTTLS" and self.starttls and said.startswith("220"):
                line.start_tls(self.starttls)
            elif command == "DATA" and said.startswith("354"):
                self._take_mail(line)
            elif command == "QUIT":
                raise Hangup

    def _take_mail(self, line: Line) -> None:
        taken: list[bytes] = []
        while (text := line.readline()) != b".\r\n":
            taken.append(text.removeprefix(b"."))
        self.mails.append(b"".join(taken))
        self._say(line, "final_dot")

    def _usual(self, step: str) -> str:
        """A mail that nobody is to get is not wanted (RFC 5321 section 3.3)."""
        if step == "DATA" and not self._recipients:
            return "554 5.5.1 No valid recipients"
        return _USUAL.get(step, "250 2.0.0 fine")

    def _say(self, line: Line, step: str) -> str:
        if step in self.answers:
            self._given.append(step)
        said = self.answers.pop(step, "") or self._usual(step)
        if step == "MAIL":
            self._recipients = 0
        elif step == "RCPT" and said.startswith("2"):
            self._recipients += 1
        if said == HANG_UP:
            raise Hangup
        if said == RESET:
            line.reset()
        line.send(said.encode() + b"\r\n")
        return said
