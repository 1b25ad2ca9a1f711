"""`mailticket csr` and `blacklist`: people set away, senders shut out, and both undone."""

from __future__ import annotations

import pytest

from mailticket.store import blacklist, people
from tests.cli.desk import AT, Desk


def away(desk: Desk) -> set[tuple[str, str]]:
    with desk.store():
        return set(people.away())


def test_csrs_are_listed_with_their_roles_and_load(desk: Desk) -> None:
    desk.open_case()
    ann, bo = desk.json("csr", "list")
    assert (ann["email"], ann["roles"], ann["open_cases"], ann["active_cases"]) == ("ann@example.com", ["first"], 1, 1)
    assert (bo["name"], bo["roles"], bo["away_roles"]) == ("Bo Baker", ["first", "second"], [])
    assert ann["last_assigned_at"] is None


def test_a_csr_goes_away_in_one_role_or_all_and_comes_back(desk: Desk) -> None:
    assert desk.run("csr", "away", "bo@example.com", "--role", "second").stdout == "bo@example.com is away in second.\n"
    assert away(desk) == {("second", "bo@example.com")}
    assert desk.json("csr", "away", "bo@example.com")["roles"] == ["first", "second"]
    assert away(desk) == {("first", "bo@example.com"), ("second", "bo@example.com")}
    assert desk.run("csr", "available", "BO@example.com").exit_code == 0
    assert away(desk) == set()


def test_an_alias_names_the_csr(desk: Desk) -> None:
    desk.run("csr", "away", "a.archer@example.com")
    assert away(desk) == {("first", "ann@example.com")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("away", "eve@example.com"), "No CSR is called eve@example.com for certain."),
        (("away", "ann@example.com", "--role", "second"), 'ann@example.com is in no role "second" (there are: first)'),
    ],
)
def test_nobody_else_can_be_set_away(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.run("csr", *words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"mailticket: {told}\n  ")


def test_the_blacklist_has_the_configs_entries_and_added_ones(desk: Desk) -> None:
    assert desk.run("blacklist", "add", "Eve@Spam.Example", "--subject", "Re: Win big").exit_code == 0
    listed = [(one["address"], one["subject"]) for one in desk.json("blacklist", "list")]
    assert listed == [("*@spam.example", ""), ("eve@spam.example", "Win big")]
    with desk.store():
        [entry] = [one for one in blacklist.entries() if one.subject]
    assert entry.by.startswith("admin ")
    assert entry.at is not None
    assert entry.at > AT


def test_an_entry_is_taken_back(desk: Desk) -> None:
    desk.run("blacklist", "add", "*@bad.example")
    assert desk.run("blacklist", "remove", "*@BAD.example").stdout == "*@bad.example is no longer on the blacklist.\n"
    assert [one["address"] for one in desk.json("blacklist", "list")] == ["*@spam.example"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("add", "support@example.com"), 1, "support@example.com is one of ours, a CSR or a service."),
        (("add", "a.archer@example.com"), 1, "a.archer@example.com is one of ours, a CSR or a service."),
        (("add", "*@"), 2, '*@ is neither an address nor "*@domain".'),
        (("add", "nobody"), 2, 'nobody is neither an address nor "*@domain".'),
        (("remove", "x@y.example"), 1, "x@y.example is not on the blacklist."),
        (("remove", "*@spam.example"), 1, "*@spam.example is blacklisted in the config."),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, words: tuple[str, ...], code: int, told: str) -> None:
    desk.run("blacklist", "list")
    result = desk.run("blacklist", *words)
    assert result.exit_code == code
    assert told in result.stderr
