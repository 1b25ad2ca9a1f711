"""`mailticket customer`: one person with several addresses, what is known of them, and who said so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.desk import CONFIG, Desk
from tests.cli.test_case_acts import FIELDS, new, refused

CARLA, HOME = "carla@customer.example", "carla@home.example"


def opened_at_home(desk: Desk) -> str:
    return str(desk.json("case", "new", "From home", "--customer", f"Carla C <{HOME}>")["id"])


def shown(desk: Desk, who: str = CARLA) -> Any:
    return desk.json("customer", "show", who)


def test_what_is_known_of_a_customer_is_kept_with_who_said_so(desk: Desk) -> None:
    desk.config.write_text(CONFIG + FIELDS, "utf-8")
    new(desk)
    facts = (
        "--number",
        "K-17",
        "--phone",
        "+49 30 1",
        "--language",
        "de",
        "--organisation",
        "Acme",
        "--field",
        "tier=GOLD",
    )
    desk.json("customer", "change", CARLA, *facts, "--as", "Ann Archer")
    carla = shown(desk, "K-17")
    assert (carla["number"], carla["phone"], carla["language"], carla["organisation"]) == (
        "K-17",
        "+49 30 1",
        "de",
        "Acme",
    )
    assert carla["fields"] == {"tier": "gold"}
    assert carla["changes"][0]["by"].startswith("Ann Archer (command line, admin ")
    assert desk.json("case", "new", "x", "--customer", "K-17")["outcome"] == "opened"


def test_two_addresses_are_one_person_with_one_history(desk: Desk) -> None:
    one, other = new(desk), opened_at_home(desk)
    desk.json("customer", "change", HOME, "--phone", "+49 30 2")
    desk.json("customer", "merge", HOME, CARLA)
    carla = shown(desk, HOME)
    assert carla["addresses"] == [CARLA, HOME] and carla["phone"] == "+49 30 2"
    assert {case["id"] for case in carla["cases"]} == {one, other}
    assert [person["address"] for person in desk.json("customer", "list")] == [CARLA]


def test_a_merge_can_be_taken_back(desk: Desk) -> None:
    new(desk), opened_at_home(desk)
    desk.json("customer", "merge", HOME, CARLA)
    assert "main address" in refused(desk, "customer", "part", CARLA, CARLA)
    desk.json("customer", "part", CARLA, HOME)
    assert [len(shown(desk, who)["cases"]) for who in (CARLA, HOME)] == [1, 1]
    assert [one["act"] for one in shown(desk, HOME)["changes"]] == ["merge", "part"]


def test_an_organisation_is_that_of_a_domain(desk: Desk) -> None:
    new(desk)
    desk.json("case", "new", "x", "--customer", "dirk@customer.example")
    desk.json("customer", "change", CARLA, "--organisation", "Customer Ltd", "--for-domain")
    assert {one["organisation"] for one in desk.json("customer", "list")} == {"Customer Ltd"}
    desk.json("case", "new", "x", "--customer", "eve@gmail.com")
    said = refused(desk, "customer", "change", "eve@gmail.com", "--organisation", "X", "--for-domain")
    assert "Everybody can have an address at gmail.com" in said


def test_customers_are_found_by_a_part_of_what_is_known(desk: Desk) -> None:
    new(desk), opened_at_home(desk)
    assert [one["address"] for one in desk.json("customer", "list", "--search", "HOME.ex")] == [HOME]
    assert desk.json("customer", "list", "--search", "%") == []
    assert "carla@home.example" in desk.run("customer", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "nobody@x.example"), 1, "There is no customer nobody@x.example"),
        (("change", CARLA), 2, "Say what to change"),
        (("change", CARLA, "--number", "x" * 201), 1, "longer than 200"),
        (("change", CARLA, "--field", "tier=gold"), 1, "Customers have no custom fields"),
        (("merge", CARLA, CARLA), 1, "cannot be merged with themselves"),
        (("part", CARLA, "x@y.example"), 1, "is not an address of Carla Customer"),
        (("show", ""), 1, "No customer was named."),
        (("merge", "", CARLA), 1, "No customer was named."),
    ],
)
def test_what_cannot_be_says_why(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    new(desk)
    assert said in refused(desk, "customer", *words, code=code)


def test_a_hostile_name_is_only_a_name(desk: Desk) -> None:
    name = "{{ 7*7 }}\x1b[31m'; DROP TABLE customer; --"
    desk.json("case", "new", "x", "--customer", "eve@x.example", "--name", name)
    desk.json("customer", "change", "eve@x.example", "--number", name)
    assert "\x1b" not in desk.run("customer", "list").stdout
    assert desk.json("customer", "list")[0]["number"].endswith("DROP TABLE customer; --")
