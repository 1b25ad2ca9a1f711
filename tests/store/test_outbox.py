"""The outbox: posted once, sent at least once by one, automatic mail at most once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.case import StoredFile
from mailticket.domain.decision import SendKind
from mailticket.errors import Permanent, Refused
from mailticket.store import outbox, outbox_claims, outbox_ends
from mailticket.store.by_hand import stuck_letters
from mailticket.store.database import Store
from tests.store.rows import CARLA, DIRK, MINUTE, NOW, letter, opened, posted, taken_by_relay

QUARTER = timedelta(minutes=15)


def _claimed(owner: str = "a", now: object = NOW) -> list[int]:
    return [one.id for one in outbox_claims.claim("support", owner, now)]  # type: ignore[arg-type]


def test_the_same_key_is_posted_once(store: Store) -> None:
    assert outbox.post(letter("reply:1:carla"), NOW)
    assert outbox.post(letter("reply:1:carla"), NOW) is None
    assert len(outbox.list_items()) == 1


def test_many_are_posted_with_one_statement_each_table(store: Store) -> None:
    file = StoredFile("a.png", "image/png", 3, "ab" * 32)
    new = [letter("k1", files=(file, file)), letter("k2"), letter("k1")]
    first, second, third = outbox.post_many(new, NOW)
    assert first and second and third is None
    assert outbox.post_many(new, NOW) == [None, None, None]


def test_what_was_posted_can_be_read_back(store: Store) -> None:
    case = opened("7F3K-9QXM")
    id = posted(case=case.key, entry=2, message_id="<ours@x>", kind=SendKind.NOTIFY)
    item = outbox.get(id)
    assert item == outbox.by_message_id("<ours@x>")
    assert (item.case, item.entry, item.kind, item.state, item.attempts) == (case.id, 2, SendKind.NOTIFY, "queued", 0)
    assert (item.next_at, item.created_at, item.recipient) == (NOW, NOW, CARLA.address)


def test_answers_go_before_notifications_before_automatic_mail(store: Store) -> None:
    auto = posted(kind=SendKind.AUTO)
    notify = posted(kind=SendKind.NOTIFY)
    human = [posted(kind=SendKind.HUMAN), posted(kind=SendKind.HUMAN)]
    assert _claimed() == [*human, notify, auto]


def test_only_due_letters_of_the_service_are_claimed(store: Store) -> None:
    later = posted(not_before=NOW + MINUTE)
    posted(service="sales")
    assert _claimed() == []
    assert _claimed(now=NOW + MINUTE) == [later]


def test_an_attempt_is_counted_before_it_is_made(store: Store) -> None:
    posted()
    (item,) = outbox_claims.claim("support", "a", NOW)
    assert (item.attempts, item.state, item.phase, item.next_at) == (1, "sending", "connect", NOW + QUARTER)
    assert _claimed("b") == []


def test_a_later_answer_never_overtakes_an_earlier_one(store: Store) -> None:
    case = opened()
    first, second = posted(case=case.key), posted(case=case.key)
    other = posted(case=case.key, recipient=DIRK.address)
    assert _claimed() == [first, other]
    outbox_ends.deferred(first, "a", "451 greylisted", NOW + 5 * MINUTE)
    assert _claimed(now=NOW + MINUTE) == []
    assert _claimed(now=NOW + 5 * MINUTE) == [first]
    taken_by_relay(first, "a", "250 ok", NOW)
    assert _claimed() == [second]


def test_an_answer_does_not_wait_for_an_acknowledgement_that_was_put_off(store: Store) -> None:
    case = opened()
    acknowledgement = posted(case=case.key, kind=SendKind.AUTO)
    assert _claimed() == [acknowledgement]
    outbox_ends.deferred(acknowledgement, "a", "451 greylisted", NOW + 5 * MINUTE)
    answer = posted(case=case.key)
    assert _claimed() == [answer]


def told(*cases: int, **values: object) -> list[int]:
    """Notifications of these cases; each of its own if none is named."""
    return [posted(kind=SendKind.NOTIFY, case=case, **values) for case in cases or (opened().key,)]


def few(limit: int) -> list[int]:
    return [one.id for one in outbox_claims.claim("support", "a", NOW, limit)]


def test_the_newest_first_letters_of_cases_have_a_share_of_the_places(store: Store) -> None:
    ids = [told()[0] for _ in range(12)]
    assert few(8) == [*ids[:-3:-1], *ids[:6]]
    assert few(2) == [ids[9], ids[6]]
    assert few(8) == ids[7:9]


def test_letters_of_one_case_keep_their_order_and_answers_their_rank(store: Store) -> None:
    busy = opened().key
    first, *later = told(*[busy] * 4)
    others = [told()[0] for _ in range(3)]
    told(*[busy] * 9)
    assert few(3) == [others[2], first, others[0]]
    answer = posted(case=opened().key)
    assert few(2) == [others[1], answer]
    taken_by_relay(first, "a", "250", NOW)
    assert few(2) == [later[0]]


def test_a_flood_of_new_letters_keeps_no_old_one_waiting(store: Store) -> None:
    old = [told()[0] for _ in range(3)]
    sent: list[int] = []
    for _ in range(3):
        told(), told(), told()
        sent += [one for one in few(2) if one in old]
    assert sent == old


def test_what_is_not_due_yet_or_belongs_to_no_case_passes_none(store: Store) -> None:
    old = [told()[0] for _ in range(3)]
    told(opened().key, not_before=NOW + MINUTE)
    posted(kind=SendKind.NOTIFY)
    assert few(2) == [old[2], old[0]]


def test_a_sent_letter_keeps_what_the_relay_said(store: Store) -> None:
    id = posted()
    _claimed()
    outbox_ends.note("a", NOW, final_dot=[id])
    assert outbox.get(id).phase == "final_dot"
    taken_by_relay(id, "a", "250 2.0.0 queued as 4711", NOW + MINUTE)
    item = outbox.get(id)
    assert (item.state, item.reply, item.sent_at, item.next_at) == (
        "sent",
        "250 2.0.0 queued as 4711",
        NOW + MINUTE,
        None,
    )


def test_what_the_relay_took_is_written_down_together_with_its_words_for_each(store: Store) -> None:
    first, other, third = posted(), posted(service="sales"), posted()
    _claimed()
    taken = [outbox_ends.Taken(id, 1, f"250 queued as {id}") for id in (first, other, third)]
    assert outbox_ends.note("a", NOW, taken=taken) == {other}
    assert [outbox.get(id).reply for id in (first, other, third)] == [
        f"250 queued as {first}",
        "",
        f"250 queued as {third}",
    ]
    assert [outbox.get(id).state for id in (first, other, third)] == ["sent", "queued", "sent"]


def test_a_refused_letter_keeps_the_reason(store: Store) -> None:
    id = posted()
    _claimed()
    outbox_ends.failed(id, "a", "550 no such user", NOW)
    assert (outbox.get(id).state, outbox.get(id).error) == ("failed", "550 no such user")


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (SendKind.HUMAN, ["queued", "maybe_sent"]),
        (SendKind.NOTIFY, ["queued", "maybe_sent"]),
        (SendKind.AUTO, ["maybe_sent"]),
    ],
)
def test_a_connection_that_died_at_the_last_moment_is_tried_again_once_but_for_automatic_mail(
    store: Store, kind: SendKind, states: list[str]
) -> None:
    id = posted(kind=kind)
    now = NOW
    for state in states:
        assert _claimed(now=now) == [id]
        assert outbox_ends.unknown(id, "a", "connection reset", now) == state
        assert _claimed(now=now + timedelta(minutes=14)) == []
        now += QUARTER
    assert _claimed(now=now) == []
    assert outbox.get(id).unknowns == len(states)


def test_letters_given_back_count_no_attempt(store: Store) -> None:
    id = posted()
    _claimed()
    outbox_ends.give_back([id], "a")
    assert outbox.get(id).attempts == 0
    assert _claimed("b") == [id]


@pytest.mark.parametrize(("phase", "state"), [("connect", "queued"), ("final_dot", "maybe_sent")])
def test_a_lease_that_ran_out_is_recovered_by_its_phase(store: Store, phase: str, state: str) -> None:
    id = posted(kind=SendKind.AUTO)
    _claimed()
    if phase == "final_dot":
        outbox_ends.note("a", NOW, final_dot=[id])
    assert stuck_letters.recover(None, NOW + timedelta(minutes=14)) == 0
    assert stuck_letters.recover(None, NOW + QUARTER) == 1
    assert outbox.get(id).state == state


def test_letters_of_a_dead_process_are_recovered_at_once(store: Store) -> None:
    posted()
    _claimed("dead")
    assert stuck_letters.recover(lambda owner: owner == "alive", NOW) == 0
    assert stuck_letters.recover(lambda owner: owner == "dead", NOW) == 1


def test_whose_lease_was_taken_over_can_do_nothing_more(store: Store) -> None:
    id = posted()
    _claimed()
    stuck_letters.recover(None, NOW + QUARTER)
    assert _claimed("b", NOW + QUARTER) == [id]
    assert outbox_ends.note("a", NOW, taken=[outbox_ends.Taken(id, 1, "250 ok")], final_dot=[id], untouched=[id]) == {
        id
    }
    assert outbox.get(id).phase == "connect"


def test_an_operator_can_send_again_what_failed_and_not_what_was_sent(store: Store) -> None:
    failed, sent = posted(), posted()
    _claimed()
    outbox_ends.failed(failed, "a", "550 no", NOW)
    taken_by_relay(sent, "a", "250 ok", NOW)
    stuck_letters.retry(failed, NOW + MINUTE)
    assert _claimed(now=NOW + MINUTE) == [failed]
    with pytest.raises(Refused, match="is sent"):
        stuck_letters.retry(sent, NOW)


def test_an_operator_can_stop_what_waits_and_not_what_is_under_way(store: Store) -> None:
    under_way, waits = posted(), posted(not_before=NOW + MINUTE)
    _claimed()
    stuck_letters.cancel(waits)
    assert outbox.get(waits).state == "cancelled"
    with pytest.raises(Refused, match="is sending"):
        stuck_letters.cancel(under_way)


def test_a_letter_that_is_not_due_yet_waits_too(store: Store) -> None:
    assert not outbox_claims.any_waits("support")
    stuck_letters.cancel(posted())
    assert not outbox_claims.any_waits("support")
    posted(not_before=NOW + MINUTE)
    assert outbox_claims.any_waits("support") and not outbox_claims.any_waits("sales")


def test_a_letter_that_does_not_exist_is_named(store: Store) -> None:
    assert outbox.by_message_id("<nobody@x>") is None
    with pytest.raises(Permanent, match="no outbox row 4711"):
        outbox.get(4711)
