"""I/O: puts the demo together: mail servers, a real config file, the real daemon, the page and the cast."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from mailticket import settings
from mailticket.daemon import Daemon
from mailticket.demo.actors import Actors
from mailticket.demo.cast import ANSWERS, PASSWORD, PEOPLE, SUPPORT, scenes
from mailticket.demo.mailbox import Mailbox
from mailticket.demo.page import Page, app
from mailticket.demo.servers import MailServers
from mailticket.demo.serving import PageServer, free_port
from mailticket.demo.settings_file import Ports, config_text
from mailticket.demo.view import CaseLife, LetterLife
from mailticket.store import cases, entries, outbox


class Stage:
    """A whole desk in `folder`. The page's port is taken at once; `open` starts everything, `close` stops it."""

    def __init__(self, folder: Path, port: int, plays: bool = True) -> None:
        self._folder = folder
        self._plays = plays
        self._page_server = PageServer(port)
        self._open = ExitStack()
        self._open.callback(self._page_server.stop)
        self.url = self._page_server.url

    def open(self) -> None:
        """Returns when the page answers and the daemon watches. Whatever was started is stopped if a step fails."""
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop everything, the last started first."""
        self._open.close()

    def _start_all(self) -> None:
        servers = MailServers({one.key: PASSWORD for one in (SUPPORT, *(person.address for person in PEOPLE))})
        self._open.callback(servers.stop)
        servers.start()
        daemon = self._daemon(servers)
        self._open.callback(daemon.stop)
        daemon.start()
        mailboxes = {person: Mailbox(person.address, person.program, servers) for person in PEOPLE}
        for mailbox in mailboxes.values():
            self._open.callback(mailbox.close)
        self._page_server.start(app(Page(mailboxes, lambda: _lives(daemon), servers)))
        self._open.callback(self._page_server.stop)
        if self._plays:
            actors = Actors(mailboxes, scenes(), ANSWERS)
            actors.start()
            self._open.callback(actors.stop)

    def _daemon(self, servers: MailServers) -> Daemon:
        """The product itself, set up as an admin would: by a file."""
        path = self._folder / "config.toml"
        path.touch(mode=0o600)
        ports = Ports(servers.imap_port, servers.smtp_port, free_port())
        path.write_text(config_text(self._folder / "data", ports), encoding="utf-8")
        return Daemon(settings.load(path), config_path=path)


def _lives(daemon: Daemon) -> list[CaseLife]:
    """All cases, the newest first, with what was written in them and about them."""
    with daemon.office.connected():
        letters: defaultdict[str, list[LetterLife]] = defaultdict(list)
        for item in reversed(outbox.list_items()):
            letter = LetterLife(item.created_at, item.letter, item.recipient, item.state, item.message_id)
            letters[item.case].append(letter)
        return [
            CaseLife(one, entries.entries(one.key, newest_first=False), letters[one.id]) for one in cases.list_cases()
        ]
