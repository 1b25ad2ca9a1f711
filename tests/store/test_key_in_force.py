"""Daemons of one database have one key file; it can be rotated, and given up on purpose."""

from __future__ import annotations

import pytest

from mailticket.errors import Permanent
from mailticket.store.database import Store
from mailticket.store.privacy import key_in_force
from mailticket.store.tables.privacy_tables import KeyInForce
from mailticket.tokens import Keys

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


def test_a_daemon_with_another_key_file_is_refused(store: Store) -> None:
    key_in_force.agree(Keys((OLD,)))
    key_in_force.agree(Keys((OLD,)))
    with pytest.raises(Permanent, match="not the one under which") as refused:
        key_in_force.agree(Keys((OTHER,)))
    assert "migrate --new-key" in refused.value.fix


def test_a_rotation_goes_from_daemon_to_daemon(store: Store) -> None:
    key_in_force.agree(Keys((OLD,)))
    key_in_force.agree(Keys((NEW, OLD)))
    key_in_force.agree(Keys((OLD, NEW)))
    key_in_force.agree(Keys((NEW, OLD)))
    with pytest.raises(Permanent):
        key_in_force.agree(Keys((OLD,)))


def test_a_key_that_is_lost_for_good_is_given_up_on_purpose(store: Store) -> None:
    key_in_force.agree(Keys((OLD,)))
    assert key_in_force.forget() and not key_in_force.forget()
    key_in_force.agree(Keys((OTHER,)))


def test_the_row_says_nothing_about_the_key(store: Store) -> None:
    key_in_force.agree(Keys((OLD,)))
    ((fingerprint,),) = KeyInForce.select(KeyInForce.fingerprint).tuples()
    assert OLD.hex()[:8] not in fingerprint and key_in_force.fingerprint(NEW) != fingerprint
