"""I/O: parser children. Mail is read in processes of its own, so that none can hang, bloat or kill the daemon.

Each child has one pipe and one mail in flight. One that is too slow, too big or dead costs its one mail an attempt;
the next mail gets a fresh child. Children come from a fork server that has loaded `mime` and owns no socket, lock or
thread of the daemon; they die with it. The only importer of multiprocessing.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import resource
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final

from mailticket.domain.mail import InboundMail, ParentLetter
from mailticket.errors import Temporary

_MB: Final = 1024 * 1024
_RETIRE_AFTER_MAILS = 2_000
_RETIRE_ABOVE_MB = 160  # resident memory of an idle child; a fresh one has about 60
_STOP_WITHIN = 2.0  # seconds that a child gets to end by itself
_PR_SET_PDEATHSIG = 1  # prctl(2)
# What a child answers with: the mail and its resident memory, or why there is none.
_Answer = tuple[InboundMail, int] | str

_context = multiprocessing.get_context("forkserver")


class ParserDied(Temporary):
    """The child that read this mail was killed, or gave up. The mail is as it was; no other mail is touched."""


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One mail to read. `oversize_of`: the size of the whole mail, if `raw` is only the beginning of it."""

    raw: bytes
    parents: Sequence[ParentLetter] = ()
    from_csr: bool = False
    oversize_of: int | None = None


class Parsers:
    """A few parser children, shared by any number of threads. A context manager; children start on demand.

    `count` children at most, `deadline` seconds for one mail, `memory_mb` of memory for one child.
    """

    def __init__(self, count: int = 2, deadline: float = 30.0, memory_mb: int = 512) -> None:
        self._deadline = deadline
        self._memory_mb = memory_mb
        # Last in, first out: a quiet daemon keeps one child busy and starts no other. None: not started yet.
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
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
    def _borrowed(self) -> Iterator[_Child]:
        """A child for one mail. It goes back if it is fit for another, else its place is free for a fresh one."""
        child = self._idle.get()
        kept: _Child | None = None
        try:
            if child is None or not child.is_fit():
                if child is not None:
                    child.end()
                child = _Child(self._memory_mb)
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


class _Child:
    """One parser process and our end of its pipe. Used by one thread at a time."""

    def __init__(self, memory_mb: int) -> None:
        self._pipe, theirs = _context.Pipe()
        # Without "__main__": the child needs no command line, and ours may not be fit to run twice.
        _context.set_forkserver_preload(["mailticket.mime.parse", "mailticket.parsers"])
        self._process = _context.Process(target=_live, args=(theirs, memory_mb), name="mailticket-parser", daemon=True)
        try:
            self._process.start()
        except OSError as error:
            self._pipe.close()
            # Not this mail's fault: it would be tried in vain, and in the end set aside for nothing.
            raise Temporary(f"No parser process could be started: {error}.", "Free memory or processes.") from error
        finally:
            theirs.close()
        self._mails = 0
        self._resident = 0
        self.overdue = False

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def is_fit(self) -> bool:
        """Whether it waits for a mail. An idle child sends nothing, so a readable pipe is its end."""
        return self._process.is_alive() and not self._pipe.poll()

    def is_worn(self) -> bool:
        """Whether it has read enough mails, or kept too much memory, to be replaced."""
        return self._mails >= _RETIRE_AFTER_MAILS or self._resident > _RETIRE_ABOVE_MB * _MB

    def parse(self, job: ParseJob) -> InboundMail:
        try:
            self._pipe.send(job)
            answer: _Answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise ParserDied(self._why(job), "The mail will be tried again; see `mailticket inbox list`.") from error
        if isinstance(answer, str):
            raise ParserDied(answer, "The mail will be tried again; see `mailticket inbox list`.")
        mail, self._resident = answer
        self._mails += 1
        return mail

    def _why(self, job: ParseJob) -> str:
        if self.overdue:
            return f"Reading a mail of {len(job.raw)} octets took too long; its parser was ended."
        self._process.join(_STOP_WITHIN)
        return f"The parser of a mail of {len(job.raw)} octets died (exit code {self._process.exitcode})."

    def end(self) -> None:
        """Ask it to end by closing the pipe; kill it if it does not."""
        self._pipe.close()
        self._process.join(_STOP_WITHIN)
        self.kill()

    def kill(self) -> None:
        self._pipe.close()
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()

    def strike(self) -> None:
        """From the watching thread: end it now. Who waits for its answer is told by the broken pipe."""
        self.overdue = True
        self._process.kill()


class _Watch:
    """One thread that ends children whose mail takes too long; it sleeps while no mail is being read."""

    def __init__(self) -> None:
        self._due: dict[_Child, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @contextmanager
    def over(self, child: _Child, seconds: float) -> Iterator[None]:
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


def _live(pipe: Connection, memory_mb: int) -> None:
    """A child's life: read a mail, answer, until the pipe is closed."""
    _die_with_parent()
    _limit_memory(memory_mb * _MB)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # They are sent to the whole group; the daemon decides, and ends us by the pipe.
        signal.signal(ignored, signal.SIG_IGN)
    while True:
        try:
            job = pipe.recv()
            pipe.send(_answer(job))
        except (EOFError, OSError):
            return
        except MemoryError:
            pipe.send(f"Reading a mail takes more than the {memory_mb} MB of memory that a parser has.")
            return


def _answer(job: ParseJob) -> _Answer:
    from mailticket.mime import parse  # loaded by the fork server; imported here so that the daemon need not

    if job.oversize_of is not None:
        mail = parse.parse_headers_only(job.raw, job.oversize_of)
    else:
        mail = parse.parse(job.raw, job.parents, from_csr=job.from_csr)
    return mail, _resident()


def _resident() -> int:
    """Octets of memory in use now (proc(5)); the high-water mark that getrusage gives never falls."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def _die_with_parent() -> None:
    """The kernel kills us when the fork server ends, which ends when the daemon does, even by kill -9."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(0)


def _limit_memory(octets: int) -> None:
    """No more private memory than that, and a little more of address space, which libraries take by themselves."""
    with open("/proc/self/statm", "rb") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (octets, octets))
    resource.setrlimit(resource.RLIMIT_AS, (mapped + octets, mapped + octets))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
