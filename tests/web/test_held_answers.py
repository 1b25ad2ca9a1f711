"""The buttons of a hold notice: what is held goes out or is dropped, once; an answer that waits is recalled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from mailticket.config.models import Letters
from mailticket.letters.links import Act
from mailticket.store.outbox import OutboxItem
from mailticket.tokens import open_link
from tests.builders import KEYS
from tests.cast import ANN, CARLA
from tests.desk.house import mail, reply
from tests.web.test_robots import addresses
from tests.web.visitor import Desk


def _link(desk: Desk, letter: OutboxItem, act: Act) -> str:
    """The link of a letter that asks for this act."""
    found = [unescape(one) for one in addresses(desk.house.as_sent(letter))]
    (url,) = [one for one in found if "/l/" in one and open_link(KEYS, one.rpartition("/")[2]).act == act]
    return url


def _answers(desk: Desk) -> list[str]:
    return [one.recipient for one in desk.house.letters("customer_reply") if one.state != "withdrawn"]


@pytest.fixture
def notice(desk: Desk) -> OutboxItem:
    """Ann's answer came from a mail that nothing proves hers."""
    desk.house.take_in(mail(ANN.address, f"Re: [#{desk.case.id}]", "Pull the plug."))
    assert _answers(desk) == []
    return desk.house.letter("hold_notice")


def test_the_button_sends_what_was_held(desk: Desk, notice: OutboxItem) -> None:
    url = _link(desk, notice, Act.SEND)
    assert desk.press(url).status_code == 200
    assert _answers(desk) == [CARLA.address]
    assert b"Pull the plug." in desk.house.bytes_of(desk.house.letter("customer_reply"))


def test_it_is_sent_once_however_often_it_is_pressed(desk: Desk, notice: OutboxItem) -> None:
    url = _link(desk, notice, Act.SEND)
    answers = [desk.press(url).status_code for _ in range(3)]
    assert answers == [200, 410, 410] and _answers(desk) == [CARLA.address]


def test_what_was_dropped_cannot_be_sent(desk: Desk, notice: OutboxItem) -> None:
    send, drop = _link(desk, notice, Act.SEND), _link(desk, notice, Act.DROP)
    assert desk.press(drop).status_code == 200
    page = desk.open(send)
    assert page.status_code == 409 and "<form" not in page.text and _answers(desk) == []


def test_an_answer_that_waits_can_be_recalled(desk: Desk) -> None:
    config = desk.house.office.config
    letters = Letters(undo_send=timedelta(minutes=2))
    patient = config.service[0].model_copy(update={"letters": letters})
    desk.house.with_config(config.model_copy(update={"service": (patient,)}))
    desk.house.take_in(reply(desk.house.letter("csr_case"), ANN.address, "Pull the plug."))
    receipt = desk.house.letters("csr_receipt")[-1]
    assert desk.press(_link(desk, receipt, Act.DROP)).status_code == 200
    assert [one.state for one in desk.house.letters("customer_reply")] != ["queued"]


def test_after_a_merge_the_button_of_the_old_case_sends_nothing(desk: Desk, notice: OutboxItem) -> None:
    url, old = _link(desk, notice, Act.SEND), desk.case
    desk.house.take_in(mail(CARLA, "The same printer"))
    target = next(one for one in desk.house.cases() if one.id != old.id)
    desk.house.take_in(reply(desk.house.letters("csr_case")[0], ANN.address, f"#merge {target.id}"))
    assert {one.merged_into for one in desk.house.cases()} == {"", target.id}
    page = desk.open(url)
    assert (page.status_code, desk.press(url).status_code) == (410, 410), page.text
    assert _answers(desk) == []


def test_another_csrs_link_is_not_made_from_this_one(desk: Desk, notice: OutboxItem) -> None:
    url = _link(desk, notice, Act.SEND)
    claim = open_link(KEYS, url.rpartition("/")[2])
    assert (claim.csr, replace(claim, csr="").case) == (ANN.key, desk.case.id)
