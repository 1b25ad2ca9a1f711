"""How log lines look: one line each, nothing from a mail unescaped, in the form that systemd reads. I/O."""

from __future__ import annotations

import logging
import os
import sys

from mailticket.cli.visible import visible

#: Syslog's numbers (sd-daemon(3)): journald shows and filters by them.
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Line(logging.Formatter):
    """Escapes what a mail could have brought into a line; tracebacks keep their lines, indented."""

    def __init__(self, for_journal: bool) -> None:
        super().__init__("%(levelname)-7s %(message)s" if for_journal else "%(asctime)s %(levelname)-7s %(message)s")
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        lines = [visible(line) for line in super().format(record).split("\n")]
        prefix = f"<{_PRIORITY.get(record.levelno, 6)}>" if self._for_journal else ""
        return "\n".join(prefix + line for line in lines)


def configure(level: int = logging.INFO) -> None:
    """All loggers to standard error."""
    _find_out_no_more_than_is_shown()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(for_journal="JOURNAL_STREAM" in os.environ))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("apscheduler", "imapclient", "mailparser", "peewee"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _find_out_no_more_than_is_shown() -> None:
    """Where in the code a line was written, and in which thread: a third of what a line costs
    (docs.python.org/3/howto/logging.html, Optimization)."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
