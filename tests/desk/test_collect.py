"""Collect: durable here before anything changes there, whatever breaks in between; all against a real Dovecot."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Config
from mailticket.desk import collect as verb
from mailticket.desk.collect import Collected, collect, tidy
from mailticket.desk.mailbox.source import Source, open_source
from mailticket.desk.servers.credentials import imap_settings
from mailticket.domain.case import Status
from mailticket.errors import Temporary
from mailticket.store import blacklist, folders, inbox
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.wire.imap import Mailbox
from mailticket.wire.imap_session import Declined
from tests.builders import NOW
from tests.cast import CARLA, DIRK, MALLORY
from tests.desk.house import House, build, mail
from tests.servers.dovecot import Dovecot


class Mailroom:
    """A house, its mailbox on the server, and the connection between them."""

    def __init__(self, house: House, dovecot: Dovecot) -> None:
        self.house = house
        self.dovecot = dovecot
        self.user = house.service.imap.username
        self.folder = house.service.imap.folder
        with dovecot.client(self.user) as client:
            if not client.folder_exists(self.folder):
                client.create_folder(self.folder)
        self.mailbox = Mailbox(imap_settings(house.office, house.service))
        self.mailbox.open()

    def arrive(self, *raws: bytes, **late: float) -> None:
        """They come to the server now, by the house's clock, or so much later: `arrive(raw, days=-1)`."""
        with self.dovecot.client(self.user) as client:
            for raw in raws:
                client.append(self.folder, raw, msg_time=self.house.clock() + timedelta(**late))

    def source(self) -> Source:
        return open_source(self.house.office, self.house.service, self.mailbox)

    def collect(self, whole_folder: bool = False) -> Collected:
        return collect(self.house.office, self.source(), self.mailbox, whole_folder)

    def tidy(self) -> int:
        return tidy(self.house.office, self.source(), self.mailbox)

    def whole_turn(self) -> None:
        while self.collect().has_more:
            pass
        self.house.receive()
        self.tidy()

    def rows(self) -> list[inbox.InboxItem]:
        return list(self.house.in_store(inbox.list_items))[::-1]

    def there(self, folder: str = "") -> list[bytes]:
        return list(self.dovecot.mails(self.user, folder or self.folder).values())

    def number_anew(self) -> None:
        """The same mails under other UIDs and another UIDVALIDITY, as after a restore."""
        with self.dovecot.client(self.user) as client:
            client.rename_folder(self.folder, "Before")
            client.create_folder(self.folder)
            client.select_folder("Before")
            if uids := client.search():
                client.copy(uids, self.folder)


@pytest.fixture
def mailroom_with(
    mail_config: Callable[..., Config],
    dovecot: Dovecot,
    stored: Callable[[str], Store],
    parsers: Parsers,
    tmp_path: Path,
) -> Any:
    """`mailroom_with(first_run="ignore", before=[...])`: mails `before` are in the mailbox at the first contact."""
    rooms: list[Mailroom] = []

    def mailroom(before: tuple[bytes, ...] = (), **changes: object) -> Mailroom:
        house = build(mail_config(**changes), stored("sqlite"), parsers, tmp_path)
        rooms.append(Mailroom(house, dovecot))
        rooms[0].arrive(*before, days=-1)
        rooms[0].source()
        return rooms[0]

    yield mailroom
    for one in rooms:
        one.mailbox.close()


@pytest.fixture
def room(mailroom_with: Callable[..., Mailroom]) -> Mailroom:
    found: Mailroom = mailroom_with()
    return found


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def test_new_mail_comes_in_byte_for_byte_and_is_moved_when_it_is_done(room: Mailroom) -> None:
    raw = crlf(mail(text="Grüße\n.\nFrom here"))
    room.arrive(raw)
    assert room.collect() == Collected(1, False)
    (row,) = room.rows()
    assert room.house.in_store(lambda: blobs.get(row.blob)) == raw == room.there()[0]
    assert room.tidy() == 0 and row.server_state == "waiting"  # nothing is settled yet
    room.house.receive()
    assert room.tidy() == 1
    assert room.there() == [] and room.there("Processed") == [raw]
    assert room.rows()[0].server_state == "done"


