"""The blacklist: from the config and from people, by address and by domain."""

from __future__ import annotations

import pytest

from mailticket.errors import Refused
from mailticket.store import blacklist
from mailticket.store.database import Store
from tests.store.rows import NOW, desk

SPAM = desk(blacklist=[{"address": "*@spam.example"}])


def test_an_address_matches_by_itself_and_by_its_domain(store: Store) -> None:
    blacklist.project(SPAM)
    blacklist.add("Mallory@Crime.example", "", "ann", NOW)
    keys = ["mallory@crime.example", "x@spam.example", "carla@customer.example"]
    assert [one.address for one in blacklist.matching(keys)] == ["*@spam.example", "mallory@crime.example"]
    assert blacklist.matching(["other@crime.example"]) == blacklist.matching([]) == ()


def test_an_entry_tells_who_made_it_and_when(store: Store) -> None:
    blacklist.add("m@x.example", "buy now", "ann", NOW)
    (one,) = blacklist.entries()
    assert (one.subject, one.by, one.at) == ("buy now", "ann", NOW)


def test_adding_twice_is_once_and_another_subject_is_another_entry(store: Store) -> None:
    for subject in ("", "", "buy now"):
        blacklist.add("m@x.example", subject, "ann", NOW)
    assert [one.subject for one in blacklist.entries()] == ["", "buy now"]


def test_removing_says_whether_there_was_one(store: Store) -> None:
    blacklist.add("m@x.example", "", "ann", NOW)
    assert blacklist.remove("m@x.example", "other") is False
    assert blacklist.remove("M@x.example", "") is True
    assert blacklist.entries() == []


def test_the_config_s_entries_follow_the_config_and_others_stay(store: Store) -> None:
    blacklist.project(SPAM)
    blacklist.add("m@x.example", "", "ann", NOW)
    with pytest.raises(Refused, match="in the config"):
        blacklist.remove("*@spam.example", "")
    blacklist.project(desk())
    assert [one.address for one in blacklist.entries()] == ["m@x.example"]
