"""Used links and revoked letters."""

from __future__ import annotations

from dataclasses import replace

from mailticket.store.casework import links
from mailticket.store.casework.links import Use
from mailticket.store.database import Store
from tests.store.rows import ANN, NOW, opened


def _use(digest: str = "d1") -> Use:
    return Use(digest, opened().key, ANN, "status", "closed", NOW, '{"status": "new"}', "{}")


def test_a_link_is_used_once_and_keeps_how(store: Store) -> None:
    first = _use()
    assert links.used("d1") is None
    assert links.use(first) is True
    assert links.use(replace(first, act="take")) is False
    assert links.used("d1") == first


def test_a_use_that_is_rolled_back_did_not_happen(store: Store) -> None:
    one = _use()
    try:
        with store.transaction():
            links.use(one)
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert links.used("d1") is None


def test_the_links_of_a_letter_are_revoked_for_good_and_with_the_first_reason(store: Store) -> None:
    links.revoke("abc", "it went to outsiders", NOW)
    links.revoke("abc", "again", NOW)
    assert (links.revoked("abc"), links.revoked("abd")) == ("it went to outsiders", "")
