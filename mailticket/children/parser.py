"""A parser child as the daemon has it: its process, our end of its pipe, and whether it is fit for more. I/O."""

from __future__ import annotations

from mailticket.children.birth import born
from mailticket.children.life import MB
from mailticket.children.reading import Answer, ParseJob, live
from mailticket.domain.mail import InboundMail
from mailticket.errors import Temporary

_RETIRE_AFTER_MAILS = 2_000
_RETIRE_ABOVE_MB = 160  # resident memory of an idle child; a fresh one has about 60
_STOP_WITHIN = 2.0  # seconds that a child gets to end by itself


class ParserDied(Temporary):
    """The child that read this mail was killed, or gave up. The mail is as it was; no other mail is touched."""


class Child:
    """One parser process and our end of its pipe. Used by one thread at a time."""

    def __init__(self, memory_mb: int) -> None:
        # That none can be started is not this mail's fault: it would be tried in vain, and in the end be set aside.
        self._pipe, self._process = born("mailticket-parser", live, memory_mb)
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
        return self._mails >= _RETIRE_AFTER_MAILS or self._resident > _RETIRE_ABOVE_MB * MB

    def parse(self, job: ParseJob) -> InboundMail:
        try:
            self._pipe.send(job)
            answer: Answer = self._pipe.recv()
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
