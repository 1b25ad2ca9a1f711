"""The scribe: a process that writes letters and puts mails together while the daemon decides and sends. I/O.

It is there only while much is to be written, and nothing depends on it: whatever it did not write is written by who
asked for it, with the same result.
"""

from __future__ import annotations

import select
import threading
import time
from collections import deque
from typing import Any, Final, Generic, TypeVar

from mailticket.children import luggage, waiting, writing_down
from mailticket.children.birth import born
from mailticket.children.writing_down import Errand
from mailticket.errors import Temporary
from mailticket.mime.compose import Contents
from mailticket.mime.outgoing.wire_text import WireText
from mailticket.writing.letter import write
from mailticket.writing.matter import Letter, Matter, Stationery

_Made = TypeVar("_Made")

#: So many mails at once are worth a process of its own; it takes a second of another core to begin.
MANY = 10
#: So many letters at most are ahead of who waits for them: the more there are, the better who ordered writes some.
_MOST_AHEAD = 10
#: So many orders of any kind at most are ahead of a mail that is put together, which takes a tenth of a letter's time.
PARCELS_AHEAD = 4
#: From so many on it is looked whether some are ready: its pipe does not hold many.
_LOOK_FROM = 4
#: Seconds for one letter, which takes some milliseconds; then it is written by who asked for it.
_PATIENCE = 5
#: Its memory is of use to somebody else after so many seconds without an order.
_IDLE_FOR = 60.0
_STOP_WITHIN = 2.0
_MEMORY_MB = 512


class _Asked(Generic[_Made]):
    """What is asked of the scribe: perhaps it is made there."""

    __slots__ = ("_by", "_made", "errand")

    def __init__(self, errand: Errand) -> None:
        self.errand: Final = errand
        self._by: _Child | None = None
        self._made: _Made | None = None

    def given_to(self, child: _Child) -> None:
        self._by = child

    def come(self, made: _Made | None) -> None:
        """The scribe's answer: None if it could not."""
        self._by, self._made = None, made

    @property
    def is_on_its_way(self) -> bool:
        return self._by is not None


class Order(_Asked[Letter]):
    """A letter that is being written, perhaps by the scribe."""

    __slots__ = ("_stationery", "matter")

    def __init__(self, matter: Matter, stationery: Stationery) -> None:
        super().__init__(matter)
        self.matter: Final = matter
        self._stationery: Final = stationery

    def letter(self) -> Letter:
        """Waits for it; what the scribe did not write is written here. Raises Permanent if it cannot be written."""
        if self._by is not None:
            self._by.bring(self)
        return write(self.matter, self._stationery) if self._made is None else self._made


class Parcel(_Asked[WireText]):
    """A mail that is being put together, perhaps by the scribe."""

    __slots__ = ()

    def mail(self) -> WireText | None:
        """None if it is not there: to put it together oneself may take less time than to wait for it."""
        if self._by is not None:
            self._by.look()
        return self._made


