"""I/O: the cast at work: customers write their mails, and one answer is given, while the visitor looks on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence

from mailticket.demo.cast import Answer, Person, Scene
from mailticket.demo.mail import Mail
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.writing import Draft, reply_subject
from mailticket.errors import MailticketError

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.5


class Actors:
    """Plays in a thread until everything was played, or `stop`."""

    def __init__(self, mailboxes: Mapping[Person, Mailbox], scenes: Sequence[Scene], answers: Sequence[Answer]) -> None:
        self._mailboxes = mailboxes
        self._scenes = scenes
        self._answers = answers
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._play, name="demo actors", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Until everything was played."""
        self._thread.join()

    def stop(self) -> None:
        """At once; what was not played is left out."""
        self._stopping.set()
        self._thread.join()

    def _play(self) -> None:
        began_at = time.monotonic()
        try:
            for scene in self._scenes:
                if self._stopping.wait(max(0.0, began_at + scene.after.total_seconds() - time.monotonic())):
                    return
                self._mailboxes[scene.who].send(scene.draft)
            for answer in self._answers:
                self._give(answer)
        except MailticketError as trouble:
            log.error("The cast stopped playing; everything else goes on. %s", trouble)

    def _give(self, answer: Answer) -> None:
        """Wait until a CSR has the case, then for as long as a person needs; unless the visitor was faster."""
        while (found := self._case_mail(answer.about)) is None:
            if self._stopping.wait(_LOOK_EVERY):
                return
        if self._stopping.wait(answer.after.total_seconds()):
            return
        mailbox, mail = found
        if any(mail.message_id in one.references for one in mailbox.mails() if one.folder == "Sent"):
            return
        subject = reply_subject(mailbox.writer.program, mail.subject)
        mailbox.send(Draft((mail.sender,), subject, answer.text), mail.id)

    def _case_mail(self, about: str) -> tuple[Mailbox, Mail] | None:
        """The mail about this matter in some CSR's mailbox."""
        for person, mailbox in self._mailboxes.items():
            if person.is_csr:
                for mail in mailbox.mails():
                    if mail.folder == "INBOX" and about in mail.subject:
                        return mailbox, mail
        return None
