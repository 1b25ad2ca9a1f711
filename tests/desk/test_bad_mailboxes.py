"""Mailboxes that misbehave: whatever the server says, every mail comes in once, whole, and is moved once it is in."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest

from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox.source import open_source
from mailticket.domain.times.spans import parse_size
from mailticket.errors import MailticketError
from mailticket.store import inbox
from mailticket.wire.imap import Mailbox
from tests import cast
from tests.cast import CARLA
from tests.desk.house import House, mail
from tests.desk.turning import crlf, mails, settings, stored, turn
from tests.servers.fault_proxy import Fault, FaultProxy
from tests.servers.scripted import Line
from tests.servers.scripted_imap import Answer
from tests.servers.scripted_mailbox import ScriptedMailbox

_validities = itertools.count(100)
WITHOUT_MOVE = "IMAP4rev1 IDLE UIDPLUS NAMESPACE AUTH=PLAIN SASL-IR"


@pytest.fixture
def house(house: House) -> House:
    """Every mail counts, also those that were there first."""
    house.with_config(cast.config(cast.service(first_run="process")))
    return house


def nothing_was_moved_that_is_not_stored(house: House, server: ScriptedMailbox) -> None:
    assert set(server.processed) <= set(stored(house))


COMMANDS = ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID SEARCH", "SIZES", "BODY", "NAMESPACE", "LIST", "UID MOVE"]
ANSWERS: list[Answer] = [
    "{tag} NO [SERVERBUG] not now\r\n",
    "{tag} BAD User is authenticated but not connected\r\n",
    "* BYE going down\r\n{tag} OK bye\r\n",
    "* BYE going down\r\n",
    "",
    "nobody can read this\r\n",
    "{tag} OK but without any effect\r\n",
    "* 2 EXPUNGE\r\n* 1 EXISTS\r\n{tag} OK [ALERT] The mailbox shrinks\r\n",
    "* 1 FETCH (FLAGS (\\Seen))\r\n* OK \xe4\xf6\xfc\r\n{tag} NO \xff\xfe\r\n",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_a_command_is_answered_the_next_turn_makes_it_good(house: House, command: str) -> None:
    for answer in ANSWERS:
        raws = mails(2)
        before = len(stored(house))
        with ScriptedMailbox(*raws, uidvalidity=next(_validities)) as server:
            server.once[command] = answer
            mailbox = Mailbox(settings(server.port))
            with contextlib.suppress(MailticketError):
                turn(house, mailbox)
            assert server.struck == [command], answer
            nothing_was_moved_that_is_not_stored(house, server)
            for _ in range(2):
                turn(house, mailbox, whole_folder=True)
            mailbox.close()
        assert sorted(stored(house)[:2]) == sorted(raws) and len(stored(house)) == before + 2, answer
        assert (server.mails, sorted(server.processed)) == ({}, sorted(raws)), answer


@pytest.mark.parametrize("command", ["UID COPY", "UID STORE", "UID EXPUNGE", "STATUS"])
def test_without_move_a_broken_deletion_loses_nothing(house: House, command: str) -> None:
    for answer in ANSWERS:
        raws = mails(2)
        with ScriptedMailbox(*raws, uidvalidity=next(_validities), capabilities=WITHOUT_MOVE) as server:
            decoy = server.append(crlf(mail(CARLA, "Somebody else's")))
            kept = server.mails.pop(decoy)
            server.once[command] = answer
            mailbox = Mailbox(settings(server.port))
            with contextlib.suppress(MailticketError):
                turn(house, mailbox)
            assert server.struck == [command], answer
            server.mails[decoy] = kept
            server.deleted.add(decoy)  # by somebody else, who has not expunged it yet
            for _ in range(3):
                with contextlib.suppress(MailticketError):
                    turn(house, mailbox)
            mailbox.close()
        assert set(server.processed) >= set(raws) and not set(server.mails) - {decoy}, answer
        assert b" EXPUNGE\r\n" not in server.transcript  # none without UIDs


def literal(announced: int, there: bytes, ending: str = ")\r\n{tag} OK done\r\n") -> Answer:
    """A body whose literal does not have the length that was told."""

    def answer(line: Line, tag: str, _arguments: str) -> None:
        head = f'* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +0000" BODY[] {{{announced}}}\r\n'
        line.send(head.encode() + there + ending.replace("{tag}", tag).encode())
        line.close()

    return answer


BODIES: dict[str, Answer] = {
    "announced longer than it is": literal(5000, b"Subject: cut"),
    "announced shorter than it is": literal(4, b"Subject: longer\r\n\r\n"),
    "without an end": literal(400, b"x" * 399, ""),
    "of another mail": "* 1 FETCH (UID 99 BODY[] {3}\r\nabc)\r\n{tag} OK x\r\n",
    "missing": "* 1 FETCH (UID 1 BODY[] NIL)\r\n{tag} OK done\r\n",
    "in a line without end": lambda line, _tag, _arguments: line.send(b"* 1 FETCH (UID 1 " + b"x" * 10_000_000),
    "in a tag of somebody else": "A0 OK done\r\n* BYE\r\n",
    "asked for a password": "+ \r\n* BYE\r\n",
    "opened too often": "* 1 FETCH " + "(" * 5000 + "\r\n{tag} OK done\r\n",
    "of a huge length": '* 1 FETCH (UID 1 INTERNALDATE "x" BODY[] {99999999999}\r\nabc',
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_broken_is_fetched_again_and_never_stored_as_it_was(house: House, what: str) -> None:
    (raw,) = mails(1)
    with ScriptedMailbox(raw, uidvalidity=next(_validities)) as server:
        server.once["BODY"] = BODIES[what]
        mailbox = Mailbox(settings(server.port))
        with contextlib.suppress(MailticketError):
            turn(house, mailbox)
        assert server.struck == ["BODY"]
        assert stored(house) in ([], [raw])
        turn(house, mailbox, whole_folder=True)
        mailbox.close()
    assert stored(house) == [raw] and server.processed == [raw]


def test_a_uid_that_is_told_twice_is_one_mail(house: House) -> None:
    (raw,) = mails(1)

    def twice(line: Line, tag: str, arguments: str) -> None:
        one = server.fetched(1, arguments)
        line.send(one + one + f"{tag} OK done\r\n".encode())

    with ScriptedMailbox(raw, uidvalidity=next(_validities)) as server:
        server.once |= {"UID SEARCH": "* SEARCH 1 1 1\r\n{tag} OK done\r\n", "BODY": twice}
        with Mailbox(settings(server.port)) as mailbox:
            turn(house, mailbox)
    assert stored(house) == [raw]


def test_uids_that_vanish_between_search_and_fetch_stop_no_other(house: House) -> None:
    raws = mails(3)

    def searched(line: Line, tag: str, _arguments: str) -> None:
        line.send(f"* SEARCH 1 2 3\r\n{tag} OK done\r\n".encode())
        del server.mails[2]

    with ScriptedMailbox(*raws, uidvalidity=next(_validities)) as server:
        server.once["UID SEARCH"] = searched
        with Mailbox(settings(server.port)) as mailbox:
            turn(house, mailbox)
    assert sorted(stored(house)) == sorted([raws[0], raws[2]])


def test_mails_that_vanish_before_they_are_moved_are_settled(house: House) -> None:
    raws = mails(2)
    with ScriptedMailbox(*raws, uidvalidity=next(_validities)) as server, Mailbox(settings(server.port)) as mailbox:
        collect(house.office, open_source(house.office, house.service, mailbox), mailbox)
        house.receive()
        server.mails.clear()
        turn(house, mailbox)
    rows = house.in_store(inbox.list_items)
    assert [one.server_state for one in rows] == ["done", "done"]


def test_mails_numbered_anew_in_the_middle_are_taken_once(house: House) -> None:
    raws = mails(3)
    with ScriptedMailbox(*raws, uidvalidity=next(_validities)) as server, Mailbox(settings(server.port)) as mailbox:
        source = open_source(house.office, house.service, mailbox)
        collect(house.office, source, mailbox)
        server.uidvalidity = next(_validities)
        server.mails = {uid + 40: raw for uid, raw in server.mails.items()}
        house.receive()
        tidy(house.office, source, mailbox)  # the old UIDs, in the old generation
        assert len(server.mails) == 3
        collect(house.office, open_source(house.office, house.service, mailbox), mailbox)
        house.receive()
    outcomes = [one.outcome for one in house.in_store(inbox.list_items)]
    assert outcomes.count("duplicate") == 3 and len(outcomes) == 6


@pytest.mark.parametrize("told", ["1", "0", "4294967295"])
def test_a_uidnext_that_is_wrong_hides_no_mail(house: House, told: str) -> None:
    raws = mails(2)
    with ScriptedMailbox(raws[0], uidvalidity=next(_validities)) as server, Mailbox(settings(server.port)) as mailbox:
        turn(house, mailbox)
        server.append(raws[1])
        lie = (
            f"* 1 EXISTS\r\n* OK [UIDVALIDITY {server.uidvalidity}] x\r\n* OK [UIDNEXT {told}] x\r\n{{tag}} OK done\r\n"
        )
        server.once["SELECT"] = lie
        turn(house, mailbox)
    assert sorted(stored(house)) == sorted(raws)


SIZES = [("200", "a line"), ("70KB", "several packets"), ("600KB", "a file of its own")]


@pytest.mark.parametrize(("size", "_name"), SIZES)
@pytest.mark.parametrize("act", ["cut", "reset", "half_close", "black_hole"])
def test_a_line_that_breaks_at_any_byte_of_a_mail_stores_it_whole_or_not_at_all(
    house: House, size: str, _name: str, act: Any
) -> None:
    length, positions = parse_size(size), {"cut": 5, "black_hole": 1}.get(act, 2)
    for position in range(positions):
        (raw,) = mails(1)
        raw += b"0123456789abcde\r\n" * (length // 17)
        with ScriptedMailbox(raw, uidvalidity=next(_validities)) as server, FaultProxy(server.port) as proxy:
            proxy.strike(Fault(act, b"BODY.PEEK[]", after=1 + position * len(raw) // positions))
            mailbox = Mailbox(settings(proxy.port, timeout=0.4))
            with contextlib.suppress(MailticketError):
                turn(house, mailbox)
            assert proxy.struck.wait(5)
            assert raw not in stored(house) and not server.processed
            turn(house, mailbox)
            mailbox.close()
        assert stored(house).count(raw) == 1 and server.processed == [raw]
    assert len(stored(house)) == positions


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_half_lines_over_tls_are_put_together(house: House, pieces: int, certificates: Any) -> None:
    (raw,) = mails(1)
    tls = certificates.good.context()
    with ScriptedMailbox(raw, uidvalidity=next(_validities), tls=tls) as server:
        with FaultProxy(server.port, pieces=pieces) as proxy:
            ours = settings(proxy.port, security="tls", ca_file=str(certificates.ca_file), timeout=10)
            with Mailbox(ours) as mailbox:
                turn(house, mailbox)
    assert stored(house) == [raw] and server.processed == [raw]
