"""Masking: the words go, all else stays; properties over all that text can be."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailticket.law.discretion import personal
from mailticket.law.discretion.mask import MASK, has, is_maskable, mask_html, mask_text

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("text", "words", "masked"),
    [
        ("My code is Tulip 77.", "tulip 77", "My code is ***."),
        ("My code is Tulip\n> 77.", "Tulip 77", "My code is ***."),
        ("My code is Tu\u00adlip\u00a0\u200b77.", "Tulip 77", "My code is ***."),
        ("Ann and Anna, Joanna", "Ann", "*** and Anna, Joanna"),
        ("Cafe\u0301 and caf\u00e9, not cafe", "caf\u00e9", "*** and ***, not cafe"),
        ("caf\u00e9 cafe\u0301", "cafe", "caf\u00e9 cafe\u0301"),
        ("\u7530\u4e2d\u3055\u3093", "\u7530\u4e2d", "***\u3055\u3093"),
        ("Stra\u00dfe 12, STRASSE 12", "strasse 12", "***, ***"),
        ("a > b", "a b", "a > b"),
        ("nothing of it", "Tulip", "nothing of it"),
        ("***", "***", "***"),
        ("", "Tulip", ""),
    ],
)
def test_words_in_text_are_masked_however_they_are_written(text: str, words: str, masked: str) -> None:
    assert mask_text(text, [words]) == masked
    assert mask_text(masked, [words]) == masked


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ("<p>code <b>Tu</b>lip 77!</p>", "<p>code <b>***</b>!</p>"),
        ("<p>Tulip<br>77</p>", "<p>***<br></p>"),
        ("<div>Tulip</div><div>77</div>", "<div>***</div><div></div>"),
        ("<p>Tulip&nbsp;&#55;7 &amp; more</p>", "<p>*** &amp; more</p>"),
        ("<a href=\"x?q=Tulip%2077\" title='no'>here</a>", "<a href=\"***\" title='no'>here</a>"),
        ('<img alt="my Tulip 77"> <i>Tulips 77</i>', '<img alt="***"> <i>Tulips 77</i>'),
        ("1 < 2 Tulip 77 <", "1 < 2 *** <"),
    ],
)
def test_words_in_html_are_masked_though_tags_split_them(source: str, masked: str) -> None:
    assert mask_html(source, ["Tulip 77"]) == masked
    assert mask_html(masked, ["Tulip 77"]) == masked


@given(st.text(), st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=2, max_size=8), st.text())
def test_no_text_around_hides_the_words(before: str, words: str, after: str) -> None:
    masked = mask_text(f"{before} {words} {after}", [words])
    assert not has(masked, words) and mask_text(masked, [words]) == masked


@given(st.text(), st.text(alphabet="abc\u00e9 12", min_size=2))
def test_what_does_not_hold_the_words_stays_as_it_is(text: str, words: str) -> None:
    if not has(text, words):
        assert mask_text(text, [words]) == text
        assert not has(html.escape(text), words) or MASK in mask_html(html.escape(text), [words])


@given(st.text(alphabet="<>\"'=& a1;/!-b"), st.text(alphabet="ab1", min_size=2, max_size=4))
def test_masking_html_ends_and_is_idempotent(source: str, words: str) -> None:
    once = mask_html(source, [words])
    assert mask_html(once, [words]) == once


@given(st.text(alphabet="<\"'>a& "), st.integers(1, 3))
def test_tags_are_never_changed_where_no_attribute_holds_the_words(source: str, _count: int) -> None:
    assert mask_html(source, ["tulip"]) == source


@pytest.mark.parametrize("hostile", ["<" * 60_000, "<a '" * 20_000, "&" * 60_000, "ab " * 20_000, "<!--" * 15_000])
def test_hostile_text_is_read_in_one_pass(hostile: str) -> None:
    assert mask_html(hostile, ["ab ab ac"]) == hostile


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"card {CARD}, thanks", [("card number", CARD)]),
        ("card 4111 1111 1111 1112", []),
        (f"to {IBAN} please", [("IBAN", IBAN)]),
        ("call +49 (30) 1234-567 today", [("telephone number", "+49 (30) 1234-567")]),
        ("call 030/1234567", [("telephone number", "030/1234567")]),
        ("on 01.02.2026 and at 10:30, version 1.2.3.4", []),
        ("customer kd-123456x and KD-123456", [("own pattern", "KD-123456")]),
        ("order 12345678", []),
    ],
)
def test_personal_data_is_told_by_its_form(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, text[one.start : one.end]) for one in personal.find(text, ["KD-######"])] == found


def test_only_what_can_be_told_from_other_words_is_masked() -> None:
    assert [is_maskable(one) for one in ("a", "*", "  ", "ab", "7 7")] == [False, False, False, True, True]
