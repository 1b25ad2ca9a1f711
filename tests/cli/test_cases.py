"""`mailticket case`: what is listed and shown, for people and for programs."""

from __future__ import annotations

import pytest

from mailticket.domain.case import Status
from tests.cast import CARLA
from tests.cli.desk import Desk


def test_a_case_in_json_has_these_stored_values(desk: Desk) -> None:
    desk.open_case()
    assert desk.json("case", "list") == [
        {
            "id": "7F3K-9QX6",
            "subject": "Printer on fire",
            "status": "opened",
            "priority": "normal",
            "service": "support",
            "channel": "mail",
            "customer": {"name": CARLA.name, "address": CARLA.address},
            "csr": "ann@example.com",
            "role": "first",
            "tags": ["hardware"],
            "created_at": "2026-11-20T09:12:00Z",
            "updated_at": "2026-11-20T09:12:00Z",
            "due_at": None,
        }
    ]


def test_a_list_is_filtered_and_cut(desk: Desk) -> None:
    desk.open_case("7F3K-9QX6")
    desk.open_case("0000-0000", status=Status.CLOSED, csr="")
    assert [one["id"] for one in desk.json("case", "list")] == ["0000-0000", "7F3K-9QX6"]
    assert [one["id"] for one in desk.json("case", "list", "--status", "closed")] == ["0000-0000"]
    assert [one["id"] for one in desk.json("case", "list", "--csr", "Ann@Example.com")] == ["7F3K-9QX6"]
    assert [one["id"] for one in desk.json("case", "list", "--limit", "1")] == ["0000-0000"]
    assert desk.json("case", "list", "--service", "sales") == []


def test_a_list_is_searched_by_words(desk: Desk) -> None:
    desk.open_case("7F3K-9QX6")
    desk.open_case("0000-0000", subject="Invoice")
    assert [one["id"] for one in desk.json("case", "list", "--search", "not again")] == ["0000-0000", "7F3K-9QX6"]
    assert [one["id"] for one in desk.json("case", "list", "--search", "invoic -printer")] == ["0000-0000"]
    assert desk.json("case", "list", "--search", "'; DROP") == []
    refused = desk.run("case", "list", "--search", '"?"')
    assert refused.exit_code == 2 and "no word in it" in refused.stderr


def test_a_list_is_narrowed_by_customer_and_time(desk: Desk) -> None:
    desk.open_case()
    case = ["7F3K-9QX6"]
    for narrowed, found in (
        (("--customer", CARLA.address.upper()), case),
        (("--customer", "nobody@example.org"), []),
        (("--since", "2026-11-20", "--until", "2026-11-21"), case),
        (("--since", "2026-11-21"), []),
        (("--until", "2026-11-20"), []),
        (("--search", "burns", "--customer", CARLA.address, "--since", "2026-01-01"), case),
    ):
        assert [one["id"] for one in desk.json("case", "list", *narrowed)] == found, narrowed
    assert desk.run("case", "list", "--until", "someday").exit_code == 2


def test_in_a_pipe_columns_are_aligned_and_times_are_the_desks(desk: Desk) -> None:
    desk.open_case()
    heading, row = desk.run("case", "list").stdout.splitlines()
    assert row.split("  ")[0] == "7F3K-9QX6"
    assert heading.index("SUBJECT") == row.index("Printer on fire")
    assert "2026-11-20 10:12" in row  # Berlin
    assert "\t" not in row


def test_an_empty_desk_says_so(desk: Desk) -> None:
    assert desk.run("case", "list").stdout == "There are no such cases.\n"
    assert desk.run("case", "list", "--json").stdout == "[]\n"


def test_a_shown_case_has_its_history_in_json(desk: Desk) -> None:
    desk.open_case()
    case = desk.json("case", "show", "[#7f3k9qx6]")
    assert [(one["number"], one["kind"], one["is_private"]) for one in case["entries"]] == [
        (1, "customer_mail", False),
        (2, "note", True),
    ]
    assert case["entries"][0]["text"] == "It burns.\x1b]0;owned\x07\nPlease help."
    assert [one["text"] for one in case["events"]] == ["assigned to Ann Archer: fewest open cases"]
    assert [(one["entry"], one["name"], one["size"]) for one in case["files"]] == [(1, "fire.jpg", 4000)]
    assert case["participants"] == [{"name": CARLA.name, "address": CARLA.address, "is_customer": True, "since": 0}]
    assert case["fields"] == {}


def test_a_shown_case_is_readable_and_its_texts_do_no_harm(desk: Desk) -> None:
    desk.open_case()
    shown = desk.run("case", "show", "7F3K-9QX6").stdout
    assert "\x1b]0" not in shown
    assert "    It burns.\\x1b]0;owned\\x07\n    Please help.\n" in shown
    assert "note, private" in shown
    assert "[fire.jpg, image/jpeg, 4 KB]" in shown


def test_a_case_that_does_not_exist_says_where_to_look(desk: Desk) -> None:
    unknown, mistyped = desk.run("case", "show", "0000-0000"), desk.run("case", "show", "7F3K-9QXM")
    assert (unknown.exit_code, mistyped.exit_code) == (1, 1)
    assert unknown.stderr == "mailticket: There is no case 0000-0000.\n  `mailticket case list` has them all.\n"
    assert mistyped.stderr.startswith("mailticket: 7F3K-9QXM is not a case ID.\n")


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("9999999d", 'is not a span of time; write for example "90s", "15m", "1h30m" or "14d"; or a day such as'),
        ("someday", 'is not a day; write for example "friday" or'),
    ],
)
def test_a_moment_that_is_none_says_how_one_is_written(desk: Desk, since: str, told: str) -> None:
    result = desk.run("case", "list", "--since", since)
    assert result.exit_code == 2 and told in result.stderr and result.stderr.count("such as") == 1
