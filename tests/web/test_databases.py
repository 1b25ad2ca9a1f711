"""A click on each database: the act and the use of its link are one, however many press at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Web
from mailticket.letters.links import Act
from mailticket.store.database import Store
from tests import cast
from tests.desk.house import build
from tests.web.visitor import URL, Desk, visited


@pytest.fixture(params=["sqlite", "postgresql"])
def each_desk(
    request: pytest.FixtureRequest, stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path
) -> Iterator[Desk]:
    url = "sqlite" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    house = build(cast.config(web=Web(url=URL)), stored(url), parsers, tmp_path)
    with visited(house) as opened:
        yield opened


def test_of_many_who_press_at_once_one_acts(each_desk: Desk) -> None:
    url = each_desk.link(Act.NOTE)
    shown = each_desk.open(url)
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(each_desk.press(url, "once", shown).status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 410, 410, 410, 410, 410]
    assert [one.words.text for one in each_desk.house.entries()].count("once") == 1


def test_a_click_that_fails_midway_leaves_its_link_unused(each_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    url = each_desk.link(Act.ASSIGN, cast.BO.key)
    with monkeypatch.context() as broken:
        broken.setattr("mailticket.web.undoing.remembered", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            each_desk.press(url)
    assert each_desk.case.csr == cast.ANN.key and not each_desk.house.letters("csr_case")[1:]
    assert each_desk.press(url).status_code == 200 and each_desk.case.csr == cast.BO.key


def test_undo_works_on_each_database(each_desk: Desk) -> None:
    done = each_desk.press(each_desk.link(Act.BLACKLIST, "subject"))
    assert each_desk.undo(done).status_code == 200
    assert (each_desk.blacklisted(), str(each_desk.case.status)) == ([], "new")
