"""The caps on what servers say to us, and on what of it is told."""

from __future__ import annotations

import io
import json
import socket
import urllib.request
from unittest.mock import patch

from mailticket.errors import Temporary
from mailticket.wire import discovery, imap_session, sasl, webhook
from mailticket.wire.smtp_session import Session
from mailticket.wire.smtp_settings import SmtpSettings
from tests.edges.edge import Edge, Read, either, padded


def _config_of_a_provider(size: int) -> Read:
    """A longer one is none."""
    with patch.object(urllib.request.OpenerDirector, "open", lambda *_, **__: io.BytesIO(b"y" * size)):
        found = discovery.fetch("https://autoconfig.example.com")
    return either(size, found == b"y" * size)


def _refusal_of_imap(size: int) -> Read:
    return Read(len(imap_session._words(OSError("y" * size))))


def _refusal_of_a_token(size: int) -> Read:
    challenge = json.dumps({"status": padded(size - len("status "), "", "")})
    return Read(len(sasl.why_not(challenge.encode())))


def _refusal_of_a_webhook(size: int) -> Read:
    try:
        webhook._judged("chat.example", 500, b"y" * size)
    except Temporary as error:
        return Read(error.what.count("y"))
    return Read(0)


def _heard(size: int, reply: bytes) -> Read:
    """What is longer is taken for a server that never ends, and the line is broken."""
    session = Session(SmtpSettings("relay.example.com", 25))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        session._line = ours
        theirs.sendall(reply)
        try:
            return either(size, str(session._read_reply()).count("y") == reply.count(b"y"))
        except ConnectionError:
            return Read(0)


def _line_of_smtp(size: int) -> Read:
    return _heard(size, padded(size, "250 ", "\r\n").encode())


def _lines_of_smtp(number: int) -> Read:
    return _heard(number, b"250-y\r\n" * (number - 1) + b"250 y\r\n")


EDGES = (
    Edge("wire.discovery._LONGEST_ANSWER", _config_of_a_provider, beyond=0),
    Edge("wire.imap_session._TOLD_CAP", _refusal_of_imap),
    Edge("wire.sasl._TOLD_CAP", _refusal_of_a_token),
    Edge("wire.webhook._TOLD_CAP", _refusal_of_a_webhook),
    Edge("wire.smtp_session._LINE_CAP", _line_of_smtp, beyond=0),
    Edge("wire.smtp_session._LINES_CAP", _lines_of_smtp, beyond=0),
)
