"""Who gets a case by rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from mailticket.config.models import Assignment
from mailticket.domain.people import Candidate
from mailticket.law.assign import Choice, Matter, choose
from tests.builders import NOW

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
        (BOTH, [ANN, BO, EVE], "bo", "fewest open cases (2) among those who know about print, billing"),
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


@pytest.mark.parametrize(
    ("rule", "limit", "csr"), [("least-load", 5, "ann"), ("none", 5, "ann"), ("limit", 5, "ann"), ("limit", 2, "eve")]
)
def test_whom_a_rule_wants_comes_first_where_there_is_room(rule: str, limit: int, csr: str) -> None:
    wanted = Matter("ann")
    choice = choose(Assignment.model_validate({"new_case": rule, "limit": limit}), [ANN, EVE], lambda _below: 0, wanted)
    assert choice is not None and choice.csr == csr
