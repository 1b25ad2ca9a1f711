"""Every mail link that a letter offers is understood when it comes back, and its text stays private."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailticket.config.rules import AnswerTemplate
from mailticket.domain import case_intents as case_wish
from mailticket.domain import intents as wish
from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.letters.links import Link, Sealing, letter_links
from tests import cast
from tests.builders import KEYS, NOW, case, known, mail
from tests.cast import ANN, BO, MALLORY
from tests.triage.asking import ask


def _links(status: Status) -> list[Link]:
    """All of a letter that a CSR without the case could click."""
    desk = cast.config(answer=(AnswerTemplate(name="refund", text="You get it back."),))
    links = letter_links(cast.service(), case(status), Sealing(desk, KEYS, ANN, "letter", NOW))
    roles = [link for role in links.roles for link in (role.link, *(one for _, one in role.members))]
    several = [*links.blacklist, *roles, *(link for _, link in links.statuses)]
    return [links.take, links.note, *([links.escalate] if links.escalate else []), *several]


OFFERED = {
    unquote(parse_qs(urlsplit(one.mail_url).query)["subject"][0]): one
    for status in (Status.OPENED, Status.CLOSED)
    for one in _links(status)
    if one.mail_url
}


def _answered(subject: str, from_: Address) -> list[type[wish.Intent]]:
    reading = ask(mail(from_, "She is angry.", subject=subject), known(case(Status.OPENED)))
    return [type(one) for one in reading.intents]


@pytest.mark.parametrize("subject", OFFERED, ids=lambda subject: " ".join(subject.split()[1:-1]))
def test_what_a_letter_offers_by_mail_is_understood(subject: str) -> None:
    expected = {
        "assign": case_wish.Assign,
        "escalate": case_wish.Escalate,
        "take": case_wish.Take,
        "note": wish.AddNote,
        "blacklist": wish.AddToBlacklist,
    }
    assert expected.get(subject.split()[1], case_wish.SetStatus) in _answered(subject, ANN.address)


@pytest.mark.parametrize("subject", OFFERED, ids=lambda subject: " ".join(subject.split()[1:-1]))
def test_what_is_written_there_never_is_an_answer(subject: str) -> None:
    for sender in (ANN.address, BO.address):
        assert wish.Answer not in _answered(subject, sender)


@pytest.mark.parametrize("subject", OFFERED, ids=lambda subject: " ".join(subject.split()[1:-1]))
def test_in_a_strangers_hands_it_is_only_a_subject(subject: str) -> None:
    assert _answered(subject, MALLORY) == [wish.Inquire]
