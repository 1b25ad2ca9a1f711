"""A process that has loaded the program once, and forks a desk off itself for each run: a start costs next to nothing.

What runs in the fork is the program's own `mailticket run`, from its command line on. Only its imports, and the fork
server that its parser children come from, are those of the hatchery. Run as a program it is the hatchery itself:
orders come in, one JSON object a line, and are answered on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Set, each desk has a scribe from its first mail on; without it only those that have many mails to handle.
WITH_SCRIBE = "MAILTICKET_TEST_SCRIBE"


@dataclass
class Hatchery:
    """The running hatchery; one desk at a time. `folder` is what the program is loaded from."""

    folder: Path = field(default_factory=Path.cwd)
    _process: subprocess.Popen[str] | None = None
    _pid: int = 0

    def start(self) -> None:
        environ = dict(os.environ) | {"PYTHONPATH": str(self.folder)}
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", __name__]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environ, cwd=self.folder)
        self._heard()

    def stop(self) -> None:
        if self._process is not None:
            if self._pid:
                self.kill()
            assert self._process.stdin and self._process.stdout
            self._process.stdin.close()
            self._process.wait(20)
            self._process.stdout.close()
            self._process = None

    def begin(self, words: list[str], log: Path, failpoint: str = "", is_held: bool = False) -> int:
        """Starts `mailticket` with these words; its process id. `is_held`: it waits for SIGCONT first."""
        assert self._process is not None and self._process.stdin is not None
        if self._pid:
            self.kill()  # left behind by a test that failed
        order = {"words": words, "log": str(log), "failpoint": failpoint, "held": is_held}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._heard()["pid"])
        return self._pid

    def ended(self) -> int:
        """Waits for its end; the exit code, or the negative number of the signal that ended it."""
        code = int(self._heard()["code"])
        self._pid = 0
        return code

    def kill(self) -> int:
        """kill -9; the exit code, as its end may have come before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        return self.ended()

    def _heard(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the hatchery is gone (exit code {self._process.wait(10)})")
        heard: dict[str, Any] = json.loads(line)
        return heard


def _serve() -> None:
    _warm_up()
    _tell({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        _have_a_fork_server()
        pid = os.fork()
        if not pid:
            _live(order)
        if order["held"]:
            os.waitpid(pid, os.WUNTRACED)
        _tell({"pid": pid})
        _, status = os.waitpid(pid, 0)
        _tell({"code": os.waitstatus_to_exitcode(status)})


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def _warm_up() -> None:
    """Everything is imported, and a fork server runs that the forks share."""
    from multiprocessing import forkserver, resource_tracker

    import mailticket.cli.logs
    import mailticket.cli.main
    import mailticket.cli.serve
    import mailticket.daemon
    import mailticket.web.app  # noqa: F401

    loaded = ["mailticket.mime.parse", "mailticket.children.reading"]
    forkserver.set_forkserver_preload([*loaded, "mailticket.children.writing_down"])
    resource_tracker.ensure_running()
    forkserver.ensure_running()


def _have_a_fork_server() -> None:
    """A desk that was killed between its knock at the fork server and its order has taken it along."""
    from multiprocessing import forkserver, get_context

    for _ in range(100):
        probe = get_context("forkserver").Process(target=_nothing)
        try:
            probe.start()
        except (OSError, EOFError):
            time.sleep(0.05)  # until its end can be seen
            forkserver.ensure_running()
        else:
            probe.join()
            return
    raise AssertionError("no fork server could be started")


def _nothing() -> None:
    """What a probe of the fork server does."""


def _live(order: dict[str, Any]) -> None:
    """In the fork: becomes `mailticket` with these words, and never returns."""
    code = 70
    try:
        os.setpgid(0, 0)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        quiet = os.open(os.devnull, os.O_RDONLY)
        for mine, theirs in ((0, quiet), (1, log), (2, log)):
            os.dup2(theirs, mine)
        os.environ["MAILTICKET_FAILPOINT"] = order["failpoint"]
        if order["held"]:
            os.kill(os.getpid(), signal.SIGSTOP)
        code = _run(order["words"])
    finally:
        os._exit(code)


def _have_a_scribe() -> None:
    """It writes every letter, though there are few, and is waited for."""
    from mailticket.children import scribe

    begin = scribe._Child.__init__

    def ready(self: Any, *arguments: Any) -> None:
        begin(self, *arguments)
        self._is_ready = self._pipe.poll(30) and self._pipe.recv() is None

    scribe.MANY = 1  # type: ignore[misc]
    scribe._Child.__init__ = ready  # type: ignore[method-assign]


def _run(words: list[str]) -> int:
    from multiprocessing import forkserver

    from mailticket.cli.main import main

    # It runs already, as somebody else's child; its address and its pipe came with the fork.
    # The module has that method under a name of its own, too.
    forkserver._forkserver.ensure_running = forkserver.ensure_running = lambda: None  # type: ignore[attr-defined]
    sys.argv = ["mailticket", *words]
    if os.environ.get(WITH_SCRIBE):
        _have_a_scribe()
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve()
