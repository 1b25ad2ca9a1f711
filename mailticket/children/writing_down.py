"""What the scribe's process does: writes letters, puts mails together; until its pipe is closed or nobody asks. I/O."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from mailticket.children import life, luggage, waiting
from mailticket.mime.compose import Contents
from mailticket.mime.outgoing.wire_text import WireText
from mailticket.writing.letter import rehearse, write
from mailticket.writing.matter import Letter, Matter, Stationery

#: What it is asked to make something of: a letter, or a mail.
Errand = Matter | Contents

_Orders = queue.SimpleQueue[Errand | Stationery | None]


def live(pipe: Connection, memory_mb: int, idle_for: float) -> None:
    """Its life: the first stationery is answered with None when it is ready, each errand with its letter or its mail.

    None for one of these says that whoever asked must make it: they know what to do with what goes wrong.
    """
    life.begin(memory_mb)
    luggage.pack_quickly()
    orders: _Orders = queue.SimpleQueue()
    waiting.receive_within(pipe, idle_for)
    threading.Thread(target=_listen, args=(pipe, orders), daemon=True).start()
    stationery: Stationery | None = None
    try:
        while (order := orders.get()) is not None:
            if isinstance(order, Stationery):
                if stationery is None:
                    rehearse(order)
                    pipe.send(None)
                stationery = order
            elif stationery is not None:
                pipe.send(_made(order, stationery))
    except OSError:
        return  # the daemon has closed the pipe, or is gone


def _listen(pipe: Connection, orders: _Orders) -> None:
    """Takes in what is asked at once, so that who asks never waits."""
    try:
        with suppress(EOFError, OSError):  # the daemon has closed the pipe, or asked nothing for long
            while True:
                orders.put(pipe.recv())
    finally:  # also where an errand needs more memory than there is: who waits for it is told by the end of the pipe
        orders.put(None)


def _made(errand: Errand, stationery: Stationery) -> Letter | WireText | None:
    try:
        return errand.mail() if isinstance(errand, Contents) else write(errand, stationery)
    except Exception:  # whatever it is, it happens again where it is told and logged
        return None
