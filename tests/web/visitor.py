"""Somebody who clicks: the links of a desk's letters, opened and pressed without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from mailticket.config.models import Csr, Web
from mailticket.desk.assign import assign
from mailticket.domain.case import Case
from mailticket.health import Board, Wrong
from mailticket.letters.links import Act, Sealing, letter_links
from mailticket.store import blacklist
from mailticket.web.app import app
from tests.builders import KEYS
from tests.cast import ANN
from tests.desk.house import House, mail

URL = "http://desk.example"
LETTER = "abcdefghijklm"
_VERSION = re.compile(r'name="version" value="(\d+)"')
_UNDO = re.compile(r'class="undo" method="post" action="([^"]+)"')


@dataclass
class Desk:
    """A house with one case, and a visitor of its pages."""

    house: House
    client: TestClient
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return self.house.case()

    def configure(self, **web: Any) -> None:
        """Other values of [web]."""
        config = self.house.office.config
        self.house.with_config(config.model_copy(update={"web": Web(**{"url": URL} | web)}))

    def sealing(self, csr: Csr = ANN, letter: str = LETTER) -> Sealing:
        return Sealing(self.house.office.config, KEYS, csr, letter, self.house.clock())

    def link(self, act: Act, argument: str = "", csr: Csr = ANN) -> str:
        """The address of one link, as a letter of this moment has it."""
        return self.sealing(csr).link("", self.case.id, act, argument).url

    def links(self, csr: Csr = ANN) -> Any:
        return letter_links(self.house.service, self.case, self.sealing(csr))

    def open(self, url: str, method: str = "GET", **headers: str) -> Response:
        return self.client.request(method, url, headers={name.replace("_", "-"): it for name, it in headers.items()})

    def press(self, url: str, text: str = "", shown: Response | None = None) -> Response:
        """Open the page (unless it is open), write into its box, press its button."""
        page = shown or self.open(url)
        version = _VERSION.search(page.text)
        return self.client.post(url, data={"version": version[1] if version else "", "text": text})

    def undo(self, done: Response) -> Response:
        """Press Undo on the page that tells what was done."""
        return self.client.post(self.undo_url(done))

    def undo_url(self, done: Response) -> str:
        action = _UNDO.search(done.text)
        assert action, done.text
        return f"{URL}/l/{action[1]}"

    def blacklisted(self) -> list[tuple[str, str]]:
        return [(one.address, one.subject) for one in self.house.in_store(blacklist.entries)]

    def dump(self) -> list[str]:
        """Every row of the desk's database."""
        engine = self.house.office.store.engine
        with self.house.office.connected():
            return list(engine.connection().iterdump())


@contextmanager
def visited(house: House) -> Iterator[Desk]:
    house.take_in(mail())
    assert assign(house.office) == 1
    with TestClient(app(lambda: desk.house.office, Board([lambda: desk.wrong])), base_url=URL) as client:
        desk = Desk(house, client)
        assert desk.case.csr == ANN.key
        yield desk


def without_keys(desk: Desk) -> Desk:
    """The same desk after its key file was replaced."""
    other = type(KEYS)((b"z" * 32,))
    return replace(desk, house=replace(desk.house, office=replace(desk.house.office, keys=other)))
