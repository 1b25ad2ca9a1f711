"""The link that answers with a ready text: its page shows the finished letter, its button acts like an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.config.models import Holds, Letters, Web
from mailticket.config.rules import AnswerTemplate, CustomField
from mailticket.domain.case import EntryKind, Status
from mailticket.letters.links import Act
from tests import cast
from tests.cast import ANN, BO, CARLA, DIRK
from tests.desk.house import mail
from tests.web.visitor import URL, Desk

PLUG = AnswerTemplate(name="plug", text="Pull the <plug>, {{ customer.first_name }}.", subject="About your plug")
SERIAL = AnswerTemplate(name="serial", text="It is {{ fields.serial }}.")


def offer(desk: Desk, **service: object) -> None:
    """The desk has two ready answers; the service other values, if asked for."""
    config = cast.config(
        cast.service(**service), web=Web(url=URL), answer=(PLUG, SERIAL), field=(CustomField(name="serial"),)
    )
    desk.house.with_config(config)


def test_the_page_shows_the_finished_letter_and_sends_nothing(desk: Desk) -> None:
    offer(desk)
    before = desk.dump()
    page = desk.open(desk.link(Act.TEMPLATE, "plug")).text
    for said in ("Hello Carla,", "Pull the &lt;plug&gt;, Carla.", "About your plug", "Kind regards", desk.case.id):
        assert said in page, said
    assert desk.dump() == before


def test_the_button_sends_it_once_with_the_csrs_own_words_below(desk: Desk) -> None:
    offer(desk)
    url = desk.link(Act.TEMPLATE, "plug")
    assert [desk.press(url, "And call me.").status_code for _ in range(2)] == [200, 410]
    letter = desk.house.letter("customer_reply")
    sent = desk.house.as_sent(letter)
    assert (letter.recipient, desk.case.status) == (CARLA.address, Status.OPENED)
    assert sent["Subject"] == f"Re: [#{desk.case.id}] About your plug"
    assert b"Pull the <plug>, Carla." in desk.house.bytes_of(letter) and b"And call me." in desk.house.bytes_of(letter)


def test_an_answer_that_is_held_says_why_on_the_page(desk: Desk) -> None:
    offer(desk, holds=Holds(banned_words=("plug",)))
    done = desk.press(desk.link(Act.TEMPLATE, "plug"))
    assert "The answer is held, not sent" in done.text and "plug" in done.text
    assert not desk.house.letters("customer_reply") and desk.house.letter("hold_notice")


def test_what_was_held_goes_out_with_its_own_subject(desk: Desk) -> None:
    offer(desk, holds=Holds(banned_words=("plug",)))
    desk.press(desk.link(Act.TEMPLATE, "plug"))
    (held,) = [one for one in desk.house.entries() if one.held]
    assert desk.press(desk.link(Act.SEND, str(held.number))).status_code == 200
    assert desk.house.as_sent(desk.house.letter("customer_reply"))["Subject"].endswith("About your plug")


def test_an_answer_that_waits_is_recalled_from_the_page(desk: Desk) -> None:
    offer(desk, letters=Letters(undo_send=timedelta(minutes=5)))
    done = desk.press(desk.link(Act.TEMPLATE, "plug"))
    recall = done.text.partition('class="button quiet" href="')[2].partition('"')[0]
    assert "It goes out at" in done.text and desk.press(f"{URL}/l/{recall}").status_code == 200
    assert [one.state for one in desk.house.letters("customer_reply")] == ["cancelled"]


@pytest.mark.parametrize(
    ("name", "said"), [("serial", "the case has no value in the field"), ("gone", "There is no ready answer")]
)
def test_what_cannot_be_written_is_refused_before_anything_is_sent(desk: Desk, name: str, said: str) -> None:
    offer(desk)
    page = desk.open(desk.link(Act.TEMPLATE, name))
    assert page.status_code == 409 and said in page.text and "<form" not in page.text
    assert not [one for one in desk.house.entries() if one.kind is EntryKind.REPLY]


def test_a_colleague_must_take_the_case_first(desk: Desk) -> None:
    offer(desk)
    assert desk.open(desk.link(Act.TEMPLATE, "plug", csr=BO)).status_code == 410


def test_an_old_answer_is_shown_and_held_before_anybody_gets_it(desk: Desk) -> None:
    offer(desk)
    desk.press(desk.link(Act.TEMPLATE, "plug"))
    desk.house.take_in(mail(DIRK, "Plug", "The plug again."))
    other, old = desk.house.cases()[-1], desk.house.cases()[0]
    url = desk.sealing(ANN).link("", other.id, Act.REUSE, old.id).url
    page = desk.open(url)
    assert "Pull the &lt;plug&gt;, Carla.</textarea>" in page.text and "written for another customer" in page.text
    assert "The plug again." in page.text
    done = desk.press(url, "Pull the plug, Dirk.", page)
    assert "The answer is held, not sent" in done.text
    assert [one.recipient for one in desk.house.letters("customer_reply")] == [CARLA.address]
    assert b"Pull the plug, Dirk." in desk.house.bytes_of(desk.house.letter("hold_notice"))


def test_an_answer_that_is_gone_is_not_used_again(desk: Desk) -> None:
    page = desk.open(desk.link(Act.REUSE, "0000-0000"))
    assert page.status_code == 409 and "has no answer any more" in page.text
