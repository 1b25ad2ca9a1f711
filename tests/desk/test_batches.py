"""Receive in batches: neighbours do not suffer for each other, and no crash leaves half a mail behind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailticket.children.parser import ParserDied
from mailticket.children.pool import Parsers
from mailticket.children.reading import ParseJob
from mailticket.desk import receive as verb
from mailticket.desk.assign import assign
from mailticket.desk.decided import post
from mailticket.desk.receive import receive
from mailticket.desk.unpacking import Opened, independent
from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail
from mailticket.errors import Conflict, Temporary
from mailticket.mime import headers
from mailticket.store import cases, entries, facts, inbox_claims, inbox_copies, inbox_ends, outbox, people
from mailticket.store.files import blobs
from mailticket.store.inbox import InboxItem
from mailticket.store.tables.mail_tables import Inbox
from tests import builders
from tests.cast import ANN, CARLA, DIRK, MALLORY
from tests.desk.house import House, mail, reply

POISON = "poison"


def three(house: House) -> list[int]:
    """A poisoned mail between two good ones, of three people."""
    return [house.arrive(mail(who, text)) for who, text in ((CARLA, "one"), (MALLORY, POISON), (DIRK, "three"))]


def outcomes(house: House, ids: list[int]) -> list[str]:
    return [house.inbox(id).outcome or house.inbox(id).state for id in ids]


def breaks(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, is_poison: Callable[..., bool]) -> None:
    """The function raises for the poisoned mail, as a fault in our code would."""
    real = getattr(where, name)

    def faulty(*arguments: Any, **named: Any) -> Any:
        if is_poison(*arguments):
            raise ZeroDivisionError("our fault")
        return real(*arguments, **named)

    monkeypatch.setattr(where, name, faulty)


def in_ids(raw: bytes, *_: Any) -> bool:
    return POISON.encode() in raw


def in_facts(batch: Any, *_: Any) -> bool:
    return any(one.subject == POISON for one in batch)


def in_mail(read: InboundMail, *_: Any) -> bool:
    return read.subject == POISON


FAULTS = [
    pytest.param(headers, "ids", in_ids, id="reading the IDs"),
    pytest.param(facts, "load", in_facts, id="loading the facts"),
    pytest.param(verb, "read", in_mail, id="understanding it"),
]


def test_the_log_tells_of_each_mail_once_although_its_batch_was_taken_back(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mailticket.desk.receive")
    breaks(monkeypatch, verb, "read", in_mail)
    ids = [house.arrive(mail(who, text)) for who, text in ((CARLA, "one"), (DIRK, "two"), (MALLORY, POISON))]
    house.receive()
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.INFO]
    assert [one.split(" ")[:2] for one in told] == [["mail", str(id)] for id in ids[:2]]


@pytest.mark.parametrize(("where", "name", "is_poison"), FAULTS)
def test_a_mail_that_breaks_our_code_is_set_aside_and_the_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, is_poison: Callable[..., bool]
) -> None:
    breaks(monkeypatch, where, name, is_poison)
    ids = three(house)
    house.receive()
    assert outcomes(house, ids) == ["opened", "retry", "opened"]
    for after in inbox_ends.RETRY_AFTER:
        house.clock.forward(seconds=after.total_seconds() + 1)
        house.receive()
    shunted = house.inbox(ids[1])
    assert shunted.state == "shunted" and "ZeroDivisionError: our fault" in shunted.traceback
    assert len(house.cases()) == 2 and shunted.server_state == "waiting"


def test_of_a_mail_that_breaks_our_code_in_the_middle_nothing_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(_office: Any, _service: Any, case: Case, *_rest: Any) -> bool:
        return case.subject == POISON

    breaks(monkeypatch, post, "post", poisoned)
    ids = three(house)
    house.receive()
    assert outcomes(house, ids) == ["opened", "retry", "opened"]
    assert [one.subject for one in house.cases()] == ["one", "three"]


def test_a_shunted_mail_can_be_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        breaks(broken, verb, "read", in_mail)
        id = house.arrive(mail(subject=POISON))
        for _ in range(4):
            house.receive()
            house.clock.forward(hours=1)
    assert house.inbox(id).state == "shunted"
    house.in_store(lambda: inbox_ends.retry(id, house.clock()))
    house.receive()
    assert house.inbox(id).outcome == "opened"


def test_a_dead_parser_costs_its_own_mail_one_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = type(house.office.parsers).parse_many

    def dies(parsers: Any, jobs: list[ParseJob]) -> list[InboundMail | ParserDied]:
        read = real(parsers, jobs)
        return [
            ParserDied("It died.") if POISON.encode() in job.raw else one for job, one in zip(jobs, read, strict=True)
        ]

    ids = three(house)
    with monkeypatch.context() as broken:
        broken.setattr(type(house.office.parsers), "parse_many", dies)
        house.receive()
    assert outcomes(house, ids) == ["opened", "retry", "opened"]
    house.clock.forward(minutes=2)
    house.receive()
    assert outcomes(house, ids) == ["opened"] * 3


def test_where_no_parser_can_be_started_no_mail_loses_an_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    ids = three(house)
    with monkeypatch.context() as broken, Parsers() as fresh:
        broken.setattr("mailticket.children.birth._context.Process.start", none)
        with pytest.raises(Temporary, match="No child process could be started"):
            receive(replace(house.office, parsers=fresh))
    assert [house.inbox(id).attempts for id in ids] == [0, 0, 0]
    house.receive()
    assert outcomes(house, ids) == ["opened"] * 3


def test_a_mail_of_an_unknown_service_waits_for_the_config(house: House) -> None:
    id = house.arrive(mail(), service="sales")
    house.receive()
    assert house.inbox(id).state == "retry" and "sales is not in the config" in house.inbox(id).error


TROUBLE = [
    pytest.param(facts, "load", id="facts"),
    pytest.param(blobs, "small_ones", id="reading the stored mail"),
    pytest.param(entries, "add_counted", id="writing"),
    pytest.param(inbox_ends, "settle", id="settling"),
]


@pytest.mark.parametrize("error", [Temporary, Conflict])
@pytest.mark.parametrize(("where", "name"), TROUBLE)
def test_trouble_with_database_or_disk_gives_all_back_unharmed(
    house: House, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: type[Exception]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error("The disk is full.")

    ids = three(house)
    with monkeypatch.context() as broken:
        broken.setattr(where, name, fails)
        for _ in range(6):
            with pytest.raises(error):
                receive(house.office)
    assert [(house.inbox(id).state, house.inbox(id).attempts) for id in ids] == [("new", 0)] * 3
    house.receive()
    assert outcomes(house, ids) == ["opened"] * 3


def test_files_that_find_no_room_cost_no_mail_an_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_contents: object) -> None:
        raise Temporary("The disk is full.")

    with_file = mail().replace(b"text/plain", b"application/pdf")
    id = house.arrive(with_file)
    monkeypatch.setattr(blobs, "put_many", full)
    with pytest.raises(Temporary):
        receive(house.office)
    assert house.inbox(id).attempts == 0 and house.inbox(id).state == "new"


def test_what_was_settled_before_the_trouble_stays_settled(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = inbox_ends.settle, []

    def fails_at_the_second(*arguments: Any, **named: Any) -> None:
        calls.append(arguments)
        if len(calls) > 1:
            raise Temporary("The database is gone.")
        real(*arguments, **named)

    ids = [house.arrive(mail(text="one")), house.arrive(mail(text="two"))]  # of one sender, so of two groups
    with monkeypatch.context() as broken:
        broken.setattr(inbox_ends, "settle", fails_at_the_second)
        with pytest.raises(Temporary):
            receive(house.office)
    assert outcomes(house, ids) == ["opened", "new"]


@pytest.mark.parametrize("error", [Temporary, Conflict])
def test_one_mail_that_is_always_in_trouble_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    real = verb.read

    def fails(read: InboundMail, *rest: Any) -> Any:
        if in_mail(read):
            raise error("It takes too long.")
        return real(read, *rest)

    monkeypatch.setattr(verb, "read", fails)
    ids = [*three(house), house.arrive(mail(DIRK, "four"))]
    with pytest.raises(error):
        receive(house.office)
    assert outcomes(house, ids) == ["opened", "new", "opened", "opened"]
    assert house.inbox(ids[1]).attempts == 0


STEPS = [
    pytest.param(inbox_copies, "firsts", id="the first copies"),
    pytest.param(people, "customer", id="customer"),
    pytest.param(cases, "open_case", id="open_case"),
    pytest.param(entries, "add_counted", id="add_counted"),
    pytest.param(outbox, "post_many", id="post_many"),
    pytest.param(inbox_ends, "settle", id="settle"),
]


class PowerCut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("where", "name"), STEPS)
def test_a_crash_at_any_step_leaves_one_case_and_one_letter_in_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, when: str
) -> None:
    real = getattr(where, name)

    def crashes(*arguments: Any, **named: Any) -> None:
        if when == "after":
            real(*arguments, **named)
        raise PowerCut

    id = house.arrive(mail())
    with monkeypatch.context() as broken:
        broken.setattr(where, name, crashes)
        with pytest.raises(PowerCut):
            receive(house.office)
    assert not house.cases() and not house.letters()
    assert house.in_store(lambda: inbox_claims.recover(lambda owner: True, house.clock())) == 1
    house.receive()
    assert house.inbox(id).outcome == "opened" and house.inbox(id).attempts == 2
    assert len(house.cases()) == 1 and [one.letter for one in house.letters()] == ["auto_reply"]


@pytest.mark.parametrize(("where", "name"), [(cases, "change"), (entries, "add_counted"), (outbox, "post_many")])
def test_a_crash_while_an_answer_is_written_sends_it_once_in_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    house.take_in(mail())
    assign(house.office)
    id = house.arrive(reply(house.letter("csr_case"), ANN.address, "Pull the plug."))

    def crashes(*_: object, **__: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(where, name, crashes)
        with pytest.raises(PowerCut):
            receive(house.office)
    house.clock.forward(minutes=6)  # the lease runs out
    house.receive()
    assert house.inbox(id).outcome == "answered" and len(house.letters("customer_reply")) == 1


def test_a_mail_that_ends_its_process_each_time_is_shunted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashes(*_: object) -> None:
        raise PowerCut

    id = house.arrive(mail())
    with monkeypatch.context() as broken:
        broken.setattr(verb, "read", crashes)
        for _ in range(4):
            with pytest.raises(PowerCut):
                receive(house.office)
            house.clock.forward(minutes=6)
    house.receive()
    assert house.inbox(id).state == "shunted" and not house.cases()


def opened(from_: Address = CARLA, attempts: int = 0, **changes: Any) -> Opened:
    """A mail as the grouping sees it."""
    read = builders.mail(from_, text=f"{from_.address}{changes}", **changes)
    ids = headers.ids(
        f"From: {from_.address}\r\nSubject: {read.subject}\r\nMessage-ID: {read.message_id}\r\n"
        f"References: {' '.join(read.references)}\r\n\r\n".encode()
    )
    values = dict.fromkeys(InboxItem.__slots__) | {"id": 1, "attempts": attempts}
    return Opened(InboxItem(**values), ids, read, ())


@pytest.mark.parametrize(
    ("one", "two", "groups"),
    [
        (opened(CARLA), opened(DIRK), 1),
        (opened(CARLA), opened(CARLA, subject="Another"), 2),
        (opened(CARLA, message_id="<a@x>"), opened(DIRK, references=("<a@x>",)), 2),
        (opened(CARLA, references=("<p@x>",)), opened(DIRK, references=("<p@x>",)), 2),
        (opened(CARLA, subject="[#7F3K-9QX6] x"), opened(DIRK, subject="Re: [#7F3K-9QX6] x"), 2),
        (opened(CARLA), opened(DIRK, attempts=1), 2),
    ],
    ids=["strangers", "one sender", "an answer", "one parent", "one case", "tried before"],
)
def test_only_what_cannot_meet_in_a_case_is_handled_together(one: Opened, two: Opened, groups: int) -> None:
    assert len(list(independent([one, two]))) == groups


@pytest.mark.parametrize(
    ("seconds", "batches"),
    [
        pytest.param(60.0, [10], id="as many as were read together"),
        pytest.param(0.0, [10, *[2] * 8, 1], id="a transaction that lasts too long ends, and the next is smaller"),
    ],
)
def test_facts_are_read_once_for_each_transaction(
    house: House, monkeypatch: pytest.MonkeyPatch, seconds: float, batches: list[int]
) -> None:
    real, sizes = facts.load, []

    def counted(batch: list[Any], *rest: Any, **how: Any) -> Known:
        sizes.append(len(batch))
        return real(batch, *rest, **how)

    monkeypatch.setattr(facts, "load", counted)
    monkeypatch.setattr(verb, "TOGETHER", seconds)
    for number in range(10):
        house.arrive(mail(Address("", f"customer{number}@many.example")))
    assert receive(house.office) == 10
    assert sizes == batches


def test_a_case_of_twenty_quick_mails_keeps_their_order(house: House) -> None:
    house.take_in(mail(text="0"))
    subject = f"[#{house.case().id}] x"
    house.take_in(*(mail(subject=subject, text=str(number)) for number in range(1, 20)))
    assert [one.words.text.strip() for one in house.entries() if one.message_id] == [str(one) for one in range(20)]


def test_another_daemon_has_taken_the_lease_so_nothing_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = house.arrive(mail())
    real = verb.read

    def slow(*arguments: Any) -> Any:
        monkeypatch.undo()
        Inbox.update(lease_owner="other:1:1").execute()
        return real(*arguments)

    monkeypatch.setattr(verb, "read", slow)
    with pytest.raises(Conflict):
        receive(house.office)
    assert not house.cases() and not house.letters()
    assert house.inbox(id).state == "new"


def test_a_stored_mail_that_is_missing_is_told_and_stops_no_other(house: House) -> None:
    lost = house.arrive(mail(), blob="0" * 64)
    (row,) = house.take_in(mail(DIRK))
    assert row.outcome == "opened" and house.inbox(lost).state == "retry"
    assert "is missing" in house.inbox(lost).error
