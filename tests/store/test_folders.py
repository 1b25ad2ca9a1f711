"""Watched folders: the activation moment, the watermark, what is to be done on the server."""

from __future__ import annotations

from datetime import timedelta

from mailticket.store import folders, inbox, inbox_claims, inbox_ends
from mailticket.store.database import Store
from tests.store.rows import NOW, arrival

LATER = NOW + timedelta(days=1)
SOURCE = folders.source("support", "INBOX")


def _settled(key: str) -> int:
    id = inbox.take([arrival(key)], NOW)[0] or 0
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(id, "a", outcome="opened", reason="new")
    return id


def test_the_activation_moment_is_stored_once(store: Store) -> None:
    assert folders.find("support", "INBOX") is None
    first = folders.activate("support", "INBOX", 7, 500, NOW)
    assert folders.activate("support", "INBOX", 7, 900, LATER) == first == folders.find("support", "INBOX")
    assert (first.activated_uidnext, first.activated_at, first.scanned_uid) == (500, NOW, 0)


def test_a_new_generation_is_scanned_anew_and_keeps_the_moment(store: Store) -> None:
    folders.activate("support", "INBOX", 7, 500, NOW)
    folders.advance("support", "INBOX", 612)
    again = folders.activate("support", "INBOX", 8, 3, LATER)
    assert (again.uidvalidity, again.scanned_uid, again.activated_uidnext, again.activated_at) == (8, 0, 0, NOW)


def test_the_watermark_never_goes_back(store: Store) -> None:
    folders.activate("support", "INBOX", 7, 1, NOW)
    for uid in (5, 9, 3):
        folders.advance("support", "INBOX", uid)
    found = folders.find("support", "INBOX")
    assert found and found.scanned_uid == 9


def test_known_uids_are_those_of_this_folder_and_generation(store: Store) -> None:
    inbox.take([arrival("7/1"), arrival("7/2"), arrival("8/3", uidvalidity=8), arrival("7/4", source="imap:x/y")], NOW)
    assert folders.known_uids(SOURCE, 7, range(1, 20_000)) == {1, 2}


def test_what_is_settled_waits_for_the_server_until_it_is_done(store: Store) -> None:
    ids = [_settled("7/12"), _settled("7/11")]
    todo = folders.server_todo(SOURCE, 7)
    assert [(one.uid, one.action) for one in todo] == [(11, "move"), (12, "move")]
    folders.server_done(ids, NOW)
    assert folders.server_todo(SOURCE, 7) == []
    assert inbox.get(ids[0]).server_state == "done"


def test_work_on_a_generation_that_is_gone_is_given_up(store: Store) -> None:
    folders.activate("support", "INBOX", 7, 1, NOW)
    done, waiting = _settled("7/1"), inbox.take([arrival("7/2")], NOW)[0] or 0
    folders.activate("support", "INBOX", 8, 1, LATER)
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(waiting, "a", outcome="opened", reason="new")
    assert [inbox.get(id).server_state for id in (done, waiting)] == ["gone", "gone"]
