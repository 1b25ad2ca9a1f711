"""The inbox: taken in once, claimed by one, settled once."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from mailticket.errors import Conflict, Permanent, Refused
from mailticket.store import inbox, inbox_claims, inbox_copies, inbox_ends
from mailticket.store.database import Store
from tests.store.rows import MINUTE, NOW, arrival, opened, taken


def test_the_same_source_and_key_is_taken_once(store: Store) -> None:
    first = inbox.take([arrival("7/1"), arrival("7/2"), arrival("7/1")], NOW)
    assert first[0] and first[1] and first[2] is None
    assert inbox.take([arrival("7/2"), arrival("7/3")], NOW)[0] is None


def test_the_same_key_from_another_source_is_another_mail(store: Store) -> None:
    ids = inbox.take([arrival("7/1"), arrival("7/1", source="api")], NOW)
    assert len(set(ids)) == 2 and None not in ids


def test_what_was_taken_can_be_read_back(store: Store) -> None:
    id = inbox.take([arrival("7/9", is_silent=True)], NOW)[0]
    item = inbox.get(id or 0)
    assert (item.source_key, item.state, item.attempts, item.is_silent) == ("7/9", "new", 0, True)
    assert (item.received_at, item.collected_at, item.server_state, item.case) == (NOW, NOW, "waiting", "")


def test_claim_gives_the_oldest_and_nobody_else_gets_them(store: Store) -> None:
    ids = taken(5)
    assert [one.id for one in inbox_claims.claim(NOW, "a", limit=3)] == ids[:3]
    assert [one.id for one in inbox_claims.claim(NOW, "b")] == ids[3:]
    assert inbox_claims.claim(NOW, "c") == []


def test_a_claim_counts_as_an_attempt_but_tells_those_before_it(store: Store) -> None:
    taken()
    assert inbox_claims.claim(NOW, "a")[0].attempts == 0
    assert inbox.list_items()[0].attempts == 1


def test_an_expired_lease_comes_back_alone(store: Store) -> None:
    ids = taken(2)
    inbox_claims.claim(NOW, "a")
    taken(2)
    later = NOW + 6 * MINUTE
    assert [(one.id, one.attempts) for one in inbox_claims.claim(later, "b")] == [(ids[0], 1)]
    assert [(one.id, one.attempts) for one in inbox_claims.claim(later, "b")] == [(ids[1], 1)]
    assert len(inbox_claims.claim(later, "b")) == 2


def test_a_batch_of_new_rows_leaves_out_those_tried_before(store: Store) -> None:
    new, tried = taken(2)
    inbox_claims.claim(NOW, "a")
    inbox_ends.fail(tried, "a", "broken", "", NOW)
    inbox_claims.release([new], "a")
    assert [one.id for one in inbox_claims.claim(NOW + MINUTE, "b")] == [new]
    assert [one.id for one in inbox_claims.claim(NOW + MINUTE, "b")] == [tried]


def test_a_released_row_is_as_it_was(store: Store) -> None:
    ids = taken(2)
    inbox_claims.claim(NOW, "a")
    inbox_claims.release(ids, "a")
    assert [one.attempts for one in inbox_claims.claim(NOW, "b")] == [0, 0]


def test_whoever_lost_the_lease_neither_releases_nor_fails_the_row(store: Store) -> None:
    (id,) = taken()
    inbox_claims.claim(NOW, "a")
    inbox_claims.claim(NOW + 6 * MINUTE, "b")
    inbox_claims.release([id], "a")
    with pytest.raises(Conflict, match="no longer handled by a"):
        inbox_ends.fail(id, "a", "broken", "", NOW)
    assert inbox.get(id).attempts == 2 and inbox.get(id).state == "new"
    inbox_ends.settle(id, "b", outcome="opened", reason="the new owner has it")


def test_a_mail_that_fails_is_retried_after_1_5_and_30_minutes_and_then_shunted(store: Store) -> None:
    (id,) = taken()
    now, states = NOW, []
    for wait in (1, 5, 30, 0):
        assert inbox_claims.claim(now, "a")
        states.append(inbox_ends.fail(id, "a", "ValueError: broken", "Traceback ...", now))
        assert inbox_claims.claim(now + timedelta(minutes=wait, seconds=-1), "a") == []
        now += timedelta(minutes=wait)
    assert states == ["retry", "retry", "retry", "shunted"]
    item = inbox.get(id)
    assert (item.state, item.error, item.traceback) == ("shunted", "ValueError: broken", "Traceback ...")


def test_services_take_turns_while_more_is_due_than_fits(store: Store) -> None:
    busy = taken(6)
    (quiet, later) = (inbox.take([arrival(service="sales")], NOW)[0] for _ in range(2))
    assert [one.id for one in inbox_claims.claim(NOW, "a", limit=4)] == [busy[0], quiet, busy[1], later]
    assert [one.id for one in inbox_claims.claim(NOW, "a", limit=4)] == busy[2:]


def fresh(sender: str = "", **values: object) -> int:
    """A mail that depends on no other one, of a sender of its own or of this one."""
    key = sender or f"somebody{next(_senders)}@fresh.example"
    return inbox.take([arrival(is_fresh=True, from_key=key, **values)], NOW)[0] or 0


_senders = itertools.count(1)


def claimed(limit: int) -> list[int]:
    return [one.id for one in inbox_claims.claim(NOW, "a", limit=limit)]


def test_the_newest_fresh_mails_have_a_share_of_each_batch_and_the_oldest_mails_the_rest(store: Store) -> None:
    old = taken(20)
    first, second, third = fresh(), fresh(), fresh()
    assert claimed(8) == [third, second, *old[:6]]
    assert claimed(8) == [first, *old[6:13]]
    assert claimed(8) == old[13:]


def test_a_flood_of_fresh_mails_keeps_no_old_one_waiting(store: Store) -> None:
    old = taken(3)
    served: list[int] = []
    for _ in range(3):
        for _ in range(4):
            fresh()
        served += [one for one in claimed(2) if one in old]
    assert served == old


def test_a_flood_of_old_mails_keeps_no_fresh_one_waiting(store: Store) -> None:
    for _ in range(3):
        taken(9)
        assert fresh() in claimed(4)


def test_one_senders_mails_are_handled_in_their_order_and_only_the_first_passes_others(store: Store) -> None:
    old = taken(4)
    flood = [fresh("mallory@flood.example") for _ in range(6)]
    other = fresh()
    assert claimed(4) == [other, *old[:3]]
    assert claimed(4) == [flood[0], old[3], *flood[1:3]]
    assert claimed(8) == flood[3:]


def test_of_one_senders_mails_in_one_call_only_the_first_passes_others(store: Store) -> None:
    old = taken(4)
    both = [arrival(is_fresh=True, from_key="nora@two.example") for _ in range(2)]
    first, second = inbox.take(both, NOW)
    assert claimed(4) == [first, *old[:3]]
    assert claimed(4) == [old[3], second]


def test_who_has_mail_waiting_that_depends_on_others_has_no_fresh_one(store: Store) -> None:
    (reply,) = (inbox.take([arrival(from_key="nora@two.example")], NOW)[0] for _ in range(1))
    old = taken(3)
    late = fresh("nora@two.example")
    assert claimed(4) == [reply, *old]
    assert claimed(4) == [late]


def test_a_sender_whose_mails_are_settled_has_fresh_ones_again(store: Store) -> None:
    first = fresh("nora@two.example")
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(first, "a", outcome="opened", reason="x")
    taken(4)
    assert fresh("nora@two.example") in claimed(2)


def test_a_fresh_mail_that_was_tried_before_waits_for_its_turn_and_comes_alone(store: Store) -> None:
    tried = fresh()
    inbox_claims.claim(NOW, "a")
    inbox_ends.fail(tried, "a", "broken", "", NOW)
    old = taken(4)
    assert [one.id for one in inbox_claims.claim(NOW, "a", limit=2)] == old[:2]
    assert [one.id for one in inbox_claims.claim(NOW + MINUTE, "a", limit=2)] == [tried]


def test_many_services_have_a_fresh_mail_and_an_old_one_each_in_turns(store: Store) -> None:
    services = [f"service{number}" for number in range(4)]
    old = [inbox.take([arrival(service=one)], NOW)[0] for one in services for _ in range(3)]
    new = [fresh(service=one) for one in services]
    assert claimed(8) == [*new, *old[::3]]
    few = claimed(4)
    assert len(few) == 4 and len({inbox.get(one).service for one in few}) == 2


def test_a_claim_reads_few_rows_however_many_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[object] = []
    monkeypatch.setattr(inbox_claims, "as_item", lambda row: inbox.as_item([rows.append(row), row][1]))
    for service in ("support", "sales"):
        inbox.take([arrival(service=service) for _ in range(200)], NOW)
    claimed(10)
    assert len(rows) <= 30


def test_a_mail_that_kills_its_process_each_time_is_shunted(store: Store) -> None:
    (poison, good) = taken(2)
    inbox_claims.claim(NOW, "a", limit=1)
    now = NOW
    for _ in range(3):
        now += timedelta(minutes=6)
        assert [one.id for one in inbox_claims.claim(now, "a", limit=1)] == [poison]
    assert [one.id for one in inbox_claims.claim(now + timedelta(minutes=6), "a")] == [good]
    assert "died" in inbox.get(poison).error and inbox.get(poison).state == "shunted"


def test_a_clock_that_was_set_back_keeps_no_mail_waiting(store: Store) -> None:
    (id,) = taken()
    inbox_claims.claim(NOW, "a")
    inbox_ends.fail(id, "a", "broken", "", NOW)
    assert [one.id for one in inbox_claims.claim(NOW - timedelta(days=3), "a")] == [id]


def test_settled_rows_say_what_became_of_them(store: Store) -> None:
    (id,) = taken()
    case = opened("7F3K-9QXM")
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(
        id, "a", outcome="opened", reason="no case named", message_id="<m@x>", subject="Hi", case=case.id, entry=1
    )
    item = inbox.by_message_id("<m@x>")[0]
    assert (item.state, item.outcome, item.reason, item.case, item.entry) == (
        "done",
        "opened",
        "no case named",
        case.id,
        1,
    )
    assert (item.subject, item.next_at, item.server_state) == ("Hi", None, "todo")
    assert inbox_claims.claim(NOW + timedelta(hours=1), "a") == []


@pytest.mark.parametrize(
    ("arrived", "settled", "state"),
    [
        ("move", "", "todo"),
        ("move", "delete", "todo"),
        ("move", "keep", "done"),
        ("keep", "", "done"),
        ("none", "", ""),
        ("none", "delete", ""),
    ],
)
def test_what_is_to_be_done_on_the_server_follows_arrival_and_settlement(
    store: Store, arrived: str, settled: str, state: str
) -> None:
    id = inbox.take([arrival(server=arrived)], NOW)[0] or 0
    inbox_claims.claim(NOW, "a")
    inbox_ends.settle(id, "a", outcome="x", reason="y", server=settled)  # type: ignore[typeddict-item]
    assert inbox.get(id).server_state == state


def test_whose_lease_was_taken_over_cannot_settle(store: Store) -> None:
    (id,) = taken()
    inbox_claims.claim(NOW, "a")
    inbox_claims.claim(NOW + 6 * MINUTE, "b")
    with pytest.raises(Conflict, match="no longer handled by a"):
        inbox_ends.settle(id, "a", outcome="opened", reason="late")
    inbox_ends.settle(id, "b", outcome="opened", reason="in time")
    with pytest.raises(Conflict):
        inbox_ends.settle(id, "b", outcome="opened", reason="twice")


def test_the_second_copy_learns_of_the_first(store: Store) -> None:
    first, second, third = taken(3)
    key = ("support", "<m@x> hash")
    assert inbox_copies.firsts({first: key}) == {first: first}
    assert inbox_copies.firsts({second: key, third: ("sales", "<m@x> hash")}) == {second: first, third: third}
    assert inbox_copies.firsts({first: key}) == {first: first}


def test_of_copies_that_come_together_the_oldest_is_the_first(store: Store) -> None:
    one, two, other = taken(3)
    key = ("support", "<m@x> hash")
    assert inbox_copies.firsts({two: key, one: key, other: ("support", "b")}) == {one: one, two: one, other: other}


def test_a_mail_whose_turn_comes_later_is_not_known_yet(store: Store) -> None:
    first, second = taken(2)
    key = ("support", "<m@x> hash")
    inbox_copies.firsts({first: key})
    inbox_copies.forget([first])
    assert inbox_copies.firsts({second: key}) == {second: second}


def test_a_shunted_mail_can_be_retried_and_others_cannot(store: Store) -> None:
    (id,) = taken()
    with pytest.raises(Refused, match="not shunted"):
        inbox_ends.retry(id, NOW)
    inbox_ends.shunt(id, "broken", "", NOW)
    assert [one.id for one in inbox.list_items(state="shunted")] == [id]
    inbox_ends.retry(id, NOW)
    assert [(one.id, one.attempts) for one in inbox_claims.claim(NOW, "a")] == [(id, 0)]


def test_leases_of_a_dead_process_end_at_once(store: Store) -> None:
    taken(2)
    inbox_claims.claim(NOW, "dead", limit=1)
    inbox_claims.claim(NOW, "alive")
    assert inbox_claims.recover(lambda owner: owner == "dead", NOW) == 1
    assert [one.attempts for one in inbox_claims.claim(NOW, "b")] == [1]


def test_lists_give_the_newest_first(store: Store) -> None:
    ids = taken(3)
    assert [one.id for one in inbox.list_items(limit=2)] == [ids[2], ids[1]]


def test_a_row_that_does_not_exist_is_named(store: Store) -> None:
    with pytest.raises(Permanent, match="no inbox row 4711"):
        inbox.get(4711)


def test_a_claim_inside_a_transaction_is_a_mistake(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="commits by itself"):
        inbox_claims.claim(NOW, "a")
