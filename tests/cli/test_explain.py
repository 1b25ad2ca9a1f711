"""`mailticket explain`: the story of a case or a mail, with the reasons that were recorded."""

from __future__ import annotations

from mailticket import settings
from mailticket.store import inbox_claims, inbox_ends, people
from tests.cli.desk import AT, Desk
from tests.cli.test_queues import post, take_in


def handled(desk: Desk) -> None:
    """A mail that became a case."""
    number = take_in(desk, shunted=False)
    case = desk.open_case()
    with desk.store() as store:
        inbox_claims.claim(AT, "me")
        with store.transaction():
            inbox_ends.settle(
                number,
                "me",
                outcome="opened",
                reason="nobody knew this matter",
                message_id="<help@customer.example>",
                sender="carla@customer.example",
                case=case.id,
                entry=1,
            )


def test_a_case_tells_its_story_with_reasons(desk: Desk) -> None:
    handled(desk)
    told = desk.run("explain", "#7f3k9qx6").stdout
    assert "a mail came in by test; done: opened: nobody knew this matter\n" in told
    assert "2026-11-20 10:12  event: assigned to Ann Archer: fewest open cases\n" in told
    assert "\x1b" not in told


def test_a_case_that_waits_says_for_whom_and_why(desk: Desk) -> None:
    rule = '[service.assignment]\nnew_case = "skills"\nnobody_able = "wait"\n'
    desk.config.write_text(desk.config.read_text().replace("[[blacklist]]", f"{rule}[[blacklist]]"), "utf-8")
    desk.open_case(csr="", role="", waiting_since=AT, skills=("law",))
    with desk.store():
        people.project(settings.load(desk.config), AT)
    waits = "since 2026-11-20 10:12 for a CSR of first: nobody who is available knows about law\n"
    assert desk.run("explain", "7F3K-9QX6").stdout.endswith(f"\nnow               it waits {waits}")
    shown = desk.run("case", "show", "7F3K-9QX6").stdout
    assert f"Waits     {waits}Skills    law\n" in shown
    assert desk.json("case", "show", "7F3K-9QX6")["waiting_since"] == "2026-11-20T09:12:00Z"


def test_a_case_that_waits_for_nobody_at_all_says_so(desk: Desk) -> None:
    """Its service had a first level when it came in."""
    desk.config.write_text(desk.config.read_text().replace('first_level = "first"\n', ""), "utf-8")
    desk.open_case(csr="", role="", waiting_since=AT)
    waits = "since 2026-11-20 10:12, but the service support has no first_level that could take it\n"
    assert desk.run("explain", "7F3K-9QX6").stdout.endswith(f"it waits {waits}")


def test_a_mail_is_found_with_and_without_brackets(desk: Desk) -> None:
    handled(desk)
    [step] = desk.json("explain", "help@customer.example")
    assert step == desk.json("explain", "<help@customer.example>")[0]
    assert (step["reason"], step["detail"]["case"]) == ("nobody knew this matter", "7F3K-9QX6")
    assert step["at"].endswith("Z")


def test_a_letter_tells_what_the_server_said(desk: Desk) -> None:
    post(desk, failed=True)
    told = desk.run("explain", "1@example.com").stdout
    assert "the letter customer_reply to carla@customer.example; failed: Ann answered\n" in told
    assert "error: 550 no such user\n" in told


def test_an_unknown_mail_or_case_says_where_to_look(desk: Desk) -> None:
    for wanted in ("0000-0000", "<gone@x.example>"):
        result = desk.run("explain", wanted)
        assert result.exit_code == 1
        assert f"{wanted}." in result.stderr
        assert "`mailticket inbox list`" in result.stderr
