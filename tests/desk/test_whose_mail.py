"""Whose mail it is where the header is unusual: no From, several, another address in Reply-To, or beside us in Cc."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mailticket.domain.address import Address
from mailticket.store import blacklist
from tests.cast import CARLA, DIRK, MALLORY
from tests.desk.house import House, mail


def without_from(raw: bytes) -> bytes:
    head, _, rest = raw.partition(b"\n")
    assert head.startswith(b"From:")
    return rest


def listed(house: House, address: str) -> None:
    house.in_store(lambda: blacklist.add(address, "", "ann", house.clock()))


def test_a_flood_of_mails_without_any_sender_joins_one_case(house: House) -> None:
    outcomes = [one.outcome for one in house.take_in(*(without_from(mail()) for _ in range(12)))]
    assert outcomes == ["opened"] * 10 + ["joined"] * 2
    assert {one.customer.address for one in house.cases()} == {Address("", "unknown@invalid")}


def test_who_is_blacklisted_is_rejected_with_their_address_in_sender_alone(house: House) -> None:
    listed(house, MALLORY.address)
    (row,) = house.take_in(without_from(mail(sender=MALLORY.address)))
    assert (row.outcome, row.sender) == ("rejected", MALLORY.address)


@pytest.mark.parametrize(
    ("names", "has_from"),
    [({"sender": DIRK.address}, False), ({"reply_to": DIRK.address}, True)],
)
def test_wherever_their_address_stands_nobody_is_acknowledged_more_often_than_allowed(
    house: House, names: dict[str, str], has_from: bool
) -> None:
    for number in range(5):
        raw = mail(f"no-reply@shop{number}.example", **names)
        house.take_in(raw if has_from else without_from(raw))
    assert [one.recipient for one in house.letters("auto_reply")] == [DIRK.address] * 3


def test_spellings_of_one_mailbox_that_come_at_once_share_their_budget(house: House) -> None:
    house.take_in(*(mail(f"carla+{number}@customer.example") for number in range(5)))
    assert len(house.letters("auto_reply")) == 3


def test_a_blacklisted_address_in_cc_or_reply_to_takes_no_part(house: House) -> None:
    listed(house, "*@robots.example")
    house.take_in(mail(cc=f"{DIRK.address}, x@robots.example"), mail(DIRK, reply_to="y@robots.example"))
    assert [[one.address.key for one in case.participants] for case in house.cases()] == [
        [CARLA.key, DIRK.key],
        [DIRK.key],
    ]


def test_a_mail_that_names_a_blacklisted_author_second_keeps_its_files(house: House) -> None:
    listed(house, MALLORY.address)
    message = EmailMessage()
    message["From"], message["To"] = f"{CARLA}, {MALLORY}", house.service.address
    message.set_content("See the picture.")
    message.add_attachment(b"picture", "image", "png", filename="fire.png")
    house.take_in(message.as_bytes())
    (first, _event) = house.entries()
    assert [one.name for one in first.words.files] == ["fire.png"]
