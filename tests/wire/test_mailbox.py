"""A mailbox on a real Dovecot: read byte for byte, moved, deleted, waited for."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailticket.errors import AccountTrouble, Permanent, Temporary
from mailticket.wire.imap import ImapSettings, Mailbox, probe
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, Options

WITHOUT_MOVE = Options(capability="IMAP4rev1 UIDPLUS NAMESPACE LITERAL+ IDLE")
BARE = Options(capability="IMAP4rev1")
DOTTED = Options(prefix="INBOX.", separator=".")
LIKE_GMAIL = Options(all_mail=True)


def mail(number: int = 1, size: int = 0) -> bytes:
    return f"Subject: mail {number}\r\nX-Odd: \xe4\r\n\r\n".encode("latin-1") + b"text\r\n" + b"x" * size


def settings(server: Dovecot, user: str) -> ImapSettings:
    return ImapSettings(server.host, server.tls_port, user, server.password, "tls", ca_file=server.ca_file)


@pytest.fixture
def mailbox(dovecot: Dovecot, fresh_user: str) -> Iterator[Mailbox]:
    with Mailbox(settings(dovecot, fresh_user)) as opened:
        yield opened


@pytest.fixture
def filled(mailbox: Mailbox) -> Mailbox:
    """Three mails: UIDs 1, 2, 3."""
    for number in (1, 2, 3):
        mailbox.append(mail(number), "INBOX")
    mailbox.status()
    return mailbox


@pytest.fixture
def open_mailbox(
    dovecot_with: Callable[[Options], Dovecot], fresh_user: str
) -> Iterator[Callable[[Options], tuple[Dovecot, Mailbox]]]:
    opened: list[Mailbox] = []

    def open_it(options: Options) -> tuple[Dovecot, Mailbox]:
        server = dovecot_with(options)
        opened.append(Mailbox(settings(server, fresh_user)))
        opened[0].open()
        for number in (1, 2, 3):
            server.deliver(fresh_user, mail(number))
        opened[0].status()
        return server, opened[0]

    yield open_it
    for one in opened:
        one.close()


def test_an_empty_mailbox_says_where_it_begins(mailbox: Mailbox) -> None:
    state = mailbox.status()
    assert (state.exists, state.uidnext) == (0, 1)
    assert state.uidvalidity > 0
    assert mailbox.all_uids() == []


def test_uids_are_counted_from_a_first_one(filled: Mailbox) -> None:
    assert filled.all_uids() == [1, 2, 3]
    assert filled.uids_from(2) == [2, 3]


def test_no_mail_is_found_behind_the_last_one(filled: Mailbox) -> None:
    """Servers answer "9:*" with the last mail although its UID is 3."""
    assert filled.uids_from(9) == []


def test_large_folders_are_searched_by_ranges(filled: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailticket.wire.imap_reader._SEARCH_SPAN", 2)
    assert filled.all_uids() == [1, 2, 3]
    assert filled.uids_from(3) == [3]


def test_mails_are_fetched_byte_for_byte(filled: Mailbox) -> None:
    told = filled.sizes([3, 1])
    assert [(one.uid, one.raw) for one in filled.fetch(told)] == [(1, mail(1)), (3, mail(3))]
    assert abs(told[1].internal_at - datetime.now(UTC)) < timedelta(minutes=2)
    assert told[1].internal_at.tzinfo is UTC


@pytest.mark.parametrize("limit", [1, 90, 10_000])
def test_no_batch_is_heavier_than_memory_allows(limit: int, filled: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailticket.wire.imap._FETCH_BYTES", limit)
    assert [one.raw for one in filled.fetch(filled.sizes([1, 2, 3]))] == [mail(1), mail(2), mail(3)]


def test_fetching_does_not_mark_as_read(filled: Mailbox, dovecot: Dovecot) -> None:
    list(filled.fetch(filled.sizes([1])))
    filled.fetch_head(1, 10)
    filled.fetch_to(1, lambda _: None)
    with dovecot.client(filled.settings.username) as other:
        other.select_folder("INBOX")
        assert {b"\\Seen", b"\\Deleted"}.isdisjoint(other.get_flags([1])[1])


def test_a_vanished_mail_is_just_absent(filled: Mailbox) -> None:
    told = filled.sizes([2, 77])
    assert set(told) == {2}
    assert [one.uid for one in filled.fetch(told | {77: told[2]})] == [2]
    assert filled.fetch_head(77, 10) is None


def test_sizes_are_told_before_anything_is_fetched(filled: Mailbox) -> None:
    assert filled.sizes([1, 2])[2].size == len(mail(2))


@pytest.mark.parametrize("size", [0, 990, 1000, 5000])
def test_a_large_mail_is_streamed_in_chunks(mailbox: Mailbox, size: int) -> None:
    uid = mailbox.append(mail(1, size), "INBOX")
    mailbox.status()
    chunks: list[bytes] = []
    assert uid is not None
    assert mailbox.fetch_to(uid, chunks.append, chunk=500) == len(mail(1, size))
    assert b"".join(chunks) == mail(1, size)
    assert max(map(len, chunks)) <= 500


def test_twenty_megabytes_arrive_whole(mailbox: Mailbox) -> None:
    raw = mail(1, 20_000_000)
    uid = mailbox.append(raw, "INBOX")
    mailbox.status()
    digest = hashlib.sha256()
    assert uid is not None
    mailbox.fetch_to(uid, digest.update)
    assert digest.digest() == hashlib.sha256(raw).digest()


def test_streaming_a_vanished_mail_fails_for_now(filled: Mailbox) -> None:
    with pytest.raises(Temporary, match="vanished"):
        filled.fetch_to(77, lambda _: None)


def test_the_head_of_a_mail_can_be_read_alone(filled: Mailbox) -> None:
    assert filled.fetch_head(1, 12) == mail(1)[:12]


@pytest.mark.parametrize("options", [Options(), WITHOUT_MOVE, DOTTED])
def test_moved_mails_stand_in_the_other_folder(
    options: Options, open_mailbox: Callable[[Options], tuple[Dovecot, Mailbox]]
) -> None:
    server, mailbox = open_mailbox(options)
    assert mailbox.move([1, 3], "Processed") == {1, 3}
    assert mailbox.all_uids() == [2]
    kept = server.mails(mailbox.settings.username, f"{options.prefix}Processed")
    assert sorted(kept.values()) == [mail(1), mail(3)]


def test_moving_what_is_gone_already_counts_as_gone(filled: Mailbox) -> None:
    assert filled.move([1, 77], "Processed") == {1, 77}


def test_a_folder_below_a_folder_takes_the_separator_of_the_server(
    open_mailbox: Callable[[Options], tuple[Dovecot, Mailbox]],
) -> None:
    server, mailbox = open_mailbox(DOTTED)
    mailbox.move([1], "Help Desk/Bearbeitet für später")
    assert "INBOX.Help Desk.Bearbeitet für später" in server.folders(mailbox.settings.username)


def test_a_folder_that_was_deleted_meanwhile_is_made_again(filled: Mailbox, dovecot: Dovecot) -> None:
    filled.move([1], "Processed")
    with dovecot.client(filled.settings.username) as other:
        other.delete_folder("Processed")
    assert filled.move([2], "Processed") == {2}
    assert list(dovecot.mails(filled.settings.username, "Processed").values()) == [mail(2)]


def test_deleting_leaves_what_others_marked_as_deleted(filled: Mailbox, dovecot: Dovecot) -> None:
    with dovecot.client(filled.settings.username) as other:
        other.select_folder("INBOX")
        other.add_flags([2], [rb"\Deleted"])
    assert filled.delete([1]) == {1}
    assert filled.all_uids() == [2, 3]


def test_without_uidplus_nothing_is_deleted(open_mailbox: Callable[[Options], tuple[Dovecot, Mailbox]]) -> None:
    _server, mailbox = open_mailbox(BARE)
    with pytest.raises(Permanent, match=r"UIDPLUS.*keep"):
        mailbox.delete([1])
    with pytest.raises(Permanent, match="UIDPLUS"):
        mailbox.move([1], "Processed")
    assert mailbox.all_uids() == [1, 2, 3]


def test_where_all_mail_is_kept_deletion_goes_through_trash(
    open_mailbox: Callable[[Options], tuple[Dovecot, Mailbox]],
) -> None:
    server, mailbox = open_mailbox(LIKE_GMAIL)
    user = mailbox.settings.username
    human = server.deliver(user, b"Subject: a human put this here\r\n\r\n", "Trash")
    assert mailbox.delete([1, 2]) == {1, 2}
    assert list(server.mails(user, "Trash")) == [human]
    assert mailbox.all_uids() == [3]


def test_waiting_ends_when_a_mail_comes(mailbox: Mailbox, dovecot: Dovecot) -> None:
    timer = threading.Timer(0.3, dovecot.deliver, (mailbox.settings.username, mail(1)))
    timer.start()
    assert mailbox.wait(20, threading.Event())
    timer.join()
    assert mailbox.all_uids() == [1]


def test_waiting_ends_when_the_time_is_over(mailbox: Mailbox) -> None:
    assert not mailbox.wait(0.2, threading.Event())
    assert mailbox.status().exists == 0


def test_waiting_is_renewed_before_firewalls_forget_it(
    mailbox: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailticket.wire.imap._IDLE_RENEWED_AFTER", 0.2)
    timer = threading.Timer(0.7, dovecot.deliver, (mailbox.settings.username, mail(1)))
    timer.start()
    assert mailbox.wait(20, threading.Event())
    timer.join()


@pytest.mark.parametrize("options", [Options(), WITHOUT_MOVE, BARE])
def test_waiting_ends_when_we_are_told_to_stop(
    options: Options, open_mailbox: Callable[[Options], tuple[Dovecot, Mailbox]]
) -> None:
    _server, mailbox = open_mailbox(options)
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    began = time.monotonic()
    mailbox.wait(60, stop)
    assert time.monotonic() - began < 10
    timer.join()


def test_waiting_can_be_broken_off_from_another_thread(mailbox: Mailbox) -> None:
    timer = threading.Timer(0.2, mailbox.abort)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Temporary):
        mailbox.wait(60, threading.Event())
    assert time.monotonic() - began < 10
    timer.join()


def test_starttls_serves_as_well(dovecot: Dovecot, fresh_user: str) -> None:
    with_starttls = replace(settings(dovecot, fresh_user), port=dovecot.port, security="starttls")
    assert probe(with_starttls).tls.version in ("TLSv1.2", "TLSv1.3")


def test_plain_text_serves_on_the_loopback(dovecot: Dovecot, fresh_user: str) -> None:
    plain = replace(settings(dovecot, fresh_user), port=dovecot.port, security="none")
    assert probe(plain).tls.version == ""


def test_a_probe_tells_capabilities_and_the_end_of_the_certificate(dovecot: Dovecot, fresh_user: str) -> None:
    found = probe(settings(dovecot, fresh_user))
    assert {"IDLE", "MOVE", "UIDPLUS"} <= found.capabilities
    assert found.tls.certificate_expires_at is not None
    assert found.tls.certificate_expires_at > datetime.now(UTC)


def test_a_wrong_password_names_server_user_and_way_out(dovecot: Dovecot, fresh_user: str) -> None:
    with pytest.raises(AccountTrouble) as caught:
        Mailbox(replace(settings(dovecot, fresh_user), password="wrong")).open()
    assert fresh_user in str(caught.value)
    assert dovecot.host in str(caught.value)
    assert "app password" in caught.value.fix
    assert "wrong" not in str(caught.value)


def test_a_missing_folder_is_a_mistake_of_the_config(dovecot: Dovecot, fresh_user: str) -> None:
    with pytest.raises(Permanent, match=r"no folder 'Nowhere'.*service\.imap"):
        Mailbox(replace(settings(dovecot, fresh_user), folder="Nowhere")).open()


@pytest.mark.parametrize("bad", ["x\r\nA1 DELETE INBOX", "x\ny", "x\x00y"])
def test_no_line_break_gets_into_a_command(filled: Mailbox, bad: str) -> None:
    with pytest.raises(Permanent, match="line break"):
        filled.move([1], bad)
    assert filled.all_uids() == [1, 2, 3]


def test_a_restarted_server_is_a_passing_trouble(mailbox: Mailbox, dovecot: Dovecot) -> None:
    dovecot.restart()
    with pytest.raises(Temporary):
        mailbox.status()
    assert not mailbox.is_open
    assert mailbox.open().exists == 0


def test_a_ca_that_nobody_knows_is_trouble_of_the_account(
    dovecot: Dovecot, fresh_user: str, certificates: Certificates
) -> None:
    foreign = replace(settings(dovecot, fresh_user), ca_file=str(certificates.ca_file))
    with pytest.raises(AccountTrouble, match="CA that this machine does not know"):
        Mailbox(foreign).open()
