"""A very large mail takes little memory, and many small ones leave no file open."""

from __future__ import annotations

import threading
from email.message import EmailMessage

from tests.road.desk import CARLA, Desk
from tests.road.resources import BUDGET, Usage, files_at_rest, pass_through, usage

MB = 1_000_000


def huge(desk: Desk, size: int) -> bytes:
    """A mail with one attachment, so large as a whole."""
    mail: EmailMessage = desk.mail(CARLA, "The film of the fire", "Look at it.")
    mail.add_attachment(b"A" * 3000, maintype="video", subtype="mp4", filename="fire.mp4")
    head, mark, tail = mail.as_bytes().partition(b"QUFBQUFB")
    line = b"QUFB" * 19 + b"\n"
    return head + line * (size // len(line)) + mark + tail


class Watched:
    """The most that a desk took while the block ran."""

    def __init__(self, pid: int) -> None:
        self.most = usage(pid)
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            now = usage(self._pid)
            self.most = Usage(max(self.most.rss, now.rss), max(self.most.pss, now.pss), max(self.most.files, now.files))

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def test_a_mail_of_150_mb_is_read_by_its_head_in_less_than_300_mb(desk: Desk) -> None:
    with Watched(desk.pid) as watched:
        desk.dovecot.deliver(desk.user, huge(desk, 150 * MB))
        desk.wait(lambda: [one for one in desk.ask("inbox", "list") if one["outcome"]], 90, "the mail's outcome")
    assert watched.most.rss < 300 * MB and watched.most.pss < 300 * MB, watched.most
    case = desk.case()
    assert case["subject"] == "The film of the fire" and "Look at it." in case["entries"][0]["text"]


def test_many_mails_leave_no_file_open(idle_desk: Desk) -> None:
    idle_desk.sections = BUDGET
    idle_desk.start()
    pass_through(idle_desk, 0, 30)
    before = files_at_rest(idle_desk.pid, within=2)
    pass_through(idle_desk, 30, 60)
    # SQLite keeps the files of closed connections for the next ones as long as another connection holds a lock: some
    # more than before is no leak, one more for every few mails is.
    assert files_at_rest(idle_desk.pid) < before + 60 // 3
