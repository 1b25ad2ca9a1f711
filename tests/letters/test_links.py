"""What can be clicked in a CSR's letter: everything stands in the HTML and in the text, and tells how it acts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from mailticket.config.models import Config, Web
from mailticket.config.rules import AnswerTemplate
from mailticket.domain.case import Case, Status
from mailticket.domain.decision import LetterKind
from mailticket.letters.csr_values import csr_values
from mailticket.letters.links import Sealing, held_links, letter_links, recall_link
from mailticket.letters.occasion import ForCsr
from mailticket.letters.render import Rendered, render
from mailticket.tokens import open_link
from tests.builders import KEYS, NOW, case
from tests.cast import ANN, BO, EVE, service
from tests.cast import config as desk_config
from tests.letters.desk import book, inquiry, occasion

URL = "https://desk.example.com"
ANSWERS = (AnswerTemplate(name="fuser", text="The fuser of the printer is worn; we will send another one."),)
HREF = re.compile(r'href="([^"]+)"')


def config(url: str = URL) -> Config:
    return desk_config(web=Web(url=url), answer=ANSWERS)


def letter(about: Case, url: str = URL, kind: LetterKind = LetterKind.CSR_CASE, **changes: Any) -> Rendered:
    there = replace(occasion(), config=config(url))
    sealing = Sealing(there.config, KEYS, ANN, "letter", NOW)
    keys: dict[str, Any] = {"brings": 1, "links": letter_links(service(), about, sealing)} | changes
    asked = inquiry("The fuser of my printer is broken, please send another.")
    return render(kind, csr_values(ForCsr(ANN, about, (asked,), **keys), there), book())


def hrefs(shown: Rendered) -> list[str]:
    return [one.replace("&amp;", "&") for one in HREF.findall(shown.html)]


def asked_by(shown: Rendered) -> set[tuple[str, str]]:
    """(act, argument) of every page that the HTML links to."""
    pages = [one for one in hrefs(shown) if one.startswith(f"{URL}/l/")]
    claims = [open_link(KEYS, one.rpartition("/")[2]) for one in pages]
    assert {(one.csr, one.letter) for one in claims} == {(ANN.key, "letter")}
    return {(one.act, one.argument) for one in claims}


def test_a_case_letter_links_to_all_that_can_be_done() -> None:
    asked = asked_by(letter(case(Status.OPENED)))
    statuses = {("status", one) for one in ("pending", "resolved", "closed", "spam")}
    people = {("assign", ANN.key), ("assign", BO.key), ("assign-role", "support"), ("escalate", EVE.key)}
    others = {("take", ""), ("note", ""), ("escalate", ""), ("blacklist", ""), ("blacklist", "subject")}
    assert asked >= statuses | people | others


def test_every_role_and_csr_has_a_mail_link_beside_the_link() -> None:
    mails = " ".join(one for one in hrefs(letter(case())) if one.startswith("mailto:support@example.com?subject="))
    for action in ("assign%20ann%40example.com", "assign%20bo%40example.com", "escalate%20eve%40example.com"):
        assert action in mails
    assert "assign%20support%20" in mails and "escalate%20experts%20" in mails


@pytest.mark.parametrize("url", [URL, ""])
def test_the_text_part_is_as_complete_as_the_html(url: str) -> None:
    shown = letter(case(), url)
    acting = {one for one in hrefs(shown) if "/l/" in one or "subject=" in one}
    assert acting and {one for one in acting if one not in shown.text} == set()


def test_the_text_part_tells_giving_from_escalating() -> None:
    text = letter(case()).text
    assert "\nGive it to Bo Baker (support):\n" in text and "\nEscalate to Eve Expert (experts):\n" in text
    assert "\nGive it to the role support:\n" in text and "\nEscalate to the role experts:\n" in text


def test_without_a_page_there_are_mail_links_and_commands_only() -> None:
    shown = letter(case(), url="", commands=(("#note", "keep the text"),))
    assert "http" not in shown.text + "".join(hrefs(shown))
    assert len([one for one in hrefs(shown) if "subject=" in one]) >= 12 and "#note" in shown.text


def test_nobody_is_asked_to_take_what_they_have() -> None:
    assert ("take", "") not in asked_by(letter(case(csr=ANN.key)))


def test_a_fitting_template_is_suggested_and_all_are_linked() -> None:
    shown = letter(case())
    assert "SUGGESTED ANSWERS\n\n#template fuser\n    The fuser of the printer is worn" in shown.text
    assert any("template%20fuser%20" in one for one in hrefs(shown))


def test_a_letter_without_links_is_whole() -> None:
    shown = letter(case(), links=None)
    assert "LINKS" not in shown.text and "Set to:" not in shown.html and "Eve Expert" in shown.text


def test_a_held_answer_can_be_sent_or_dropped_by_click() -> None:
    sealing = Sealing(config(), KEYS, ANN, "letter", NOW)
    extra = {"why": "x", "text": "y", "html": ""}
    shown = letter(case(), kind=LetterKind.HOLD_NOTICE, acts=held_links(case(), 2, sealing), extra=extra)
    assert asked_by(shown) == {("send", "2"), ("drop", "2")}
    assert "Send it: https://" in shown.text and "Drop it: https://" in shown.text


def test_an_answer_that_waits_can_be_recalled_by_click() -> None:
    sealing = Sealing(config(), KEYS, ANN, "letter", NOW)
    extra = {"done": ["It goes out at 10:32."], "warnings": ["It also went to Mallory."]}
    shown = letter(case(), kind=LetterKind.CSR_RECEIPT, acts=(recall_link(case(), 2, sealing),), extra=extra)
    assert asked_by(shown) == {("drop", "2")}
    assert shown.text.index("It goes out") < shown.text.index("It also went to Mallory") < shown.text.index("https://")


def test_the_mail_list_shows_the_customers_words_and_the_reader_the_marker() -> None:
    body = letter(case()).html.partition("<body")[2]
    assert body.index("“The fuser of my printer is broken, please send another.”") < body.index("Please reply above")
    assert '<span style="display:none' in body


@pytest.mark.parametrize(
    ("written", "shown"),
    [("He said “no” " + "x" * 200, "“He said 'no' " + "x" * 127 + " …”"), ("  a\n\n b ", "“a b”"), (" ", "")],
)
def test_the_first_words_are_short_and_on_one_line(written: str, shown: str) -> None:
    values = csr_values(ForCsr(ANN, case(), (inquiry(written),), 1), occasion())
    assert values["preview"] == shown
