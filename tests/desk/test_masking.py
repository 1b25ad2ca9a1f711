"""Masking, tried at a whole desk: the words go from every place, and come back for nobody without a reason."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from mailticket.desk.assign import assign
from mailticket.desk.privacy.masking import Choice, mask, unmask
from mailticket.desk.privacy.records import Records, Request
from mailticket.domain.case import EntryKind
from mailticket.domain.texts.search_words import parse_query
from mailticket.errors import Permanent, Refused
from mailticket.store.by_hand import acts
from mailticket.store.index import matches
from mailticket.store.privacy import vault
from mailticket.store.tables.case_tables import Entry
from mailticket.tokens import Keys
from tests.cast import ANN, CARLA, SUPPORT, as_admin
from tests.desk.house import House, reply
from tests.desk.traces import traces

CARD = "4111 1111 1111 1111"
WHY = Request(as_admin("jane"), "the customer asked for it")


def with_html(text: str, html: str, subject: str = "Printer on fire") -> bytes:
    """A mail whose words stand in it as base64 and quoted-printable."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = str(CARLA), SUPPORT, subject
    message["Message-ID"], message["Date"] = "<masked@mail.example>", "Wed, 15 Jul 2026 09:00:00 +0000"
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return message.as_bytes()


def given(house: House) -> Records:
    """Carla told her card number and a name; Ann answered, quoting it."""
    house.take_in(with_html(f"My card: {CARD}, Zanzibar", "<p>My card: <b>4111</b> 1111 1111 1111, Zanzibar</p>"))
    assign(house.office)
    house.take_in(reply(house.letters("csr_case")[-1], ANN.address, "We look after Zanzibar at once."))
    return Records.of(house.office)


def found(house: House, words: str) -> int:
    """How many entries the search finds."""
    return int(house.in_store(lambda: Entry.select().where(matches.said(parse_query(words))).count()))


def test_a_found_card_number_is_masked_in_entries_letters_search_and_raw_mail(each_house: House) -> None:
    house = each_house
    records = given(house)
    done = mask(records, house.case().id, Choice(1, found=True), WHY)
    assert (done.kinds, done.entries, done.mails, done.left) == (("card number",), (1,), 1, "")
    assert house.entries()[0].words.text.strip() == "My card: ***, Zanzibar"
    assert "<b>***</b>" in house.entries()[0].words.html and done.letters >= 2
    assert not any(b"1111" in house.bytes_of(one) for one in house.letters())
    encoded = base64.b64encode(f"My card: {CARD}".encode()).decode()[:24]
    assert traces(house, CARD, "1111 1111", encoded) == []


def test_chosen_words_are_masked_wherever_the_case_has_them(each_house: House) -> None:
    house = each_house
    records = given(house)
    assert found(house, "Zanzibar")
    done = mask(records, house.case().id, Choice(1, ("zanzibar",)), WHY)
    assert done.entries == (1, 4)
    assert not found(house, "Zanzibar")
    assert traces(house, "Zanzibar", "zanzibar") == []
    assert house.entries()[3].words.text.strip() == "We look after *** at once."


def test_a_customers_later_letter_shows_the_mask_in_its_history(house: House) -> None:
    records = given(house)
    mask(records, house.case().id, Choice(1, ("Zanzibar",)), WHY)
    house.take_in(reply(house.letters("csr_case")[-1], ANN.address, "It is done."))
    letter = house.as_sent(house.letters("customer_reply")[-1]).as_string()
    assert "It is done." in letter and "***" in letter and "Zanzibar" not in letter


def test_what_was_masked_is_shown_for_a_reason_and_that_is_kept(house: House) -> None:
    records = given(house)
    case = house.case()
    mask(records, case.id, Choice(1, ("Zanzibar",)), WHY)
    mask(records, case.id, Choice(1, found=True), WHY)
    shown = unmask(records, case.id, 1, Request(as_admin("jane"), "the bank asks"))
    assert shown["text"].strip() == f"My card: {CARD}, Zanzibar"
    last = house.entries()[-1]
    assert last.kind is EntryKind.EVENT and "the bank asks" in last.words.text
    assert (last.author.name, last.door) == ("admin jane", "command line")
    assert [one.act for one in house.in_store(lambda: acts.of(f"case:{case.id}"))] == ["mask", "mask", "unmask"]
    assert traces(house, "Zanzibar") == []


def test_nothing_is_unmasked_without_a_reason_or_where_nothing_is_masked(house: House) -> None:
    records = given(house)
    with pytest.raises(Refused, match="No reason"):
        Request(as_admin("jane"), " ")
    with pytest.raises(Refused, match="Nothing is masked"):
        unmask(records, house.case().id, 1, WHY)


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice(1, ("Zanzi",)), "does not stand there as whole words"),
        (Choice(1, ("*",)), "cannot be told from other words"),
        (Choice(2, found=True), "No personal data was found"),
        (Choice(1, ("at once",)), "does not stand there"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_changed(house: House, choice: Choice, why: str) -> None:
    records = given(house)
    before = house.entries()
    with pytest.raises(Refused, match=why):
        mask(records, house.case().id, choice, WHY)
    assert house.entries() == before


def test_a_new_line_in_the_key_file_wraps_the_keys_anew_and_the_old_one_can_go(house: House) -> None:
    records = given(house)
    case = house.case().id
    mask(records, case, Choice(1, ("Zanzibar",)), WHY)
    newer = Keys((b"n" * 32, *records.keys.secrets))
    assert house.in_store(lambda: vault.wrap_anew(newer)) == 1
    assert house.in_store(lambda: vault.wrap_anew(newer)) == 0
    only = Records(records.config, records.store, Keys((b"n" * 32,)), house.clock)
    assert "Zanzibar" in unmask(only, case, 1, WHY)["text"]
    with pytest.raises(Permanent, match="no longer has"):
        unmask(records, case, 1, WHY)
