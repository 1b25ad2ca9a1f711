"""Column types: what mail brings is cleaned before a driver sees it, and moments are moments in both databases."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailticket.domain.address import Address
from mailticket.domain.case import Words
from mailticket.domain.texts.storable import clean
from mailticket.store import entries, inbox, inbox_claims, inbox_ends, people
from mailticket.store.database import Store
from mailticket.store.engine.fields import bounded, microseconds
from tests.store.rows import NOW, arrival, entry, opened

NASTY = "a\0b\ud800c\ud83d\ude00d\udc00\u2028"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("Größe", "Größe"),
        ("a\0b", "ab"),
        ("\0\0", ""),
        ("lone \ud800 half", "lone \ufffd half"),
        ("a pair \ud83d\ude00", "a pair 😀"),
    ],
)
def test_text_is_cleaned_of_what_drivers_refuse(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(some.text(alphabet=some.characters(), max_size=40))
def test_cleaned_text_can_always_be_encoded_and_stays_so(text: str) -> None:
    once = clean(text)
    assert "\0" not in once and clean(once) == once and once.encode("utf-8")[:0] == b""


def test_keys_of_any_length_stay_apart_and_fit_an_index() -> None:
    long, longer = "ä" * 5000, "ä" * 5001
    assert bounded("short") == "short" and bounded(long) != bounded(longer)
    assert len(bounded(long).encode()) < 2000 and bounded(bounded(long)) == bounded(long)


def test_moments_need_a_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        microseconds(datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_moment_of_any_zone_comes_back_as_the_same_in_utc(store: Store) -> None:
    there = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    id = inbox.take([arrival(received_at=there)], NOW)[0] or 0
    back = inbox.get(id).received_at
    assert back == there and back.utcoffset() == timedelta(0) and back.microsecond == 123456


def test_every_text_of_a_mail_survives_nul_and_lone_surrogates(store: Store) -> None:
    id = inbox.take([arrival("7/1")], NOW)[0] or 0
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(id, "a", outcome="x", reason=NASTY, subject=NASTY, sender=NASTY, message_id=f"<{NASTY}@x>")
    assert inbox.get(id).subject == clean(NASTY) and inbox.by_message_id(f"<{NASTY}@x>")[0].id == id
    who = people.customer(Address(NASTY, f"{NASTY}@x.example"), NOW)
    case = opened(who=who.address, subject=NASTY, tags=(NASTY,))
    stored = entries.add_entry(case, entry(text=NASTY, subject=NASTY, parties=(NASTY,), message_id=NASTY))
    back = entries.entry(case.key, stored.number)
    assert (back.words, back.parties, case.tags) == (Words(clean(NASTY)), (clean(NASTY),), (NASTY,))


def test_a_hostile_message_id_is_found_again_whatever_its_length(store: Store) -> None:
    monster = f"<{'x' * 60_000}@x>"
    id = inbox.take([arrival("7/1")], NOW)[0] or 0
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(id, "a", outcome="x", reason="y", message_id=monster)
    assert [one.id for one in inbox.by_message_id(monster)] == [id]
