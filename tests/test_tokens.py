"""Seals on what we send out: genuine for their recipient, their case and their purpose, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket import tokens
from mailticket.desk.office import SteadyIds
from mailticket.domain import case_id
from mailticket.tokens import Keys, Purpose, is_genuine, is_own_loop, loop_seal, read_message_id
from tests.builders import CASE_ID, KEYS, NOW, OTHER_ID, letter_id
from tests.cast import ANN, BO, CARLA

NEW, OLD = b"n" * 32, b"o" * 32
LOOKS_ALIKE = str.maketrans({"s": "ſ", "k": "\u212a"})


def swapped(letter_id: str, old: str, new: str) -> str:
    assert old in letter_id
    return letter_id.replace(old, new)


def test_it_tells_case_and_purpose_and_proves_its_recipient() -> None:
    written = letter_id(ANN)
    assert read_message_id(written) == tokens.OurId(Purpose.TO_CSR, CASE_ID)
    assert is_genuine(KEYS, written, [ANN.key])
    assert is_genuine(KEYS, written, ["a.archer@example.com", ANN.key])


@pytest.mark.parametrize("recipients", [[BO.key], [CARLA.key], [""], [], ["ann@example.com.evil.example"]])
def test_it_proves_nobody_else(recipients: list[str]) -> None:
    assert not is_genuine(KEYS, letter_id(ANN), recipients)


def test_a_letter_without_a_case_names_none() -> None:
    written = letter_id(ANN, case="")
    assert read_message_id(written) == tokens.OurId(Purpose.TO_CSR, "")
    assert is_genuine(KEYS, written, [ANN.key])


def test_another_case_breaks_the_seal() -> None:
    forged = swapped(letter_id(ANN), CASE_ID.replace("-", "").lower(), OTHER_ID.replace("-", "").lower())
    assert read_message_id(forged) == tokens.OurId(Purpose.TO_CSR, OTHER_ID)
    assert not is_genuine(KEYS, forged, [ANN.key])


@pytest.mark.parametrize(("real", "forged"), [("<mt.s.", "<mt.c."), ("<mt.s.", "<mt.r.")])
def test_another_purpose_breaks_the_seal(real: str, forged: str) -> None:
    assert not is_genuine(KEYS, swapped(letter_id(ANN), real, forged), [ANN.key])


def test_every_changed_letter_of_nonce_and_seal_breaks_it() -> None:
    written = letter_id(ANN)
    start, end = written.index(CASE_ID.replace("-", "").lower()), written.index("@")
    for place in range(start, end):
        other = "b" if written[place] == "a" else "a"
        forged = written[:place] + other + written[place + 1 :]
        assert not is_genuine(KEYS, forged, [ANN.key]), forged


def test_another_host_in_it_changes_nothing_because_it_is_not_sealed() -> None:
    assert is_genuine(KEYS, swapped(letter_id(ANN), "@example.com", "@mx.example.org"), [ANN.key])


@pytest.mark.parametrize(
    "change", [str.upper, str.title, lambda one: f"  {one} \r\n"], ids=["upper", "title", "blanks"]
)
def test_what_servers_do_to_letter_case_and_blanks_does_not_matter(change: object) -> None:
    assert callable(change)
    assert is_genuine(KEYS, change(letter_id(ANN)), [ANN.key])


@pytest.mark.parametrize("keys", [Keys((OLD,)), Keys((NEW, OLD))], ids=["old only", "rotated"])
def test_old_keys_go_on_opening(keys: Keys) -> None:
    assert is_genuine(keys, letter_id(ANN, keys=Keys((OLD,))), [ANN.key])


def test_only_the_first_key_seals_and_a_retired_one_opens_no_more() -> None:
    sealed = letter_id(ANN, keys=Keys((NEW, OLD)))
    assert is_genuine(Keys((NEW,)), sealed, [ANN.key])
    assert not is_genuine(Keys((OLD,)), sealed, [ANN.key])


@pytest.mark.parametrize("secrets", [(), (b"short",), (NEW, b"")])
def test_short_or_missing_keys_are_refused(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Keys(secrets)


def test_the_root_of_a_conversation_is_stable_and_each_csrs_own() -> None:
    root = tokens.conversation_root(KEYS, CASE_ID, ANN.key, "example.com")
    assert root == tokens.conversation_root(KEYS, CASE_ID, ANN.key, "example.com")
    assert root != tokens.conversation_root(KEYS, CASE_ID, BO.key, "example.com")
    assert is_genuine(KEYS, root, [ANN.key])


def test_two_letters_about_the_same_differ_by_their_nonce() -> None:
    assert letter_id(ANN, nonce=b"00000001") != letter_id(ANN, nonce=b"00000002")


def test_a_message_id_fits_one_header_line() -> None:
    longest = tokens.message_id(KEYS, Purpose.TO_CSR, CASE_ID, ANN.key, b"12345678", "x" * 60 + ".example.com")
    assert len(f"Message-ID: {longest}") < 998
    assert longest.isascii() and " " not in longest


letters = st.text("abz27SsKkſ\u212aİıé.@<> \ud800", min_size=26, max_size=26)
shaped = st.builds("<mt.{}.{:.8}.{:.5}.{}@x>".format, st.sampled_from("scrxſ"), letters, letters, letters)


@given(shaped | st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_reading_strangers_ids_never_raises(written: str) -> None:
    read_message_id(written)
    assert not is_genuine(KEYS, written, [ANN.key])


@pytest.mark.parametrize("written", [letter_id(ANN).translate(LOOKS_ALIKE), letter_id(ANN).replace("mt.s", "mt.ſ")])
def test_look_alike_letters_of_unicode_are_not_ours(written: str) -> None:
    assert read_message_id(written) is None
    assert not is_genuine(KEYS, written, [ANN.key])


def test_the_loop_seal_holds_for_its_own_mail_only() -> None:
    seal = loop_seal(KEYS, "<a@x>")
    assert is_own_loop(KEYS, "<a@x>", f" {seal.upper()} ")
    assert not is_own_loop(KEYS, "<b@x>", seal)
    assert not is_own_loop(Keys((NEW,)), "<a@x>", seal)


@pytest.mark.parametrize("header", ["", "yes", "ü", "\udc80", "a" * 100_000])
def test_a_strangers_loop_header_is_not_ours_and_breaks_nothing(header: str) -> None:
    assert not is_own_loop(KEYS, "<a@x>", header)


CLAIM = tokens.LinkClaim("assign", "7F3K-9QX6", "ann@example.com", "bo@example.com", "abcd", NOW)


def test_a_link_comes_back_as_it_was_sealed() -> None:
    assert tokens.open_link(KEYS, tokens.seal_link(KEYS, CLAIM)) == CLAIM


@given(position=st.integers(0, 200), letter=st.characters(codec="ascii"))
def test_a_link_that_was_changed_is_none(position: int, letter: str) -> None:
    sealed = tokens.seal_link(KEYS, CLAIM)
    changed = sealed[: position % len(sealed)] + letter + sealed[position % len(sealed) + 1 :]
    if changed != sealed:
        with pytest.raises(tokens.BadLink):
            tokens.open_link(KEYS, changed)


@given(st.text())
def test_no_text_is_a_link_of_ours(text: str) -> None:
    with pytest.raises(tokens.BadLink):
        tokens.open_link(KEYS, text)


def test_a_mail_link_is_one_csrs_one_case_and_one_action() -> None:
    token = tokens.mail_link_seal(KEYS, CASE_ID, "ann@example.com", "assign bo@example.com")
    offered = (CASE_ID, ("ann@example.com",), "assign bo@example.com")
    assert tokens.is_mail_link(KEYS, token.upper(), *offered)
    assert not tokens.is_mail_link(KEYS, token, OTHER_ID, *offered[1:])
    assert not tokens.is_mail_link(KEYS, token, CASE_ID, ("bo@example.com",), offered[2])
    assert not tokens.is_mail_link(KEYS, token, *offered[:2], "assign eve@example.com")
    assert not tokens.is_mail_link(KEYS, "ä", *offered)


def test_the_case_ids_of_a_mail_stay_the_same_and_hang_on_the_key() -> None:
    def made(keys: Keys, mail: str) -> list[str]:
        ids = SteadyIds("inbox:1", keys, mail)
        return [ids.case_id() for _ in range(3)]

    other = Keys((b"another desk's key, 32 bytes long",))
    assert made(KEYS, "a") == made(KEYS, "a")
    several = [*made(KEYS, "a"), *made(KEYS, "b"), *made(other, "a")]
    assert len(set(several)) == 9 and all(case_id.parse(one) == one for one in several)
