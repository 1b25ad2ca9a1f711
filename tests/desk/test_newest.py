"""The newest mails of a long folder: those that depend on no other are taken in first; against a real Dovecot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailticket.desk import collect as verb
from mailticket.desk.mailbox import newest as ahead
from mailticket.desk.mailbox.newest import Newest
from mailticket.domain.address import Address
from mailticket.errors import Temporary
from mailticket.store import inbox
from mailticket.wire.imap import Mailbox
from mailticket.wire.imap_session import Declined
from tests.cast import ANN, CARLA
from tests.desk.house import mail
from tests.desk.test_collect import Mailroom, mailroom_with, raises, room

__all__ = ["mailroom_with", "room"]


def inquiry(number: int, subject: str = "") -> bytes:
    """A new matter of somebody who wrote nothing else."""
    return mail(Address("", f"customer{number}@many.example"), subject or f"Matter {number}")


def answer(number: int) -> bytes:
    return inquiry(number, f"Re: Matter {number}")


def taken(room: Mailroom, newest: Newest | None = None) -> frozenset[int]:
    return (newest or Newest()).take_in(room.house.office, room.source(), room.mailbox)


def uids(room: Mailroom) -> list[int]:
    return [int(one.source_key.rpartition("/")[2]) for one in room.rows()]


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "ROUND_MAILS", 4)
    monkeypatch.setattr(verb, "BATCH_MAILS", 2)
    monkeypatch.setattr(ahead, "LOOKED_AT", 2)


def test_only_new_matters_of_the_newest_mails_are_taken_in_before_their_turn(room: Mailroom) -> None:
    room.arrive(inquiry(1), answer(2), mail(ANN), inquiry(3), mail(CARLA, "One"), mail(CARLA, "Two"))
    assert taken(room) == {1, 4, 5}
    assert taken(room) == set()
    assert [(one.source_key.rpartition("/")[2], one.subject) for one in room.rows()] == [
        ("1", ""),
        ("4", ""),
        ("5", ""),
    ]


@pytest.mark.usefixtures("few_at_a_time")
def test_in_a_long_round_the_newest_come_in_between_and_each_mail_comes_once(room: Mailroom) -> None:
    room.arrive(*(answer(number) for number in range(6)), inquiry(6), inquiry(7))
    assert room.collect().has_more
    assert uids(room) == [7, 8, 1, 2, 3, 4]
    while room.collect().has_more:
        pass
    assert sorted(uids(room)) == list(range(1, 9))


@pytest.mark.usefixtures("few_at_a_time")
def test_what_comes_during_a_round_does_not_wait_for_its_end(room: Mailroom) -> None:
    room.arrive(*(answer(number) for number in range(6)))

    def arrives(_verb: str) -> None:
        if len(room.rows()) == 2:
            room.arrive(inquiry(6))

    office = replace(room.house.office, wake=arrives)
    verb.collect(office, room.source(), room.mailbox)
    assert uids(room) == [1, 2, 7, 3, 4]


@pytest.mark.parametrize("name", ["uids_from", "sizes", "heads", "fetch"])
def test_a_connection_that_breaks_at_the_newest_loses_and_doubles_nothing(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    room.arrive(answer(1), inquiry(2), inquiry(3))
    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, name, raises(Temporary("The server broke off.")))
        with pytest.raises(Temporary):
            taken(room)
    taken(room)
    room.whole_turn()
    assert sorted(uids(room)) == [1, 2, 3] and room.there() == []


def test_a_kill_before_the_round_is_over_leaves_the_rest_for_the_next(room: Mailroom) -> None:
    room.arrive(answer(1), answer(2), inquiry(3))
    taken(room)
    assert room.source().folder.scanned_uid == 0
    room.whole_turn()
    assert uids(room) == [3, 1, 2] and room.source().folder.scanned_uid == 3


def test_a_newest_mail_that_the_server_cannot_give_stops_nothing(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.arrive(inquiry(1))
    newest = Newest()
    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, "heads", raises(Declined("NO", "It cannot be given.")))
        assert taken(room, newest) == set()
    assert taken(room, newest) == set()
    room.whole_turn()
    assert uids(room) == [1]


def test_history_keeps_its_order(mailroom_with: Callable[..., Mailroom]) -> None:
    room = mailroom_with(before=(inquiry(1), inquiry(2)), first_run="process")
    room.arrive(inquiry(3))
    assert taken(room) == {3}


def test_no_more_come_before_their_turn_than_so_many_that_wait(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST_AHEAD", 3)
    room.arrive(*(inquiry(number) for number in range(5)))
    newest = Newest()
    assert taken(room, newest) == {3, 4, 5}
    assert taken(room, newest) == set()
    room.house.receive()
    assert taken(room, newest) == {1, 2}


def test_who_has_mail_waiting_gets_no_second_one_in_before_its_turn(room: Mailroom) -> None:
    room.arrive(mail(CARLA, "One"))
    assert taken(room) == {1}
    room.arrive(mail(CARLA, "Two"))
    assert taken(room) == set()
    assert len(room.house.in_store(inbox.list_items)) == 1