def test_what_is_known_is_not_taken_twice(room: Mailroom) -> None:
    room.arrive(mail(), mail(DIRK))
    assert room.collect().taken == 2
    assert room.collect() == Collected(0, False)
    assert room.collect(whole_folder=True) == Collected(0, False)
    assert len(room.rows()) == 2


@pytest.mark.parametrize(
    ("first_run", "outcomes", "letters"),
    [("silent", ["imported", "opened"], 1), ("ignore", ["opened"], 1), ("process", ["opened", "opened"], 2)],
)
def test_mail_from_before_the_first_contact(
    mailroom_with: Callable[..., Mailroom], first_run: str, outcomes: list[str], letters: int
) -> None:
    room = mailroom_with(before=(mail(CARLA, "Long ago"),), first_run=first_run)
    room.arrive(mail(DIRK, "Today"))
    room.whole_turn()
    assert [one.outcome for one in room.rows()] == outcomes
    assert len(room.house.letters()) == letters
    assert len(room.there()) == (1 if first_run == "ignore" else 0)


def test_history_is_answered_as_new_once_its_customer_writes_again(mailroom_with: Callable[..., Mailroom]) -> None:
    room = mailroom_with(before=(mail(CARLA, message_id="<old@mail.example>"),))
    room.whole_turn()
    assert room.house.case().status is Status.CLOSED and not room.house.letters()
    room.arrive(mail(CARLA, "Re: On fire", in_reply_to="<old@mail.example>"))
    room.whole_turn()
    assert room.house.case().status is Status.REOPENED


@pytest.mark.parametrize("processed", ["move", "keep", "delete"])
def test_what_becomes_of_the_servers_copy(mailroom_with: Callable[..., Mailroom], processed: str) -> None:
    room = mailroom_with(processed=processed)
    room.arrive(mail())
    room.whole_turn()
    assert len(room.there()) == (processed == "keep")
    assert len(room.there("Processed")) == (processed == "move")
    assert room.tidy() == 0 and room.collect(whole_folder=True).taken == 0


@pytest.mark.parametrize("processed", ["move", "keep", "delete"])
def test_rejected_mail_is_deleted_for_good(mailroom_with: Callable[..., Mailroom], processed: str) -> None:
    room = mailroom_with(processed=processed)
    room.house.in_store(lambda: blacklist.add("*@elsewhere.example", "", "ann", NOW))
    room.arrive(mail(MALLORY))
    room.whole_turn()
    assert room.rows()[0].outcome == "rejected"
    assert not room.there() and not room.there("Processed") and not room.there("Trash")


