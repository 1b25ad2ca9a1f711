"""Somebody works in the same mailbox with a mail program all the while: what they leave there becomes a case, once."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from mailticket.config.models import Config
from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox.reconcile import compare, mend
from mailticket.desk.mailbox.source import open_source
from mailticket.desk.servers.credentials import imap_settings
from mailticket.domain.case import EntryKind
from mailticket.errors import MailticketError
from mailticket.store import inbox
from mailticket.wire.imap import Mailbox
from tests.desk.house import House, mail
from tests.servers.dovecot import Dovecot

#: `make soak-faults` lets it last longer.
ACTS = int(os.environ.get("MAILTICKET_MEDDLING", "80"))
#: So many acts may fall between one look of the desk and the end of its next.
PACE = 5
DECOYS = [f"Decoy {number}" for number in range(5)]


class Meddler:
    """A person at a webmail: reads, flags, moves away and back, deletes; and mail keeps coming in."""

    def __init__(self, dovecot: Dovecot, user: str, seed: int) -> None:
        self.dovecot, self.user = dovecot, user
        self.chance = random.Random(seed)
        self.came: list[str] = []
        self.deleted: set[str] = set()
        self.may_act = threading.Semaphore(0)
        with dovecot.client(user) as client:
            client.create_folder("Archive")
            client.create_folder("Processed")

    def work(self, acts: int) -> None:
        with self.dovecot.client(self.user) as client:
            for _ in range(acts):
                self.may_act.acquire()
                with suppress(IMAPClientError):  # the desk was quicker
                    self._act(client)

    def _act(self, client: IMAPClient) -> None:
        act = self.chance.choice(["come", "come", "come", "read", "flag", "away", "back", "from Processed", "delete"])
        if act == "come":
            subject = f"Mail {len(self.came)}"
            self.came.append(subject)
            client.append("INBOX", mail(f"c{len(self.came)}@many.example", subject))
            return
        folder = {"back": "Archive", "from Processed": "Processed"}.get(act, "INBOX")
        client.select_folder(folder)
        subjects = self._subjects(client)
        if not subjects:
            return
        uid = self.chance.choice(sorted(subjects))
        if act in ("read", "flag"):
            client.add_flags(uid, ["\\Seen" if act == "read" else "\\Flagged"])
        elif act == "delete":
            self.deleted.add(subjects[uid])
            client.add_flags(uid, ["\\Deleted"])
            client.uid_expunge(uid)
        else:
            client.move(uid, "Archive" if act == "away" else "INBOX")

    @staticmethod
    def _subjects(client: IMAPClient) -> dict[int, str]:
        """Of the folder's mails, decoys apart, by UID."""
        found = client.fetch(client.search(), ["ENVELOPE"])
        named = {uid: parts[b"ENVELOPE"].subject.decode() for uid, parts in found.items() if b"ENVELOPE" in parts}
        return {uid: subject for uid, subject in named.items() if subject not in DECOYS}


def looks(house: House, mailbox: Mailbox) -> None:
    """As the daemon does it: what somebody does in between is met again at the next look."""
    try:
        source = open_source(house.office, house.service, mailbox)
        mend(house.office, source, compare(house.office, source, mailbox))
        collect(house.office, source, mailbox)
        house.receive()
        tidy(house.office, source, mailbox)
    except MailticketError:
        mailbox.close()
        mailbox.open()


def flags(dovecot: Dovecot, user: str) -> dict[str, set[bytes]]:
    """Of the decoys, by subject."""
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search(), ["ENVELOPE", "FLAGS"])
    named = {parts[b"ENVELOPE"].subject.decode(): set(parts[b"FLAGS"]) for parts in found.values()}
    return {name: kept - {b"\\Recent"} for name, kept in named.items() if name in DECOYS}


def test_whatever_somebody_does_in_the_mailbox_no_mail_is_lost_or_becomes_two_cases(
    house: House, mail_config: Callable[..., Config], dovecot: Dovecot, fresh_user: str
) -> None:
    house.with_config(mail_config(first_run="ignore"))
    for subject in DECOYS:
        dovecot.deliver(fresh_user, mail(subject=subject))
    with dovecot.client(fresh_user) as client:
        client.select_folder("INBOX")
        client.add_flags([1, 3], ["\\Flagged", "$Important"])
    before = flags(dovecot, fresh_user)
    meddler = Meddler(dovecot, fresh_user, seed=7)
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        looks(house, mailbox)
        thread = threading.Thread(target=meddler.work, args=(ACTS,))
        thread.start()
        while thread.is_alive():
            meddler.may_act.release(PACE)
            looks(house, mailbox)
        for _ in range(3):
            looks(house, mailbox)
    cases = Counter(one.subject for one in house.cases())
    mails = [one.kind for case in house.cases() for one in house.entries(case) if one.kind is EntryKind.CUSTOMER_MAIL]
    archived = b"".join(dovecot.mails(fresh_user, "Archive").values()).splitlines()
    again = [one for one in house.in_store(inbox.list_items) if one.outcome == "duplicate"]
    away = {name for name in meddler.came if f"Subject: {name}".encode() in archived}
    assert not [name for name, count in cases.items() if count != 1 or name in DECOYS] and len(mails) == len(cases)
    assert again, "nothing came back from Processed"
    assert set(meddler.came) - set(cases) <= away | meddler.deleted and len(cases) > len(meddler.came) / 2
    assert flags(dovecot, fresh_user) == before and len(before) == len(DECOYS)
    waiting = [raw for raw in dovecot.mails(fresh_user).values() if not any(one.encode() in raw for one in DECOYS)]
    assert waiting == []
