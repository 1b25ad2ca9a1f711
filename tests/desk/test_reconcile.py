"""The server against the database, with a real Dovecot: lost, returned, reused, taken away, unknown in Processed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from mailticket.config.models import Config
from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox import reconcile
from mailticket.desk.mailbox.reconcile import Findings, compare, mend
from mailticket.desk.mailbox.source import PROCESSED, Source, open_source
from mailticket.desk.servers.credentials import imap_settings
from mailticket.store.tables.mail_tables import Inbox
from mailticket.wire.imap import Mailbox
from tests.cast import CARLA
from tests.desk.house import House, mail
from tests.servers.dovecot import Dovecot


@dataclass
class Post:
    """A watched mailbox. `look` is one look at it as the daemon makes it."""

    house: House
    mailbox: Mailbox

    def deliver(self, *subjects: str) -> None:
        for subject in subjects:
            self.mailbox.append(mail(CARLA, subject), "INBOX")

    def source(self) -> Source:
        return open_source(self.house.office, self.house.service, self.mailbox)

    def found(self) -> Findings:
        return compare(self.house.office, self.source(), self.mailbox)

    def mend(self) -> Findings:
        """Compares, mends, looks: what is still wrong then."""
        mend(self.house.office, self.source(), self.found())
        self.look()
        return self.found()

    def look(self) -> None:
        collect(self.house.office, self.source(), self.mailbox)
        self.house.receive()
        tidy(self.house.office, self.source(), self.mailbox)

    def subjects(self) -> list[str]:
        """Of the cases, sorted."""
        return sorted(one.subject for one in self.house.cases())

    def unknown(self) -> list[int]:
        beside = reconcile.open_processed(self.source(), self.mailbox)
        assert beside is not None
        with beside:
            return reconcile.unknown_in_processed(self.house.office, self.source(), beside)

    def put_back(self) -> None:
        """Somebody moves everything from Processed back to the folder."""
        beside = reconcile.open_processed(self.source(), self.mailbox)
        assert beside is not None
        with beside:
            beside.move(beside.all_uids(), "INBOX")

    def forget(self, subject: str) -> None:
        """The database is an older one, which does not know this mail."""
        self.house.in_store(lambda: Inbox.delete().where(Inbox.subject == subject).execute())


@pytest.fixture
def post(house: House, mail_config: Callable[..., Config], dovecot: Dovecot) -> Iterator[Post]:
    house.with_config(mail_config())
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        post = Post(house, mailbox)
        post.source()
        post.deliver("first", "second")
        post.look()
        yield post


def test_what_agrees_is_clean(post: Post) -> None:
    assert post.found() == Findings() and post.unknown() == []
    assert post.subjects() == ["first", "second"]


def test_a_mail_below_the_watermark_is_found_and_taken_in(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.deliver("third")
    source = post.source()
    post.house.in_store(lambda: reconcile.folders.advance("support", "INBOX", source.state.uidnext + 5))
    post.look()
    assert post.subjects() == ["first", "second"] and len(post.found().lost) == 1
    assert post.mend().is_clean and post.subjects() == ["first", "second", "third"]
    assert "support: reconciled with the mailbox; mails that were missed: 1" in caplog.messages


def test_mails_that_nobody_looked_at_yet_are_no_trouble(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    post.deliver("third", "fourth")
    assert post.mend().is_clean and post.subjects() == ["first", "fourth", "second", "third"]
    told = [(one.levelname, one.message) for one in caplog.records if one.name == reconcile.__name__]
    assert told == [("INFO", "support: mails to take in: 2")]


def test_mails_that_somebody_moved_back_do_nothing_and_go_again(post: Post) -> None:
    post.put_back()
    assert len(post.found().lost) == 2
    assert post.mend() == Findings() and post.subjects() == ["first", "second"]


def test_a_mail_that_the_server_only_said_it_moved_is_moved_again(post: Post) -> None:
    post.deliver("third")
    collect(post.house.office, post.source(), post.mailbox)
    post.house.receive()
    post.house.in_store(lambda: Inbox.update(server_state="done").execute())
    assert len(post.found().returned) == 1
    post.mend()
    assert post.mailbox.all_uids() == [] and post.found().is_clean


def test_a_mail_that_somebody_took_away_is_let_be(post: Post) -> None:
    post.deliver("third")
    collect(post.house.office, post.source(), post.mailbox)
    post.mailbox.delete(post.mailbox.all_uids())
    assert len(post.found().vanished) == 1
    assert post.mend().is_clean and "third" in post.subjects()


def test_a_number_that_a_restored_mailbox_gave_to_another_mail_loses_no_mail(post: Post) -> None:
    post.deliver("third")
    (uid,) = post.mailbox.all_uids()
    taken = {"source_key": f"{post.source().state.uidvalidity}/{uid}", "uid": uid, "received_at": post.house.clock()}
    post.house.in_store(lambda: Inbox.update(taken).where(Inbox.subject == "second").execute())
    post.house.in_store(lambda: reconcile.folders.advance("support", "INBOX", uid))
    post.look()
    assert "third" not in post.subjects() and len(post.found().reused) == 1
    assert post.mend().is_clean and post.subjects() == ["first", "second", "third"]


def test_after_an_older_database_was_restored_mails_in_processed_are_found(post: Post) -> None:
    post.forget("second")
    (uid,) = post.unknown()
    beside = reconcile.open_processed(post.source(), post.mailbox)
    assert beside is not None
    with beside:
        assert beside.move([uid], "INBOX") == {uid}
    post.look()
    assert post.unknown() == [] and len(post.house.letters("auto_reply")) == len(post.house.cases())


def test_mail_from_before_the_activation_is_nobodys_loss(post: Post) -> None:
    post.forget("second")
    at = post.house.clock.now + timedelta(days=365 * 20)
    folder = reconcile.folders.mail_tables.Folder
    post.house.in_store(lambda: folder.update(activated_at=at).execute())
    assert post.unknown() == []


def test_a_deleted_processed_folder_is_made_again_and_nothing_is_lost(post: Post) -> None:
    post.mailbox._session.ask("delete a folder", "delete_folder", post.mailbox.full_name(PROCESSED))
    assert reconcile.open_processed(post.source(), post.mailbox) is None
    post.deliver("third")
    post.look()
    assert post.found().is_clean and post.unknown() == [] and "third" in post.subjects()


def test_kept_mails_are_compared_and_left_where_they_are(
    house: House, mail_config: Callable[..., Config], dovecot: Dovecot
) -> None:
    house.with_config(mail_config(processed="keep"))
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        post = Post(house, mailbox)
        post.source()
        post.deliver("first")
        post.look()
        mailbox.delete(mailbox.all_uids())
        assert post.found().is_clean
