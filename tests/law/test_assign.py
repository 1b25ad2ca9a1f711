"""Who gets a case by rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.models import Assignment
from mailticket.domain.case import Status
from mailticket.domain.people import Candidate
from mailticket.law.assign import Choice, Matter, choose, why_it_waits, with_load_moved
from tests.builders import NOW, case

AN_HOUR_AGO, YESTERDAY = NOW - timedelta(hours=1), NOW - timedelta(days=1)
ANN = Candidate("ann", 0, open_cases=4, active_cases=2, last_assigned_at=AN_HOUR_AGO)
BO = Candidate("bo", 1, open_cases=2, active_cases=2, last_assigned_at=NOW)
EVE = Candidate("eve", 2, open_cases=2, active_cases=1, last_assigned_at=YESTERDAY)
NEWBIE = Candidate("newbie", 3, open_cases=2, active_cases=2, last_assigned_at=None)
OTHER_NEWBIE = Candidate("other", 4, open_cases=2, active_cases=2, last_assigned_at=None)


def chosen(rule: str, candidates: Sequence[Candidate], limit: int = 5, lot: int = 0) -> tuple[str, str]:
    """(CSR, why), both "" where the case waits."""
    choice = choose(Assignment(new_case=rule, limit=limit), candidates, lambda below: lot % below)
    return (choice.csr, choice.reason) if choice else ("", "")


@pytest.mark.parametrize("rule", ["none", "limit", "random", "least-load", "round-robin", "workflow"])
def test_where_nobody_is_available_the_case_waits(rule: str) -> None:
    assert chosen(rule, []) == ("", "")


@pytest.mark.parametrize("rule", ["none", "workflow"])
def test_what_somebody_gave_to_a_role_by_hand_goes_to_whoever_has_least_to_do(rule: str) -> None:
    """New cases never wait there, so that no rule gives them to anybody."""
    assert chosen(rule, [ANN, BO]) == ("bo", "fewest open cases (2)")


@pytest.mark.parametrize(
    ("candidates", "limit", "csr"),
    [
        ([ANN, BO, EVE], 5, "eve"),  # next in turn
        ([ANN, BO, EVE], 2, "eve"),  # the only one with room
        ([ANN, BO], 3, "ann"),
        ([ANN, BO, EVE], 1, ""),
        ([ANN, BO, NEWBIE], 5, "newbie"),  # never had one
        ([OTHER_NEWBIE, NEWBIE], 5, "newbie"),  # config order
    ],
)
def test_limit_takes_the_next_in_turn_with_room(candidates: list[Candidate], limit: int, csr: str) -> None:
    assert chosen("limit", candidates, limit)[0] == csr


@pytest.mark.parametrize(
    ("candidates", "csr"),
    [
        ([ANN, BO], "bo"),
        ([ANN, BO, EVE], "eve"),  # ties: longest without a new case
        ([BO, EVE, NEWBIE], "newbie"),
        ([OTHER_NEWBIE, NEWBIE], "newbie"),  # then config order
        ([ANN], "ann"),
    ],
)
def test_least_load_takes_who_has_fewest_open_cases(candidates: list[Candidate], csr: str) -> None:
    assert chosen("least-load", candidates)[0] == csr


@pytest.mark.parametrize(
    ("candidates", "csr"), [([ANN, BO, EVE], "eve"), ([ANN, BO], "ann"), ([OTHER_NEWBIE, NEWBIE, EVE], "newbie")]
)
def test_round_robin_takes_who_waited_longest_whatever_their_load(candidates: list[Candidate], csr: str) -> None:
    assert chosen("round-robin", candidates)[0] == csr


@pytest.mark.parametrize(("lot", "csr"), [(0, "ann"), (1, "bo"), (2, "eve")])
def test_random_goes_by_the_lot_that_it_is_given(lot: int, csr: str) -> None:
    assert chosen("random", [ANN, BO, EVE], lot=lot)[0] == csr


def test_every_choice_says_why() -> None:
    assert chosen("limit", [ANN])[1] == "next in turn with fewer than 5 active cases (2)"
    assert chosen("random", [ANN, BO])[1] == "drawn by lot from 2 available"
    assert chosen("round-robin", [ANN])[1] == "next in turn"
    assert chosen("least-load", [ANN, BO])[1] == "fewest open cases (2)"
    assert chosen("least-load", [EVE, BO])[1] == "fewest open cases (2), longest without a new case among equals"


PRINTERS, BOTH = ("print",), ("print", "billing")
SKILLS = {"ann": PRINTERS, "bo": ("Print", "Billing"), "eve": ()}


@pytest.mark.parametrize(
    ("skills", "candidates", "csr", "why"),
    [
        (PRINTERS, [ANN, BO, EVE], "bo", "fewest open cases (2) among those who know about print"),
        (PRINTERS, [ANN, EVE], "ann", "fewest open cases (4) among those who know about print"),
        (BOTH, [ANN, BO, EVE], "bo", "fewest open cases (2) among those who know about print and billing"),
        (BOTH, [ANN, EVE], "ann", "fewest open cases (4), though nobody here knows about billing"),
        (("law",), [ANN, BO, EVE], "eve", "fewest open cases (2), though nobody here knows about law"),
        ((), [ANN, BO, EVE], "eve", "fewest open cases (2); the case needs no certain skill"),
    ],
)
def test_skills_take_the_least_load_among_the_able(
    skills: tuple[str, ...], candidates: list[Candidate], csr: str, why: str
) -> None:
    choice = choose(Assignment(new_case="skills"), candidates, lambda _below: 0, Matter("", skills, SKILLS))
    assert choice == Choice(csr, why)


LAW = ("law",)
FULL_BO = Candidate("bo", 1, open_cases=9, active_cases=5, last_assigned_at=NOW)


@pytest.mark.parametrize(
    ("nobody_able", "skills", "candidates", "csr", "why"),
    [
        ("most-skills", BOTH, [ANN, EVE], "ann", "fewest open cases (4), though nobody here knows about billing"),
        (
            "least-load",
            BOTH,
            [ANN, EVE],
            "eve",
            "fewest open cases (2), though nobody here knows about print and billing",
        ),
        ("round-robin", LAW, [ANN, BO], "ann", "next in turn, though nobody here knows about law"),
        ("random", LAW, [ANN, BO], "ann", "drawn by lot from 2 available, though nobody here knows about law"),
        (
            "limit",
            LAW,
            [FULL_BO, EVE],
            "eve",
            "next in turn with fewer than 5 active cases (1), though nobody with room knows about law",
        ),
        (
            "limit",
            BOTH,
            [FULL_BO, EVE],  # the able one is at the limit
            "eve",
            "next in turn with fewer than 5 active cases (1), though nobody with room knows about print and billing",
        ),
        ("limit", PRINTERS, [FULL_BO, ANN], "ann", "fewest open cases (4) among those who know about print"),
        ("wait", BOTH, [FULL_BO, EVE], "bo", "fewest open cases (9) among those who know about print and billing"),
        ("wait", (), [ANN, EVE], "eve", "fewest open cases (2); the case needs no certain skill"),
    ],
)
def test_where_nobody_able_is_there_the_config_says_who_gets_it(
    nobody_able: str, skills: tuple[str, ...], candidates: list[Candidate], csr: str, why: str
) -> None:
    rule = Assignment.model_validate({"new_case": "skills", "nobody_able": nobody_able})
    assert choose(rule, candidates, lambda _below: 0, Matter("", skills, SKILLS)) == Choice(csr, why)


@pytest.mark.parametrize(
    ("nobody_able", "skills", "candidates", "why"),
    [
        ("wait", LAW, [], "nobody is available"),
        ("wait", BOTH, [ANN, EVE], "nobody who is available knows about print and billing"),
        ("limit", LAW, [FULL_BO], "whoever is available has 5 active cases or more"),
        ("limit", BOTH, [FULL_BO], "whoever is available has 5 active cases or more"),
    ],
)
def test_a_case_that_skills_give_to_nobody_says_what_it_waits_for(
    nobody_able: str, skills: tuple[str, ...], candidates: list[Candidate], why: str
) -> None:
    rule = Assignment.model_validate({"new_case": "skills", "nobody_able": nobody_able})
    matter = Matter("", skills, SKILLS)
    assert choose(rule, candidates, lambda _below: 0, matter) is None
    assert why_it_waits(rule, candidates, matter) == why


@pytest.mark.parametrize(("nobody_able", "csr"), [("limit", "eve"), ("wait", "bo"), ("most-skills", "bo")])
def test_whom_a_rule_wants_is_held_to_the_limit_where_skills_fall_back_on_it(nobody_able: str, csr: str) -> None:
    rule = Assignment.model_validate({"new_case": "skills", "nobody_able": nobody_able})
    choice = choose(rule, [FULL_BO, EVE], lambda _below: 0, Matter("bo"))
    assert choice is not None and choice.csr == csr


@pytest.mark.parametrize(
    ("rule", "limit", "csr"), [("least-load", 5, "ann"), ("none", 5, "ann"), ("limit", 5, "ann"), ("limit", 2, "eve")]
)
def test_whom_a_rule_wants_comes_first_where_there_is_room(rule: str, limit: int, csr: str) -> None:
    wanted = Matter("ann")
    choice = choose(Assignment.model_validate({"new_case": rule, "limit": limit}), [ANN, EVE], lambda _below: 0, wanted)
    assert choice is not None and choice.csr == csr


@pytest.mark.parametrize(
    ("before", "after", "loads"),
    [
        ({"csr": ""}, {"csr": "bo"}, {"ann": (4, 2), "bo": (3, 3)}),
        ({"csr": "ann"}, {"csr": "bo"}, {"ann": (3, 1), "bo": (3, 3)}),
        ({"csr": "ann", "status": Status.PENDING}, {"csr": "bo"}, {"ann": (3, 2), "bo": (3, 3)}),
        ({"csr": ""}, {"csr": "bo", "status": Status.RESOLVED}, {"ann": (4, 2), "bo": (2, 2)}),
        ({"csr": ""}, {"csr": "somebody else"}, {"ann": (4, 2), "bo": (2, 2)}),
    ],
)
def test_a_case_that_changes_hands_is_counted_where_it_lies(
    before: dict[str, Any], after: dict[str, Any], loads: dict[str, tuple[int, int]]
) -> None:
    moved = with_load_moved([ANN, BO], case(**before), case(**after))
    assert {one.csr: (one.open_cases, one.active_cases) for one in moved} == loads
