"""Relays that misbehave: what each refusal at each moment does to the letter, and no letter lost or sent too often."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mailticket.desk.deliver import deliver
from mailticket.domain.decision import SendKind
from mailticket.errors import AccountTrouble, MailticketError
from mailticket.store.operation import accounts
from mailticket.wire.smtp import Relay, RelayError, SmtpSettings
from tests.cast import CARLA
from tests.desk.house import House
from tests.servers.certificates import Certificates
from tests.servers.fault_proxy import Fault, FaultProxy, NeverAccepts
from tests.servers.scripted_smtp import ScriptedSmtp

#: What becomes of the letter: the account rests, the line is tried again (no attempt used up by either), the letter is
#: put off, it is given up, or nobody knows whether it was taken.
RESTS_, WAITS, LATER, FAILS, UNKNOWN = "rests", "waits", "later", "fails", "unknown"

STEPS = ("connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "final_dot")
_SHORT = {"R": RESTS_, "W": WAITS, "L": LATER, "F": FAILS, "U": UNKNOWN, "-": ""}  # "-": that is what it should say

#: One column for each of STEPS.
TABLE = """
421 4.4.2 Closing transmission channel                   | W W R R L L L L
421 4.3.2 Too many connections                           | R R R R R R R R
421 4.7.0 Try again later                                | R R R R R L L L
450 4.7.1 Greylisted                                     | R R R R R L L L
451 4.3.0 Local error in processing                      | W W R R L L L L
452 4.3.1 Insufficient system storage                    | R R R R R R R R
452 4.5.3 Too many recipients                            | W W R R L L L L
454 4.7.0 Temporary authentication failure               | R R R R R L L L
535 5.7.8 Authentication credentials invalid             | R R R R R R R R
550 5.7.30 Basic authentication is not supported         | R R R R R R R R
550 5.1.1 No such user                                   | R R R R R F F F
552 5.3.4 Message size exceeds fixed limit               | R R R R F F F F
550 5.4.5 Daily user sending limit exceeded              | R R R R R R R R
554 5.7.1 This message violates our policy               | R R R R R F F F
354 What?                                                | W W R R L L - L
this is no SMTP reply                                    | W W W W L L L U
hang up                                                  | W W W W L L L U
reset                                                    | W W W W L L L U
250-and no end                                           | W W W W L L L U
"""
ROWS = [(line.partition("|")[0].strip(), line.partition("|")[2].split()) for line in TABLE.strip().splitlines()]


@contextmanager
def relay_to(port: int, **changes: Any) -> Iterator[Relay]:
    quick = {"command_timeout": 0.5, "data_timeout": 0.5, "final_dot_timeout": 0.5, "connect_timeout": 0.5}
    with Relay(SmtpSettings("127.0.0.1", port, **{"security": "none", "helo": "a.example"} | quick | changes)) as relay:
        yield relay


def outcome(house: House, id: int, error: MailticketError | None) -> str:
    """Which of the five it was, seen from the outbox row, the account and what was raised."""
    item, resting = house.outbox(id), house.in_store(accounts.resting)
    if resting:
        assert isinstance(error, AccountTrouble) and (item.state, item.attempts) == ("queued", 0)
        return RESTS_
    if item.unknowns:
        return UNKNOWN
    if item.state == "failed":
        return FAILS
    assert item.state == "queued"
    assert (item.attempts == 0) == isinstance(error, RelayError)
    return LATER if item.attempts else WAITS


@pytest.mark.parametrize("step", STEPS)
def test_every_refusal_at_every_moment_ends_as_the_table_says(
    house: House, step: Any, certificates: Certificates
) -> None:
    wrong = {}
    for reply, row in ROWS:
        wanted = _SHORT[row[STEPS.index(step)]]
        if not wanted:
            continue
        tls = certificates.good.context()
        with ScriptedSmtp({step: reply}, offers=("AUTH PLAIN",), starttls=tls) as server:
            secure = {"security": "starttls", "username": "u", "password": "p", "ca_file": str(certificates.ca_file)}
            with relay_to(server.port, **secure) as relay:
                id = house.post(SendKind.NOTIFY, recipient=f"c{ROWS.index((reply, row))}@many.example")
                found = tried(house, relay, id)
                if found != wanted:
                    wrong[reply] = f"{found} instead of {wanted}"
                afterwards(house, relay, server, id, found)
    assert not wrong


def tried(house: House, relay: Relay, id: int) -> str:
    error = None
    try:
        deliver(house.office, house.service, relay)
    except MailticketError as caught:
        error = caught
    return outcome(house, id, error)


def afterwards(house: House, relay: Relay, server: ScriptedSmtp, id: int, found: str) -> None:
    """The trouble is over: what was not given up goes out, once, or twice where nobody could know."""
    house.clock.forward(minutes=20)
    while deliver(house.office, house.service, relay):
        pass
    assert house.outbox(id).state == ("failed" if found == FAILS else "sent")
    assert house.in_store(accounts.resting) == []
    dots_refused = server.answers_given("final_dot")
    assert len(server.mails) == (0 if found == FAILS else 1) + dots_refused
    assert len(set(server.mails)) <= 1


DOT = b"\r\n.\r\n"


@pytest.mark.parametrize("kind", list(SendKind))
@pytest.mark.parametrize("is_taken", [True, False])
@pytest.mark.parametrize("act", ["cut", "reset", "half_close", "black_hole", "swallow"])
def test_a_lost_reply_to_the_final_dot(house: House, act: Any, is_taken: bool, kind: SendKind) -> None:
    id = house.post(kind)
    with ScriptedSmtp() as server, FaultProxy(server.port) as proxy, relay_to(proxy.port) as relay:
        proxy.strike(Fault(act, DOT, is_heard=is_taken))
        assert tried(house, relay, id) == UNKNOWN
        house.clock.forward(minutes=16)
        while deliver(house.office, house.service, relay):
            pass
    assert house.outbox(id).state == ("maybe_sent" if kind is SendKind.AUTO else "sent")
    assert len(server.mails) == is_taken + (kind is not SendKind.AUTO)
    assert len(set(server.mails)) <= 1


@pytest.mark.parametrize("said", [b"", b"EHLO", b"MAIL FROM", b"RCPT TO", b"DATA\r\n"])
@pytest.mark.parametrize("act", ["cut", "reset", "half_close", "black_hole"])
def test_a_line_that_falls_silent_before_the_dot_costs_time_only(house: House, act: Any, said: bytes) -> None:
    id = house.post(SendKind.AUTO)
    with ScriptedSmtp() as server, FaultProxy(server.port) as proxy, relay_to(proxy.port) as relay:
        proxy.strike(Fault(act, said))
        assert tried(house, relay, id) in (WAITS, LATER)
        house.clock.forward(minutes=2)
        while deliver(house.office, house.service, relay):
            pass
    assert house.outbox(id).state == "sent" and len(server.mails) == 1


def test_a_relay_whose_port_drops_every_packet_is_left_after_the_timeout(house: House) -> None:
    id = house.post()
    with NeverAccepts() as hole, relay_to(hole.port) as relay:
        assert tried(house, relay, id) == WAITS


def test_one_refused_recipient_of_three_stops_no_other(house: House) -> None:
    ids = [house.post(recipient=f"c{number}@many.example") for number in range(3)]
    with ScriptedSmtp() as server, relay_to(server.port) as relay:
        server.refuses["c1@many.example"] = "550 5.1.1 No such user"
        deliver(house.office, house.service, relay)
    assert [house.outbox(id).state for id in ids] == ["sent", "failed", "sent"]
    assert server.connections == 1


def test_greylisting_by_recipient_delays_each_once(house: House) -> None:
    ids = [house.post(recipient=f"c{number}@many.example") for number in range(5)]
    with ScriptedSmtp() as server, relay_to(server.port) as relay:
        server.refuses |= {f"c{number}@many.example": "451 4.7.1 Greylisted, 5 minutes" for number in range(5)}
        deliver(house.office, house.service, relay)
        assert server.mails == [] and {house.outbox(id).attempts for id in ids} == {1}
        house.clock.forward(minutes=4)
        assert deliver(house.office, house.service, relay) == 0  # too early for them
        server.refuses.clear()
        house.clock.forward(minutes=2)
        deliver(house.office, house.service, relay)
    assert [house.outbox(id).state for id in ids] == ["sent"] * 5 and len(server.mails) == 5


def test_no_password_and_no_mail_crosses_a_line_whose_starttls_was_stripped(house: House) -> None:
    id = house.post()
    with ScriptedSmtp(offers=("STARTTLS", "AUTH PLAIN LOGIN")) as server, FaultProxy(server.port) as proxy:
        proxy.strips = b"250-STARTTLS\r\n"
        with relay_to(proxy.port, security="starttls", username="u@x", password="correct-horse") as relay:
            assert tried(house, relay, id) == RESTS_
    assert b"AUTH" in proxy.seen and b"AUTH PLAIN LOGIN\r\n" not in server.transcript
    assert not any(secret in bytes(proxy.seen) for secret in secrets()) and CARLA.address.encode() not in proxy.seen


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_nothing_readable_crosses_a_line_with_tls(house: House, security: str, certificates: Certificates) -> None:
    id = house.post()
    server_side = {security: certificates.good.context()}
    with ScriptedSmtp(offers=("AUTH PLAIN",), **server_side) as server, FaultProxy(server.port) as proxy:
        secure = {"username": "u@x", "password": "correct-horse", "ca_file": str(certificates.ca_file)}
        with relay_to(proxy.port, security=security, **secure) as relay:
            deliver(house.office, house.service, relay)
    assert house.outbox(id).state == "sent" and len(proxy.seen) > 1000
    assert not any(secret in bytes(proxy.seen) for secret in secrets()) and CARLA.address.encode() not in proxy.seen


def secrets() -> list[bytes]:
    """The password as it would stand on the line: plain, and at each of base64's three offsets."""
    password = b"correct-horse"
    encoded = [base64.b64encode(b"x" * offset + password)[4 * bool(offset) : -4] for offset in range(3)]
    return [password, *encoded]
