"""How a child comes: from a fork server that has read `mime` and owns no socket, lock or thread of the daemon. I/O."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from mailticket.errors import Temporary

_context = multiprocessing.get_context("forkserver")


#: What the fork server loads, so that no child needs to: what reads mail; and what writes letters, where memory is not
#: kept for long.
_READS = ["mailticket.children.preloading", "mailticket.mime.parse", "mailticket.children.reading"]
_WRITES = ["mailticket.children.writing_down"]


def expect(letters: bool = False) -> None:
    """Children will be needed soon: the fork server loads what they need while the caller goes on."""
    # Without "__main__": the child needs no command line, and ours may not be fit to run twice.
    _context.set_forkserver_preload([*_READS, *_WRITES] if letters else _READS)
    forkserver.ensure_running()


def born(name: str, live: Callable[..., None], *args: Any) -> tuple[Connection, BaseProcess]:
    """Our end of a new child's pipe, and its process, which runs `live(its end, *args)`.

    Raises Temporary if none can be started.
    """
    pipe, theirs = _context.Pipe()
    process = _context.Process(target=live, args=(theirs, *args), name=name, daemon=True)
    try:
        expect()
        process.start()
    except OSError as error:
        pipe.close()
        raise Temporary(
            f"No child process could be started ({error.strerror or error}).", "Free memory or processes."
        ) from error
    finally:
        theirs.close()
    return pipe, process
