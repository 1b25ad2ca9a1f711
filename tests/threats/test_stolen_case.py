"""T3: who knows a case ID, or gets somebody's verification mail sent to the desk, reads nothing of it by that."""

from __future__ import annotations

import pytest

from mailticket.desk.assign import assign
from mailticket.domain.address import Address
from tests.cast import ANN, BO, CARLA, MALLORY
from tests.desk.house import House, mail, reply
from tests.threats.looking import of_the_past, outsiders, read_by, readers_of, text_of

CODE = "731904"


def stolen(house: House) -> str:
    return f"Re: [#{house.cases()[0].id}] Printer"


def answer_all(house: House, quoted: bool) -> None:
    """The CSRs answer the newest letter about each case, with or without all of it below their answer."""
    for csr in (ANN, BO):
        newest = {one.case: one for one in house.letters("csr_case") if one.csr == csr.key}
        for letter in newest.values():
            whole = "".join(f"> {line}\n" for line in text_of(house.as_sent(letter)).splitlines())
            house.take_in(reply(letter, csr.email, f"Have a look.\n\n{whole if quoted else ''}"))


#: How an attacker who stole the case ID writes: From, and what else.
WAYS: dict[str, tuple[Address, dict[str, str]]] = {
    "as the customer, with a copy to themselves": (CARLA, {"cc": MALLORY.address}),
    "as the customer, with themselves in To": (CARLA, {"to": f"support@example.com, {MALLORY.address}"}),
    "as the customer, answers to themselves": (CARLA, {"reply_to": MALLORY.address}),
    "as the customer, answering a mail of hers": (
        CARLA, {"cc": MALLORY.address, "in_reply_to": "<carlas@customer.example>"}
    ),
    "as themselves": (MALLORY, {}),
    "as themselves, with a copy to the customer": (MALLORY, {"cc": CARLA.address}),
    "as themselves, answering a mail of hers": (MALLORY, {"in_reply_to": "<carlas@customer.example>"}),
    "as themselves, with the customer in Reply-To": (MALLORY, {"reply_to": CARLA.address}),
}  # fmt: skip


@pytest.mark.parametrize("quoted", [False, True], ids=["answered", "answered with everything quoted"])
@pytest.mark.parametrize("way", WAYS)
def test_a_stolen_case_id_gets_no_byte_of_what_was_said_before(desk: House, way: str, quoted: bool) -> None:
    sender, headers = WAYS[way]
    before = {word: readers_of(desk, word) for word in ("canary-asked", "canary-said", "canary-told")}
    raw = mail(sender, stolen(desk), "What was it again?")
    for name, value in headers.items():
        raw = with_header(raw, name.replace("_", "-"), value)
    desk.take_in(raw)
    assign(desk.office)
    answer_all(desk, quoted)
    assert of_the_past(read_by(desk, MALLORY.address)) == []
    after = {word: outsiders(readers_of(desk, word)) for word in before}
    assert after == {word: outsiders(readers) for word, readers in before.items()}


def with_header(raw: bytes, name: str, value: str) -> bytes:
    """The header in place of the one of that name, if there is one."""
    head, _, text = raw.partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.lower().startswith(f"{name}:".encode())]
    return b"\n".join((*lines, f"{name}: {value}".encode())) + b"\n\n" + text


SENDERS = (
    "no-reply@chat.example",
    "noreply@meet.example",
    "verify@wiki.example",
    "security@bank.example",
    "feedback@chat.example",
)
SUBJECTS = (
    "Confirm your address: {tag}",
    "Re: {tag} Let me in",
    f"{CODE} is your code",
    "{tag}",
)


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("sender", SENDERS)
def test_a_verification_mail_to_the_desk_is_never_passed_on(desk: House, sender: str, subject: str) -> None:
    """The attacker opens a case, with a copy to whoever will verify, and signs up elsewhere as support@."""
    desk.take_in(with_header(mail(MALLORY, "Let me in", "Hello"), "cc", sender))
    assign(desk.office)
    tag = f"[#{desk.cases()[-1].id}]"
    ack = desk.letters("auto_reply")[-1]
    code = mail(Address("", sender), subject.format(tag=tag), f"Your code is {CODE}.", in_reply_to=ack.message_id)
    desk.take_in(code)
    assign(desk.office)
    answer_all(desk, quoted=True)
    assert CODE not in read_by(desk, MALLORY.address)
