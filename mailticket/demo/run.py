"""I/O: `mailticket demo`: from the first line on the screen to the last one after Ctrl-C."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mailticket.errors import Permanent

#: What the extra `demo` brings.
_NEEDS = ("pymap", "aiosmtpd")
#: Libraries that talk about things the visitor neither did nor can mend.
_CHATTY = ("aiosmtpd", "mail.log", "mail.debug", "pymap", "uvicorn", "imapclient", "apscheduler", "peewee", "asyncio")


def run(port: int = 0, open_browser: bool = False, keep: Path | None = None) -> int:
    """Run the demo until Ctrl-C or SIGTERM; the exit code. `port` 0 takes a free one; `keep` is where its data stays.

    Raises Permanent if the extra `demo` is missing, the port is in use, or `keep` holds something already.
    """
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise Permanent(f"The demo needs {', '.join(missing)}.", "Install it with: pip install 'mailticket[demo]'")
    from mailticket.demo.stage import Stage  # only now: it imports what may be missing

    with _folder(keep) as folder, _logging_to(folder / "mailticket.log"), _stop_signals() as stopping:
        _say(f"Starting the demo in {folder} ...")
        stage = Stage(folder, port)
        stage.open()
        try:
            _say(f"Open {stage.url}")
            _say("Stop it with Ctrl-C.")
            if open_browser:
                webbrowser.open(stage.url)
            stopping.wait()
            _say("\nStopping ...")
        finally:
            stage.close()
        _say(f"Stopped. The data was in {folder}" + (" and stays there." if keep else "; it is removed now."))
        if not keep:
            _say("To keep it next time: mailticket demo --keep FOLDER")
    return 0


def _say(line: str) -> None:
    """On the screen at once, also where the output is a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder of the demo's own: the one to keep, or a temporary one that is removed at the end."""
    if keep is None:
        made = Path(tempfile.mkdtemp(prefix="mailticket-demo-"))
        try:
            yield made
        finally:
            shutil.rmtree(made)
        return
    try:
        keep.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(keep.iterdir())
    except OSError as trouble:
        raise Permanent(f"{keep} cannot be used: {trouble.strerror}.", "Name another folder after --keep.") from trouble
    if not is_empty:
        raise Permanent(f"{keep} is not empty.", "Each run of the demo needs a new folder; name another after --keep.")
    yield keep.resolve()


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; what they did before is put back at the end."""
    stopping = threading.Event()
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in wanted}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The desk's log goes to a file beside its data; warnings also to the screen."""
    root = logging.getLogger()
    handlers: list[logging.Handler] = [logging.FileHandler(path, encoding="utf-8")]
    if not root.handlers:
        handlers.append(logging.StreamHandler())
        handlers[-1].setLevel(logging.WARNING)
    level = root.level
    root.setLevel(logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
        root.addHandler(handler)
    try:
        yield
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
