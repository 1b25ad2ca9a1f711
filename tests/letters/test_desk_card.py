"""The desk card, and the short letters to customers and admins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.config.models import Web
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Priority, Status
from mailticket.domain.decision import LetterKind
from mailticket.domain.people import Participant
from mailticket.letters.desk_card import desk_card_values
from mailticket.letters.links import Sealing, take_link
from mailticket.letters.occasion import Card, ForAdmin, ForCustomer, ForDesk
from mailticket.letters.render import Rendered, render
from mailticket.letters.values import admin_values, customer_values
from tests.builders import CASE_ID, KEYS, NOW, OTHER_ID, case
from tests.cast import ANN, CARLA, config
from tests.letters.desk import CASE, VIEWER, book, occasion

THERE = replace(occasion(), config=config(web=Web(url="https://desk.example.com")))


def card(mine: tuple[Case, ...] = (), free: tuple[Case, ...] = (), **changes: object) -> Rendered:
    sealing = Sealing(THERE.config, KEYS, ANN, "letter", NOW)
    cards = [[Card(one, take_link(one, sealing)) for one in several] for several in (mine, free)]
    letter = replace(ForDesk(ANN, *cards), **changes)  # type: ignore[arg-type]
    return render(LetterKind.DESK_CARD, desk_card_values(letter, THERE), book())


def test_what_is_due_first_stands_first() -> None:
    late = case(subject="late", due_at=NOW - timedelta(hours=1))
    soon = case(subject="soon", due_at=NOW + timedelta(hours=1))
    urgent, plain = case(subject="urgent", priority=Priority.URGENT), case(subject="plain")
    text = card((plain, urgent, soon, late)).text
    places = [text.index(f"] {one}") for one in ("late", "soon", "urgent", "plain")]
    assert places == sorted(places) and "1 overdue." in text and "WAS DUE 15 Jul 2026, 08:30" in text


def test_each_case_can_be_clicked_and_mailed() -> None:
    letter = card((case(),), (case(Status.NEW, id=OTHER_ID),))
    for part in (letter.text, letter.html):
        assert part.count("https://desk.example.com/l/") == 2
        assert part.count("mailto:support@example.com?subject=%5B%23") == 2
        assert CASE_ID in part and OTHER_ID in part


def test_the_subject_counts_what_there_is() -> None:
    assert card((case(),), more=(60, 3)).subject == "Your desk at support: 61 open, 3 waiting"


def test_an_empty_desk_is_told_kindly() -> None:
    text = card(away=("support",)).text
    assert "None. Well done." in text and "Nothing waits." in text and "You are away from support." in text


@pytest.mark.parametrize("kind", [LetterKind.ESCALATION_NOTICE, LetterKind.CASE_CLOSED])
def test_a_notice_to_a_customer_names_their_case_and_nobody_of_ours(kind: LetterKind) -> None:
    letter = render(kind, customer_values(ForCustomer(CASE, VIEWER), occasion()), book())
    for part in (letter.text, letter.html):
        assert f"[#{CASE_ID}]" in part and "Hello Carla," in part and "reply to this mail" in part
        assert ANN.name not in part and ANN.email not in part
    assert letter.subject == f"Re: [#{CASE_ID}] A question"


@pytest.mark.parametrize("kind", [LetterKind.ESCALATION_NOTICE, LetterKind.CASE_CLOSED])
def test_a_notice_to_somebody_unproven_echoes_nothing_of_theirs(kind: LetterKind) -> None:
    spam = Participant(Address("Win a prize", CARLA.address), True)
    letter = render(kind, customer_values(ForCustomer(CASE, spam, may_echo=False), occasion()), book())
    for part in (letter.subject, letter.text, letter.html):
        assert "A question" not in part and "prize" not in part


def test_an_alarm_says_what_and_where() -> None:
    alarm = {
        "key": "imap-down:support",
        "title": "A mailbox cannot be reached",
        "text": "No mail <for> an hour.",
        "whose": "The server's.",
        "fix": "Wait.",
        "service": "support",
        "rung_at": NOW,
        "times": 3,
    }
    letter = render(LetterKind.ALARM, admin_values(ForAdmin([alarm], more=4), occasion()), book())
    assert letter.subject == "mailticket: A mailbox cannot be reached (support) and 4 more"
    assert "No mail <for> an hour." in letter.text and "No mail &lt;for&gt; an hour." in letter.html
    for said in ("Whose fault: The server's.", "What to do:  Wait.", "3 times", "And 4 more"):
        assert said in letter.text