class Scribe:
    """Takes orders for letters, from any number of threads. Its process begins when much is expected.

    Without one (`may_begin`) letters are written by who asks for them. It ends after `idle_for` seconds without orders.
    """

    def __init__(self, may_begin: bool = True, idle_for: float = _IDLE_FOR) -> None:
        self._may_begin = may_begin
        self._idle_for = idle_for
        self._child: _Child | None = None
        self._changing = threading.Lock()

    def expect(self, mails: int, stationery: Stationery) -> None:
        """So many mails are about to be handled: if they are many, a process begins. Not inside a transaction."""
        if not self._may_begin or mails < MANY or self._is_there():
            return
        with self._changing:
            if self._is_there():
                return
            self._end()
            try:
                self._child = _Child(stationery, self._idle_for)
            except (Temporary, OSError):  # letters are written here, as they were until now
                self._child = None

    def order(self, matter: Matter, stationery: Stationery) -> Order:
        """Has a letter written. While its process begins, or has enough to do, who asks for the letter writes it."""
        order = Order(matter, stationery)
        child = self._child
        if child is not None:
            child.take(order, _MOST_AHEAD, stationery)
        return order

    def put_together(self, contents: Contents) -> Parcel:
        """Has a mail put together, unless its process has letters to write: those are waited for in a transaction."""
        parcel = Parcel(contents)
        child = self._child
        if child is not None:
            child.take(parcel, PARCELS_AHEAD)
        return parcel

    @property
    def pid(self) -> int | None:
        """Its process, None if there is none."""
        child = self._child
        return child.pid if child else None

    def close(self) -> None:
        """Its process ends; letters that it has not written are written by who asks for them."""
        with self._changing:
            self._end()

    def _is_there(self) -> bool:
        return self._child is not None and self._child.is_fit()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process as the daemon has it: it answers in the order in which it was asked."""

    def __init__(self, stationery: Stationery, idle_for: float) -> None:
        luggage.pack_quickly()
        self._pipe, self._process = born("mailticket-scribe", writing_down.live, _MEMORY_MB, idle_for)
        waiting.send_within(self._pipe, _PATIENCE)
        waiting.receive_within(self._pipe, _PATIENCE)
        self._idle_for = idle_for
        self._asked: deque[_Asked[Any]] = deque()
        self._sending, self._reading = threading.Lock(), threading.Lock()
        #: Held while an answer finds its order: nobody may give the orders up in that moment.
        self._matching = threading.Lock()
        self._stationery = stationery
        self._is_ready = False
        self._has_ended = False
        self._used_at = time.monotonic()
        #: As `Connection.poll`, which makes one anew each time.
        self._poller = select.poll()
        self._poller.register(self._pipe.fileno(), select.POLLIN)
        self._pipe.send(stationery)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def is_fit(self) -> bool:
        """Whether it lives, and will not end by itself in this moment."""
        return not self._has_ended and time.monotonic() - self._used_at < self._idle_for / 2

    def take(self, order: _Asked[Any], most: int, stationery: Stationery | None = None) -> None:
        """Sends the order, unless it cannot be seen to now or `most` others are ahead of it."""
        with self._sending:
            try:
                if not self.is_fit() or not self._has_room(most):
                    return
                if stationery and not stationery.is_like(self._stationery):
                    self._pipe.send(stationery)
                    self._stationery = stationery
                self._pipe.send(order.errand)
            except (OSError, EOFError):
                self._gone()
                return
            self._used_at = time.monotonic()
            with self._matching:
                if not self._has_ended:
                    order.given_to(self)
                    self._asked.append(order)

    def _has_room(self, most: int) -> bool:
        if not self._is_ready:
            self._is_ready = bool(self._poller.poll(0)) and self._pipe.recv() is None
            return self._is_ready
        if len(self._asked) >= _LOOK_FROM:
            self.look()
        return len(self._asked) < most

    def look(self) -> None:
        """Takes what is there by now, unless somebody else does."""
        if self._reading.acquire(blocking=False):
            try:
                while self._asked and self._poller.poll(0):
                    self._hear()
            finally:
                self._reading.release()

    def bring(self, order: _Asked[Any]) -> None:
        """Waits until this one, and so all before it, are there."""
        with self._reading:
            while order.is_on_its_way:
                self._hear()

    def _hear(self) -> None:
        """The next answer, or the end."""
        try:
            made = self._pipe.recv()
        except (EOFError, OSError):
            self._gone()
            return
        with self._matching:
            if not self._has_ended:  # else its order was given up meanwhile, and the answer is nobody's
                self._asked.popleft().come(made)

    def _gone(self) -> None:
        """It writes no more: who waits for something makes it."""
        with self._matching:
            self._has_ended = True
            while self._asked:
                self._asked.popleft().come(None)

    def end(self) -> None:
        """Ask it to end by closing the pipe; kill it if it does not."""
        with self._sending, self._reading:
            self._gone()
            self._pipe.close()
        self._process.join(_STOP_WITHIN)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
