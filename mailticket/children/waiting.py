"""How long one end of a pipe waits for the other, not even in the middle of a message: an OSError then. I/O.

The kernel counts (socket(7), SO_RCVTIMEO, SO_SNDTIMEO): to ask before each message whether there is one costs more than
to take it.
"""

from __future__ import annotations

import os
import socket
import struct
from multiprocessing.connection import Connection


def receive_within(pipe: Connection, seconds: float) -> None:
    """From now on `recv` waits so long at most."""
    _set(pipe, socket.SO_RCVTIMEO, seconds)


def send_within(pipe: Connection, seconds: float) -> None:
    """From now on `send` waits so long at most for the other end to take something."""
    _set(pipe, socket.SO_SNDTIMEO, seconds)


def _set(pipe: Connection, option: int, seconds: float) -> None:
    whole, part = divmod(seconds, 1)
    with socket.socket(fileno=os.dup(pipe.fileno())) as line:  # the same socket by another number
        line.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(whole), int(part * 1_000_000)))
