"""History: what happened to a case or a mail, in order of time, with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailticket.domain.case import EntryKind
from mailticket.store import entries, inbox_claims, inbox_ends, outbox_claims, outbox_ends
from mailticket.store.casework import history
from mailticket.store.database import Store
from tests.store.rows import MINUTE, NOW, entry, opened, posted, taken, taken_by_relay


def test_a_case_s_story_goes_from_the_mail_to_the_relay_s_words(store: Store) -> None:
    case = opened("7F3K-9QXM")
    (id,) = taken()
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(id, "a", outcome="opened", reason="no case is named", message_id="<m@x>", case=case.id, entry=1)
    entries.add_entry(case, replace(entry(EntryKind.EVENT, "goes to Ann: fewest open cases"), at=NOW + MINUTE))
    letter = posted(case=case.key, reason="new inquiry")
    outbox_claims.claim("support", "a", NOW)
    taken_by_relay(letter, "a", "250 queued", NOW + 2 * MINUTE)
    outbox_ends.note_bounce(letter, "550 mailbox full", NOW + 3 * MINUTE)
    steps = history.of_case("7F3K-9QXM")
    assert [one.at - NOW for one in steps] == [timedelta(0), timedelta(0), MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert [one.reason for one in steps] == [
        "no case is named",
        "new inquiry",
        "goes to Ann: fewest open cases",
        "250 queued",
        "550 mailbox full",
    ]
    assert steps[0].detail["message_id"] == "<m@x>" and steps[0].detail["case"] == "7F3K-9QXM"


def test_a_mail_s_story_has_every_copy_and_its_failures(store: Store) -> None:
    first, second = taken(2)
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(first, "a", outcome="opened", reason="new", message_id="<m@x>")
    inbox_ends.settle(second, "a", outcome="duplicate", reason="the same mail as row 1", message_id="<m@x>")
    posted(message_id="<ours@x>")
    assert [one.reason for one in history.of_message("<m@x>")] == ["new", "the same mail as row 1"]
    assert "to carla@customer.example; queued" in history.of_message("<ours@x>")[0].what


def test_what_nobody_knows_has_no_story(store: Store) -> None:
    assert history.of_case("0000-0000") == history.of_message("<nobody@x>") == []
