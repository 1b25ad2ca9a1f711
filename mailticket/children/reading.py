"""What a parser child does: reads one mail after the other, within its limits, until its pipe is closed. I/O."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from mailticket.children import life
from mailticket.domain.mail import InboundMail, ParentLetter

#: What a child answers with: the mail and its resident memory, or why there is none.
Answer = tuple[InboundMail, int] | str


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One mail to read. `oversize_of`: the size of the whole mail, if `raw` is only the beginning of it."""

    raw: bytes
    parents: Sequence[ParentLetter] = ()
    from_csr: bool = False
    oversize_of: int | None = None


def live(pipe: Connection, memory_mb: int) -> None:
    """A child's life: read a mail, answer, until the pipe is closed."""
    life.begin(memory_mb)
    while True:
        try:
            job = pipe.recv()
            pipe.send(_answer(job))
        except (EOFError, OSError):
            return
        except MemoryError:
            pipe.send(f"Reading a mail takes more than the {memory_mb} MB of memory that a parser has.")
            return


def _answer(job: ParseJob) -> Answer:
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
