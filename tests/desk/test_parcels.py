"""Mails that the scribe puts together while others are sent: the same bytes, and none is lost with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from mailticket.children.scribe import MANY, PARCELS_AHEAD, Parcel, Scribe
from mailticket.desk.deliver import deliver
from mailticket.domain.case import StoredFile
from mailticket.mime import compose
from mailticket.mime.compose import Contents, FileRef, Skeleton
from mailticket.store.files import blobs
from mailticket.wire.smtp import Relay, SmtpSettings
from tests.desk.house import House
from tests.servers.smtp_sink import SmtpSink

PLAIN = Skeleton((("Subject", "Plain"),), "Hello", "<p>Grüße</p>", (), "b" * 12)
CONTENTS = Contents(compose.freeze(PLAIN), {})


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with Relay(SmtpSettings("127.0.0.1", smtp_sink.port, "none", helo="example.com")) as line:
        yield line


@pytest.fixture
def scribe(house: House) -> Iterator[Scribe]:
    """It is ready for orders."""
    scribe = Scribe()
    scribe.expect(MANY, house.office.stationery)
    house.office = replace(house.office, scribe=scribe)
    until = time.monotonic() + 60
    while not scribe.put_together(CONTENTS).is_on_its_way:
        assert time.monotonic() < until
        time.sleep(0.02)
    yield scribe
    scribe.close()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way is waited for, on however busy a machine."""
    mail = Parcel.mail

    def waited(self: Parcel) -> bytes | None:
        while self._by is not None:
            self._by.look()
            time.sleep(0.001)
        return mail(self)

    monkeypatch.setattr(Parcel, "mail", waited)


@pytest.fixture
def put_together_here(monkeypatch: pytest.MonkeyPatch) -> list[Skeleton]:
    """What this process has put together itself."""
    found: list[Skeleton] = []
    assemble = compose.assemble

    def noted(skeleton: Skeleton, *rest: Any) -> bytes:
        found.append(skeleton)
        return assemble(skeleton, *rest)

    monkeypatch.setattr(compose, "assemble", noted)
    return found


def posted(house: House, number: int, content: bytes = b"", *, is_kept: bool = True) -> int:
    """A letter with a file, if it has `content`."""
    sha256 = house.in_store(lambda: blobs.put(content)) if is_kept else "0" * 64
    files = (FileRef("a.bin", "application/octet-stream", sha256),) if content else ()
    skeleton = replace(PLAIN, headers=(("Subject", f"Letter {number}"),), files=files)
    stored = tuple(StoredFile(one.name, one.type, len(content), one.sha256) for one in files)
    return house.post(recipient=f"c{number}@many.example", skeleton=compose.freeze(skeleton), files=stored)


@pytest.mark.usefixtures("patience")
def test_all_mails_of_a_round_are_as_they_would_be_without_the_scribe(
    house: House, relay: Relay, smtp_sink: SmtpSink, scribe: Scribe, put_together_here: list[Skeleton]
) -> None:
    contents = {1: b"", 2: b"small", 3: b"large" * blobs.SMALL, 4: b"", 5: b"lost", 6: b"x" * 999, 7: b""}
    ids = {number: posted(house, number, content, is_kept=number != 5) for number, content in contents.items()}
    scribe.put_together(CONTENTS).mail()  # nothing else is in its hands
    deliver(house.office, house.service, relay)
    here = [dict(one.headers)["Subject"] for one in put_together_here]
    assert {"Letter 1", "Letter 3", "Letter 5"} <= set(here) and not {"Letter 2", "Letter 4"} & set(here)
    assert house.outbox(ids[5]).state == "failed" and "is missing" in house.outbox(ids[5]).error
    for mail in smtp_sink.mails:
        item = next(one for one in house.letters() if one.recipient == mail.recipient)
        skeleton = compose.thaw(item.skeleton)
        assert mail.data == house.in_store(partial(compose.assemble, skeleton, blobs.get))
    assert len(smtp_sink.mails) == 6


def test_a_round_goes_on_when_the_scribe_is_killed_with_its_mails_in_hand(
    house: House, relay: Relay, smtp_sink: SmtpSink, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [posted(house, number, b"small") for number in range(3 * PARCELS_AHEAD)]
    send = Relay.send

    def killing(self: Relay, *rest: Any) -> str:
        if not smtp_sink.mails and scribe.pid:
            os.kill(scribe.pid, signal.SIGKILL)
        return send(self, *rest)

    monkeypatch.setattr(Relay, "send", killing)
    while deliver(house.office, house.service, relay):
        pass
    assert {house.outbox(id).state for id in ids} == {"sent"}
    assert sorted(one.recipient for one in smtp_sink.mails) == sorted(
        f"c{number}@many.example" for number in range(len(ids))
    )


def test_a_scribe_with_something_to_do_gets_few_mails_and_nobody_waits_for_them(house: House, scribe: Scribe) -> None:
    assert scribe.pid is not None
    os.kill(scribe.pid, signal.SIGSTOP)
    parcels = [scribe.put_together(CONTENTS) for _ in range(20)]
    assert 0 < sum(one.is_on_its_way for one in parcels) <= PARCELS_AHEAD
    assert {one.mail() for one in parcels} == {None}
    os.kill(scribe.pid, signal.SIGCONT)
