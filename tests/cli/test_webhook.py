"""`mailticket webhook`: what waits for a human after a restore, or was given up, is seen and freed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.store.operation import calls
from mailticket.store.tables.watch_tables import WebhookCall
from tests.cli.desk import AT, Desk

HOOK = "https://erp.example/in#whsec_secret"


def called(desk: Desk, state: str) -> int:
    """A call in that state; its id."""
    with desk.store():
        calls.post("rule:1", HOOK, '{"case": "7F3K-9QX6"}', AT)
        WebhookCall.update(state=state, next_at=None, error="Maybe made").execute()
        return int(WebhookCall.get().id)


def states(desk: Desk) -> list[str]:
    return [one["state"] for one in desk.json("webhook", "list")]


def test_calls_are_listed_by_state_and_never_with_the_secret_that_signs_them(desk: Desk) -> None:
    number = called(desk, "held")
    [row] = desk.json("webhook", "list", "--state", "held")
    assert (row["id"], row["target"], row["error"]) == (number, "https://erp.example/in", "Maybe made")
    assert desk.json("webhook", "list", "--state", "failed") == []
    told = desk.run("webhook", "list").output + desk.run("webhook", "show", str(number)).output
    assert "7F3K-9QX6" in told and "whsec" not in told


@pytest.mark.parametrize("state", ["held", "failed", "cancelled"])
def test_a_call_that_does_not_move_by_itself_is_made_by_an_operators_wish(desk: Desk, state: str) -> None:
    number = called(desk, state)
    assert desk.run("webhook", "retry", str(number)).stdout == "The daemon makes it at once.\n"
    with desk.store():
        claimed = calls.claim("here:1:1", AT + timedelta(days=3000))
    assert claimed is not None and (claimed.id, claimed.target) == (number, HOOK)
    assert "retry by admin" in desk.json("webhook", "show", str(number))["acts"][0]


def test_a_cancelled_call_is_never_made_and_it_is_kept_who_did_it_and_why(desk: Desk) -> None:
    number = called(desk, "held")
    assert desk.run("webhook", "cancel", str(number)).exit_code == 2 and states(desk) == ["held"]
    assert desk.run("webhook", "cancel", str(number), "--yes", "--why", "made by hand").stdout == "1 cancelled.\n"
    with desk.store():
        assert calls.claim("here:1:1", AT + timedelta(days=3000)) is None
    (act,) = desk.json("webhook", "show", str(number))["acts"]
    assert "cancel by admin" in act and "made by hand" in act


@pytest.mark.parametrize(("verb", "state"), [("retry", "calling"), ("retry", "done"), ("cancel", "calling")])
def test_what_is_under_way_or_done_is_left_alone(desk: Desk, verb: str, state: str) -> None:
    number = called(desk, state)
    yes = ("--yes",) if verb == "cancel" else ()
    refused = desk.run("webhook", verb, str(number), *yes)
    assert refused.exit_code == 1 and f"is {state}" in refused.output and states(desk) == [state]
    assert desk.run("webhook", verb, "4711", *yes).exit_code == 1


@pytest.mark.parametrize(("state", "goes"), [("done", 1), ("failed", 1), ("cancelled", 1), ("held", 0), ("queued", 0)])
def test_what_has_ended_is_forgotten_and_what_waits_for_a_human_is_not(desk: Desk, state: str, goes: int) -> None:
    called(desk, state)
    with desk.store():
        assert calls.forget_done(AT) == 0 and calls.forget_done(AT + timedelta(seconds=1)) == goes
