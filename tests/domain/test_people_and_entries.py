"""Addresses, names, and which entry of a case which outside person may see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Entry, EntryKind, public
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.mail import InboundMail, Mark, Marker
from mailticket.domain.people import Customer, Participant
from tests.builders import NOW, case, known, mail, our_letter, words
from tests.cast import ANN, CARLA, DIRK, MALLORY

CUSTOMER, COPIED = Participant(CARLA, True), Participant(DIRK, False, since=3)


def entry(kind: EntryKind, number: int = 1, *parties: Address, held: str = "") -> Entry:
    author = CARLA if kind is EntryKind.CUSTOMER_MAIL else ANN.address
    keys = tuple(one.key for one in parties)
    return Entry(number, number, kind, NOW, author, words("Some words"), held=held, parties=keys)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann+tag@example.com", "ann+tag@example.com"),
        ("no address", "no address"),
        ("ann@" + "ü" * 80, "ann@" + "ü" * 80),
    ],
)
def test_two_spellings_of_a_mailbox_have_one_key(written: str, key: str) -> None:
    assert Address("", written).key == key


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [
        ("Ann", "ann@example.com", "Ann <ann@example.com>"),
        ("", "ann@example.com", "ann@example.com"),
        ("admin root", "", "admin root"),
    ],
)
def test_nobody_is_shown_with_an_empty_address(name: str, written: str, shown: str) -> None:
    assert str(Address(name, written)) == shown


def test_a_name_in_look_alike_letters_is_another_mailbox() -> None:
    assert Address("", "аnn@example.com").key != Address("", "ann@example.com").key


@pytest.mark.parametrize(
    ("name", "first"), [("Jane Doe", "Jane"), ("Doe, Jane", "Jane"), ("Jane", "Jane"), ("Doe,", "Doe,"), ("", "")]
)
def test_a_greeting_uses_the_first_name(name: str, first: str) -> None:
    assert Customer(0, Address(name, "jane@example.org")).first_name == first


@pytest.mark.parametrize("kind", [EntryKind.NOTE, EntryKind.EVENT])
@pytest.mark.parametrize("viewer", [CUSTOMER, COPIED, Participant(CARLA, True, 99)])
def test_notes_and_events_are_shown_to_nobody_outside(kind: EntryKind, viewer: Participant) -> None:
    assert public(entry(kind, 5, CARLA, DIRK), viewer, "Support") is None


def test_a_held_reply_is_shown_to_nobody_outside() -> None:
    assert public(entry(EntryKind.REPLY, 5, CARLA, held="unproven"), CUSTOMER, "Support") is None
    assert public(entry(EntryKind.REPLY, 5, CARLA, held="released by Ann"), CUSTOMER, "Support") is None


@pytest.mark.parametrize(
    ("viewer", "number", "parties", "is_shown"),
    [
        (CUSTOMER, 1, (), True),
        (CUSTOMER, 1, (CARLA,), True),
        (COPIED, 1, (CARLA,), False),
        (COPIED, 4, (CARLA,), False),
        (COPIED, 4, (CARLA, DIRK), True),
        (replace(CUSTOMER, since=3), 2, (), False),
        (replace(CUSTOMER, since=3), 2, (CARLA,), True),
        (Participant(MALLORY, False, 0), 1, (), False),
    ],
)
def test_people_see_what_they_were_party_to_and_the_customer_what_is_theirs(
    viewer: Participant, number: int, parties: tuple[Address, ...], is_shown: bool
) -> None:
    shown = public(entry(EntryKind.REPLY, number, *parties), viewer, "Support")
    assert (shown is not None) is is_shown


def test_a_csr_is_shown_by_name_and_never_by_address() -> None:
    shown = public(entry(EntryKind.REPLY, 1, CARLA), CUSTOMER, "Support")
    assert shown is not None and shown.author == "Ann Archer" and shown.is_ours
    nameless = replace(entry(EntryKind.REPLY, 1, CARLA), author=Address("", ANN.email))
    shown = public(nameless, CUSTOMER, "Support")
    assert shown is not None and shown.author == "Support"


def test_a_participant_is_known_by_any_spelling_of_their_address() -> None:
    one = case(also=[DIRK])
    assert one.participant(Address("", "DIRK@Customer.Example")) == Participant(DIRK, False, 1)
    assert one.participant(MALLORY) is None


@pytest.mark.parametrize("mark", list(Mark))
def test_every_mark_but_encryption_means_that_no_human_wrote(mark: Mark) -> None:
    assert mail(markers=(Marker(mark, "a header"),)).is_automatic is (mark is not Mark.ENCRYPTED)


@pytest.mark.parametrize(("authors", "author"), [((), None), ((CARLA,), CARLA), ((CARLA, ANN.address), None)])
def test_only_a_single_from_names_an_author(authors: tuple[Address, ...], author: Address | None) -> None:
    assert mail(authors).author == author


def test_the_desk_goes_by_the_cut_only_where_it_is_sure() -> None:
    cut = mail(text="new words\n> old words")
    sure = replace(cut, reply=replace(cut.reply, text="new words", sure=True))
    assert sure.words == "new words"
    assert replace(sure, reply=replace(sure.reply, sure=False)).words == "new words\n> old words"


def test_only_letters_of_ours_are_parents_the_nearest_first() -> None:
    first, second = our_letter(ANN, message_id="<1>", text="one"), our_letter(CARLA, message_id="<2>", text="two")
    theirs = KnownMail("<3>", "", False, text="three")
    facts: Known = known(mails=[first, second, theirs])
    assert [one.text for one in facts.parents(("<3>", "<2>", "<unknown>", "<1>"))] == ["two", "one"]


def test_a_mail_that_could_not_be_read_is_empty_but_whole() -> None:
    assert InboundMail(0, "", "", "").words == ""
