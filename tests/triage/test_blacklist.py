"""The blacklist: by address or domain, and subject."""

from __future__ import annotations

import pytest

from mailticket.domain.address import Address
from mailticket.domain.intents import Append, Discard
from mailticket.domain.mail import Mark
from mailticket.domain.people import BlacklistEntry
from tests.builders import CASE_ID, case, known, mail, marked
from tests.cast import ANN, BO, CARLA, ROBOT, SUPPORT
from tests.triage.asking import ask, only


@pytest.mark.parametrize(
    ("address", "subject", "is_rejected"),
    [
        ("carla@customer.example", "", True),
        ("CARLA@Customer.Example", "", True),
        ("*@customer.example", "", True),
        ("*@CUSTOMER.example", "A question", True),
        ("carla@customer.example", "re: A QUESTION", True),
        ("carla@customer.example", "question", False),
        ("customer.example", "", False),
        ("*@example", "", False),
        ("*@tomer.example", "", False),
        ("arla@customer.example", "", False),
    ],
)
def test_the_blacklist_goes_by_address_or_domain_and_subject(address: str, subject: str, is_rejected: bool) -> None:
    one = mail(CARLA, subject=f"AW: [#{CASE_ID}] A question")
    reading = ask(one, known(case(), blacklist=(BlacklistEntry(address, subject, "ann"),)))
    assert [type(intent) for intent in reading.intents] == ([Discard] if is_rejected else [Append])


def test_a_blacklisted_mail_is_rejected_and_deleted_from_the_server_with_the_reason() -> None:
    entry = BlacklistEntry("*@customer.example", "A question", "ann@example.com")
    intent = only(Discard, ask(mail(CARLA), known(blacklist=(entry,))))
    assert (intent.outcome, intent.delete_from_server) == ("rejected", True)
    assert intent.why == '*@customer.example with the subject "A question" is on the blacklist (by ann@example.com)'


def test_a_domain_with_an_umlaut_matches_in_both_spellings() -> None:
    one = mail(Address("", "x@xn--bcher-kva.example"))
    listed = known(blacklist=(BlacklistEntry("*@BÜCHER.example", "", "ann"),))
    assert only(Discard, ask(one, listed)).outcome == "rejected"


@pytest.mark.parametrize("from_", [ANN.address, BO.address, Address("", SUPPORT)])
def test_our_own_never_match_the_blacklist(from_: Address) -> None:
    reading = ask(mail(from_), known(blacklist=(BlacklistEntry("*@example.com", "", "bo"),)))
    assert not any(isinstance(one, Discard) for one in reading.intents)


def test_a_blacklisted_robot_is_rejected_too() -> None:
    one = mail(ROBOT, markers=marked(Mark.AUTO_REPLY))
    assert only(Discard, ask(one, known(blacklist=(BlacklistEntry(ROBOT.address, "", "bo"),)))).outcome == "rejected"
