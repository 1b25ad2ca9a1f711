"""A few parser children, shared by all threads of the daemon, and the watch over those that take too long. I/O."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import TracebackType

from mailticket.children.parser import Child, ParserDied
from mailticket.children.reading import ParseJob
from mailticket.domain.mail import InboundMail, ParentLetter
from mailticket.errors import Temporary


class Parsers:
    """A few parser children, shared by any number of threads. A context manager; children start on demand.

    `count` children at most, `deadline` seconds for one mail, `memory_mb` of memory for one child.
    """

    def __init__(self, count: int = 2, deadline: float = 30.0, memory_mb: int = 512) -> None:
        self._deadline = deadline
        self._memory_mb = memory_mb
        # Last in, first out: a quiet daemon keeps one child busy and starts no other. None: not started yet.
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="parse")
        self._watch = _Watch()
        self._broken_off = threading.Event()

    def __enter__(self) -> Parsers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def break_off(self) -> None:
        """The daemon ends: mails in flight are left as they were, without having cost an attempt, and none is begun."""
        self._broken_off.set()
        self._watch.strike_all()

    def close(self) -> None:
        """Wait for the mails in flight, then end every child."""
        self._threads.shutdown(cancel_futures=True)
        children = [self._idle.get() for _ in range(self._count)]
        for child in children:
            if child is not None:
                child.end()
        self._watch.stop()
        for _ in children:
            self._idle.put(None)

    def expect(self, mails: int) -> None:
        """So many mails are about to be read: if that is work for all children, they are born meanwhile."""
        if mails >= self._count:
            self._threads.submit(self._fill)

    def _fill(self) -> None:
        """A child in each free place. That none can be started is told to whoever has a mail read."""
        idle: list[Child | None] = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        try:
            for place, child in enumerate(idle):
                idle[place] = child or Child(self._memory_mb)
        finally:
            for child in idle:
                self._idle.put(child)

    def parse(
        self, raw: bytes, parents: Sequence[ParentLetter], from_csr: bool = False, oversize_of: int | None = None
    ) -> InboundMail:
        """Read one mail; blocks until a child is free and has done it.

        Raises ParserDied if the child did not, Temporary if none can be started or all were broken off.
        """
        job = ParseJob(raw, tuple(parents), from_csr, oversize_of)
        try:
            self._refuse_if_broken_off()
            with self._borrowed() as child, self._watch.over(child, self._deadline):
                self._refuse_if_broken_off()
                return child.parse(job)
        except ParserDied:
            self._refuse_if_broken_off()
            raise

    def _refuse_if_broken_off(self) -> None:
        if self._broken_off.is_set():
            raise Temporary("The daemon stops, so no mail is read any more.", "The next start reads it.")

    def parse_many(self, jobs: Sequence[ParseJob]) -> list[InboundMail | ParserDied]:
        """Read several mails with all children; the results in the order of the jobs, each mail or its failure.

        Raises Temporary if no child can be started or all were broken off.
        """
        return list(self._threads.map(self._mail_or_failure, jobs))

    def _mail_or_failure(self, job: ParseJob) -> InboundMail | ParserDied:
        try:
            return self.parse(job.raw, job.parents, job.from_csr, job.oversize_of)
        except ParserDied as failure:
            return failure

    @contextmanager
    def _borrowed(self) -> Iterator[Child]:
        """A child for one mail. It goes back if it is fit for another, else its place is free for a fresh one."""
        child = self._idle.get()
        kept: Child | None = None
        try:
            if child is None or not child.is_fit():
                if child is not None:
                    child.end()
                child = Child(self._memory_mb)
            yield child
            if child.is_worn():
                child.end()
            else:
                kept = child
        except BaseException:
            if child is not None:
                child.kill()
            raise
        finally:
            self._idle.put(kept)


class _Watch:
    """One thread that ends children whose mail takes too long; it sleeps while no mail is being read."""

    def __init__(self) -> None:
        self._due: dict[Child, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @contextmanager
    def over(self, child: Child, seconds: float) -> Iterator[None]:
        """Watch a child while the body runs; afterwards it is never struck."""
        with self._changed:
            self._due[child] = time.monotonic() + seconds
            if self._thread is None:
                self._stopped = False
                self._thread = threading.Thread(target=self._run, name="parse-watch", daemon=True)
                self._thread.start()
            elif len(self._due) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(child, None)

    def strike_all(self) -> None:
        """Ends every child that has a mail in hand."""
        with self._changed:
            for child in self._due:
                child.strike()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                for child in [child for child, due in self._due.items() if due <= now]:
                    del self._due[child]
                    child.strike()
                # All mails have the same time, so whoever comes later is due later than the first.
                first = min(self._due.values(), default=None)
                self._changed.wait(None if first is None else max(0.0, first - now))
