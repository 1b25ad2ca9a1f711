"""What each link does when its button is pressed."""

from __future__ import annotations

import pytest

from mailticket.domain.case import EntryKind, Status
from mailticket.letters.links import Act
from mailticket.web.links import _MOST_TEXT
from tests.cast import ANN, BO, CARLA, EVE
from tests.web.visitor import Desk


@pytest.mark.parametrize("to", [Status.PENDING, Status.RESOLVED, Status.CLOSED, Status.SPAM])
def test_a_status_link_sets_the_status(desk: Desk, to: Status) -> None:
    done = desk.press(desk.link(Act.STATUS, to))
    assert (done.status_code, desk.case.status) == (200, to)
    assert "The case is" in done.text


def test_the_page_says_which_case_what_and_who(desk: Desk) -> None:
    page = desk.open(desk.link(Act.STATUS, "closed"))
    assert page.status_code == 200
    for said in (desk.case.id, "Printer on fire", "Carla Customer", "Ann Archer", "Close the case", "new"):
        assert said in page.text


def test_a_reassignment_carries_its_private_text(desk: Desk) -> None:
    desk.press(desk.link(Act.ASSIGN, BO.key), "She is angry.")
    notes = [one.words.text for one in desk.house.entries() if one.kind is EntryKind.NOTE]
    told = desk.house.letters("csr_case")[-1]
    assert (desk.case.csr, notes, told.csr) == (BO.key, ["She is angry."], BO.key)
    assert "She is angry." in desk.house.bytes_of(told).decode()
    assert not [one for one in desk.house.letters() if one.recipient == CARLA.address and one.letter != "auto_reply"]


@pytest.mark.parametrize(("argument", "csr"), [("", ""), (EVE.key, EVE.key)])
def test_escalation_goes_to_the_second_level_or_to_a_person(desk: Desk, argument: str, csr: str) -> None:
    done = desk.press(desk.link(Act.ESCALATE, argument))
    assert done.status_code == 200
    assert (desk.case.status, desk.case.csr, desk.case.role) == (Status.ESCALATED, csr, "experts")


def test_a_case_can_be_given_to_a_role(desk: Desk) -> None:
    desk.press(desk.link(Act.ASSIGN_ROLE, "experts"))
    assert (desk.case.csr, desk.case.role) == ("", "experts") and desk.case.waiting_since


def test_a_colleague_takes_the_case(desk: Desk) -> None:
    url = desk.link(Act.TAKE, csr=BO)
    assert "Ann Archer has it now" in desk.open(url).text
    desk.press(url)
    assert (desk.case.csr, desk.case.status) == (BO.key, Status.OPENED)


def test_a_note_is_kept_and_an_empty_one_is_not(desk: Desk) -> None:
    url = desk.link(Act.NOTE)
    assert desk.press(url, "  ").status_code == 422
    assert desk.press(url, "Knows the boss.").status_code == 200
    assert [one.words.text for one in desk.house.entries() if one.kind is EntryKind.NOTE] == ["Knows the boss."]


@pytest.mark.parametrize(("size", "status"), [(_MOST_TEXT, 200), (_MOST_TEXT + 1, 422)])
def test_a_text_is_kept_whole_or_not_at_all(desk: Desk, size: int, status: int) -> None:
    text = "😀" * size  # nothing takes more octets in a form
    page = desk.press(desk.link(Act.NOTE), text)
    kept = [one.words.text for one in desk.house.entries() if one.kind is EntryKind.NOTE]
    assert (page.status_code, kept) == (status, [text] if status == 200 else [])
    assert status == 200 or ("longer than 20,000 characters" in page.text and f"{text}</textarea>" in page.text)


def test_a_note_does_not_lose_its_text_on_a_page_shown_again(desk: Desk) -> None:
    url = desk.link(Act.ASSIGN, BO.key)
    shown = desk.open(url)
    desk.press(desk.link(Act.NOTE), "first")
    again = desk.press(url, "Ask <her> first.", shown)
    assert again.status_code == 409 and desk.case.csr == ANN.key
    assert "the case has changed" in again.text and "Ask &lt;her&gt; first.</textarea>" in again.text


@pytest.mark.parametrize(("argument", "subject"), [("", ""), ("subject", "printer on fire")])
def test_blacklisting_lists_the_address_and_the_case_is_spam(desk: Desk, argument: str, subject: str) -> None:
    done = desk.press(desk.link(Act.BLACKLIST, argument))
    assert done.status_code == 200 and desk.case.status is Status.SPAM
    assert desk.blacklisted() == [(CARLA.key, subject)]


def test_spam_is_restored_to_what_it_was(desk: Desk) -> None:
    desk.press(desk.link(Act.STATUS, "pending"))
    desk.press(desk.link(Act.STATUS, "spam"))
    desk.press(desk.link(Act.RESTORE))
    assert desk.case.status is Status.PENDING


def test_a_click_mails_no_receipt(desk: Desk) -> None:
    before = len(desk.house.letters())
    desk.press(desk.link(Act.STATUS, "closed"))
    assert len(desk.house.letters()) == before


def test_what_the_law_refuses_has_a_page_and_no_button(desk: Desk) -> None:
    desk.press(desk.link(Act.STATUS, "closed"))
    page = desk.open(desk.link(Act.ASSIGN, BO.key))
    assert page.status_code == 409 and "<form" not in page.text and "#reopen" in page.text


def test_every_link_of_a_letter_opens_a_page_with_a_button(desk: Desk) -> None:
    links = desk.links(BO)
    members = [link for role in links.roles for _key, link in role.members]
    offered = [links.take, links.note, *(role.link for role in links.roles), *members]
    desk.press(links.take.url)
    own = desk.links(BO)
    offered = [own.note, own.escalate, *own.blacklist, *(link for _status, link in own.statuses), *offered[1:]]
    pages = {one.label: desk.open(one.url) for one in offered}
    assert {label: page.status_code for label, page in pages.items()} == dict.fromkeys(pages, 200)
    assert all('<button type="submit"' in page.text for page in pages.values())