def test_rejected_mail_goes_even_where_the_server_moves_nothing(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declined(*_: object, **__: object) -> set[int]:
        raise Declined("It would not move.", "NO")

    monkeypatch.setattr("mailticket.wire.imap.Mailbox.move", declined)
    room.house.in_store(lambda: blacklist.add("*@elsewhere.example", "", "ann", NOW))
    room.arrive(mail(CARLA), mail(MALLORY))
    with pytest.raises(Declined):
        room.whole_turn()
    assert sorted(row.server_state for row in room.rows()) == ["done", "todo"] and len(room.there()) == 1


def test_a_mail_that_could_not_be_handled_stays_on_the_server(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mailticket.desk.receive.read", broken)
    room.arrive(mail())
    room.collect()
    for _ in range(5):
        room.house.receive()
        room.house.clock.forward(hours=1)
    assert room.rows()[0].state == "shunted"
    assert room.tidy() == 0 and len(room.there()) == 1


def test_other_mails_and_their_flags_are_left_alone(mailroom_with: Callable[..., Mailroom]) -> None:
    room = mailroom_with(before=(mail(MALLORY, "Private"), mail(MALLORY, "Draft")), first_run="ignore")
    with room.dovecot.client(room.user) as human:
        human.select_folder("INBOX")
        human.add_flags([1], [rb"\Flagged", rb"\Deleted", b"$Mine"])
        room.arrive(mail(CARLA), mail(DIRK))
        room.whole_turn()
        human.noop()
        flags = {uid: set(found[b"FLAGS"]) for uid, found in human.fetch([1, 2], ["FLAGS"]).items()}
    assert {rb"\Flagged", rb"\Deleted", b"$Mine"} <= flags[1] and rb"\Seen" not in flags[1] | flags[2]
    assert len(room.there()) == 2 and len(room.there("Processed")) == 2


def test_mail_that_a_human_moved_away_meanwhile_counts_as_done(room: Mailroom) -> None:
    room.arrive(mail())
    room.collect()
    room.house.receive()
    with room.dovecot.client(room.user) as human:
        human.select_folder("INBOX")
        human.delete_messages([1])
        human.expunge()
    assert room.tidy() == 1 and room.rows()[0].server_state == "done"


def test_a_mail_that_vanishes_before_it_is_fetched_is_left_out(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.arrive(mail(CARLA), mail(DIRK))
    real = Mailbox.fetch

    def too_late(mailbox: Mailbox, wanted: Any) -> Any:
        with room.dovecot.client(room.user) as human:
            human.select_folder("INBOX")
            human.delete_messages([1])
            human.expunge()
        return real(mailbox, wanted)

    monkeypatch.setattr(Mailbox, "fetch", too_late)
    assert room.collect() == Collected(1, False)
    assert room.collect() == Collected(0, False)


def test_a_mail_above_max_size_is_streamed_and_opened_with_its_head(mailroom_with: Callable[..., Mailroom]) -> None:
    room = mailroom_with(max_size=400_000)
    raw = crlf(mail(CARLA, text="Long. " * 200_000))
    room.arrive(raw, mail(DIRK))
    room.whole_turn()
    large = next(one for one in room.rows() if one.size > 400_000)
    assert room.house.in_store(lambda: blobs.get(large.blob)) == raw
    assert large.outcome == "opened" and len(room.house.cases()) == 2
    assert room.there() == []


def test_mails_that_exchange_cannot_give_stop_no_other(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room.arrive(mail(CARLA), mail(MALLORY), mail(DIRK))
    real = Mailbox.fetch

    def faulty(mailbox: Mailbox, wanted: Any) -> Any:
        if 2 in wanted:
            raise Declined("The server declined to fetch mails.", "NO [SERVERBUG]")
        return real(mailbox, wanted)

    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, "fetch", faulty)
        assert room.collect() == Collected(2, False)
        assert "UID 2 is left on the server" in caplog.text
        assert room.collect() == Collected(0, False)
        with pytest.raises(Declined):  # alone, it may be the server's own trouble
            room.collect(whole_folder=True)
    assert room.collect(whole_folder=True) == Collected(1, False)


def test_a_large_folder_is_taken_in_rounds_and_nothing_is_left_out(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "ROUND_MAILS", 3)
    monkeypatch.setattr(verb, "BATCH_MAILS", 2)
    room.arrive(*(mail(text=str(number)) for number in range(7)))
    rounds = [room.collect() for _ in range(3)]
    assert rounds == [Collected(3, True), Collected(3, True), Collected(1, False)]
    assert room.house.woken.count("receive") == 5


def test_a_round_holds_only_so_many_bytes_but_always_one_mail(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "ROUND_BYTES", 1000)
    room.arrive(mail(text="x" * 2000), mail(), mail())
    assert room.collect() == Collected(1, True)
    assert room.collect() == Collected(2, False)


def test_a_missed_mail_is_found_when_the_whole_folder_is_looked_at(room: Mailroom) -> None:
    room.arrive(mail(CARLA), mail(DIRK))
    folder = room.source().folder
    room.house.in_store(lambda: folders.advance(folder.service, folder.folder, 2))
    assert room.collect().taken == 0
    assert room.collect(whole_folder=True).taken == 2


@pytest.mark.parametrize("first_run", ["silent", "ignore", "process"])
def test_a_server_that_numbers_its_mails_anew_opens_no_case_and_sends_no_mail(
    mailroom_with: Callable[..., Mailroom], caplog: pytest.LogCaptureFixture, first_run: str
) -> None:
    room = mailroom_with(before=(mail(CARLA, "Long ago"),), first_run=first_run, processed="keep", folder="Support")
    room.arrive(mail(DIRK, "Today"))
    room.whole_turn()
    before = (len(room.house.cases()), len(room.house.letters()), len(room.there()))
    room.number_anew()
    room.whole_turn()
    assert "numbered the mails of Support anew" in caplog.text
    assert (len(room.house.cases()), len(room.house.letters()), len(room.there())) == before
    assert room.collect(whole_folder=True).taken == 0


@pytest.mark.parametrize("first_run", ["silent", "ignore", "process"])
def test_what_came_while_the_server_numbered_anew_is_new_mail(
    mailroom_with: Callable[..., Mailroom], first_run: str
) -> None:
    room = mailroom_with(first_run=first_run, folder="Support")
    room.number_anew()
    room.arrive(mail(), hours=1)
    room.whole_turn()
    assert [one.outcome for one in room.rows()] == ["opened"] and room.there() == []


def test_history_is_history_after_the_server_numbered_anew(mailroom_with: Callable[..., Mailroom]) -> None:
    room = mailroom_with(before=(mail(CARLA, "Long ago"),), first_run="silent", folder="Support")
    room.number_anew()  # before it was ever collected
    room.whole_turn()
    assert [one.outcome for one in room.rows()] == ["imported"] and not room.house.letters()


IMAP_STEPS = ["uids_from", "sizes", "fetch"]
STORE_STEPS = [(blobs, "put_many"), (inbox, "take"), (folders, "advance")]


class PowerCut(BaseException):
    """The process ends here."""


def raises(error: BaseException) -> Callable[..., None]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def after(real: Callable[..., Any], error: BaseException) -> Callable[..., None]:
    def fails(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise error

    return fails


@pytest.mark.parametrize("name", IMAP_STEPS)
def test_a_connection_that_breaks_while_collecting_loses_and_doubles_nothing(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    room.arrive(mail(CARLA), mail(DIRK))
    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, name, raises(Temporary("The server broke off.")))
        with pytest.raises(Temporary):
            room.collect()
    assert not room.rows()
    room.whole_turn()
    assert [one.outcome for one in room.rows()] == ["opened"] * 2 and room.there() == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("where", "name"), STORE_STEPS)
def test_a_crash_while_collecting_loses_and_doubles_nothing(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, when: str
) -> None:
    room.arrive(mail(CARLA), mail(DIRK))
    with monkeypatch.context() as broken:
        fails = raises(PowerCut()) if when == "before" else after(getattr(where, name), PowerCut())
        broken.setattr(where, name, fails)
        with pytest.raises(PowerCut):
            room.collect()
    assert len(room.there()) == 2
    room.whole_turn()
    assert [one.outcome for one in room.rows()] == ["opened"] * 2 and len(room.there("Processed")) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["move", "delete"])
def test_a_connection_that_breaks_while_the_server_is_changed_is_made_good(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    room.house.in_store(lambda: blacklist.add(MALLORY.address, "", "ann", NOW))
    room.arrive(mail(CARLA), mail(MALLORY), mail(DIRK))
    room.collect()
    room.house.receive()
    with monkeypatch.context() as broken:
        error = Temporary("The server broke off.")
        broken.setattr(Mailbox, name, raises(error) if when == "before" else after(getattr(Mailbox, name), error))
        with pytest.raises(Temporary):
            room.tidy()
    room.tidy()
    assert room.there() == [] and len(room.there("Processed")) == 2
    assert {one.server_state for one in room.rows()} == {"done"}


def test_a_crash_before_the_change_is_noted_repeats_it_harmlessly(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.arrive(mail())
    room.collect()
    room.house.receive()
    with monkeypatch.context() as broken:
        broken.setattr(folders, "server_done", raises(PowerCut()))
        with pytest.raises(PowerCut):
            room.tidy()
    assert room.tidy() == 1 and len(room.there("Processed")) == 1


def test_the_server_is_changed_only_after_the_commit(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another connection of the database sees the outcome at the moment when the mail is moved."""
    room.arrive(mail())
    room.collect()
    room.house.receive()
    seen: list[str] = []
    real = Mailbox.move

    def watched(mailbox: Mailbox, uids: Any, folder: str) -> Any:
        other = sqlite3.connect(room.house.office.store.path)
        seen.extend(state for (state,) in other.execute("SELECT state FROM inbox"))
        other.close()
        return real(mailbox, uids, folder)

    monkeypatch.setattr(Mailbox, "move", watched)
    room.tidy()
    assert seen == ["done"]
