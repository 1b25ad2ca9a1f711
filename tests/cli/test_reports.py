"""`mailticket report requests`: what customers ask for most, with an answer that was given."""

from __future__ import annotations

import pytest

from mailticket.cli.casework import reports
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status, Words
from mailticket.store import cases, entries, people
from tests.cast import CARLA
from tests.cli.desk import AT, Desk

ANN = Address("Ann Archer", "ann@example.com")
RESET = "How do I reset my password? Signing in fails."
SINCE = ("--since", "2026-01-01")


def ask(id: str, subject: str, text: str, answer: str = "", **values: object) -> None:
    """A case with this inquiry, and an answer if there is one. Needs an open store."""
    case = Case(0, id, "support", subject, Status.OPENED, people.customer(CARLA, AT), AT, AT)
    opened = cases.open_case(Case(**{name: getattr(case, name) for name in Case.__slots__} | values))
    words = [(EntryKind.CUSTOMER_MAIL, CARLA, text), (EntryKind.REPLY, ANN, answer)]
    new = [Entry(0, 0, kind, AT, author, Words(said)) for kind, author, said in words if said]
    entries.add_entries(opened, new)


@pytest.fixture
def asked(desk: Desk) -> Desk:
    with desk.store() as store, store.transaction():
        ask("0000-0001", "Password", RESET)
        ask("0000-0002", "Sign in", "Signing in fails, please reset the password.", "Click Forgot.")
        ask("0000-0003", "password reset", "Reset it, signing in fails")
        ask("0000-0004", "Password", RESET, status=Status.SPAM)
        ask("0000-0005", "Password", RESET, service="sales")
        ask("0000-0006", "Invoice", "It is wrong.")
    return desk


def test_similar_inquiries_are_one_row_with_an_answer(asked: Desk) -> None:
    (row,) = asked.json("report", "requests", *SINCE, "--service", "support")
    assert (row["number"], sorted(row["cases"]), row["answer"]) == (
        3,
        ["0000-0001", "0000-0002", "0000-0003"],
        "Click Forgot.",
    )
    assert asked.json("report", "requests", *SINCE)[0]["number"] == 4


def test_of_many_inquiries_some_are_compared_and_it_says_so(asked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "estimates" not in asked.run("report", "requests", *SINCE).stderr
    monkeypatch.setattr(reports, "_SAMPLE", 3)
    told = asked.run("report", "requests", *SINCE)
    assert "2 inquiries were compared, chosen evenly of 6 cases" in told.stderr and told.exit_code == 0
    assert asked.json("report", "requests", *SINCE, "--all")[0]["number"] == 4


@pytest.mark.parametrize("service", ["nowhere", "caf\udce9", "x" * 5000])
def test_a_service_that_nobody_has_asks_for_nothing(asked: Desk, service: str) -> None:
    assert asked.json("report", "requests", *SINCE, "--service", service) == []


def test_people_read_a_table(asked: Desk) -> None:
    heading, row = asked.run("report", "requests", *SINCE).stdout.splitlines()
    assert heading.split()[:2] == ["INQUIRIES", "REQUEST"] and "Click Forgot." in row and row.startswith("4")


def test_an_empty_desk_and_a_later_day_have_nothing_to_tell(asked: Desk) -> None:
    assert asked.json("report", "requests", "--since", "2099-01-01") == []
    assert "No two inquiries" in asked.run("report", "requests", "--since", "2099-01-01").stdout


@pytest.mark.parametrize("since", ["yesterdayish", "", "-1d", "99999999d"])
def test_a_beginning_that_is_none_is_refused(desk: Desk, since: str) -> None:
    refused = desk.run("report", "requests", "--since", since)
    assert refused.exit_code == 2 and "--since" in refused.stderr
