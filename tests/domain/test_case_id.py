"""The case ID: unique, checked, and found however clients rewrote the subject."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.domain import case_id
from mailticket.domain.case_id import LETTERS
from tests.builders import CASE_ID, OTHER_ID
from tests.mime.growth import is_linear

FULL_WIDTH = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
PREFIXES = ["Re: ", "RE: ", "AW: ", "Antw: ", "SV: ", "WG: ", "Fwd: ", "TR: ", "Re[2]: ", "回复：", "Odp: ", "RV: "]
TAGS = ["[EXTERNAL] ", "[Ext] ", "***SPAM*** ", "{Spam?} ", "[support-list] ", "[#4711] ", "(#) ", "［外部］"]

quick = settings(max_examples=50, deadline=None)
ids = st.integers(0, 32**7 - 1).map(lambda number: made_of(number))


def made_of(number: int) -> str:
    digits = iter([(number >> 5 * place) & 31 for place in range(7)])
    return case_id.make(lambda _: next(digits))


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[str, str]:
    """(case ID, a subject with it as clients and gateways pass it on)."""
    one = draw(ids)
    shown = draw(
        st.sampled_from([one, one.lower(), one.replace("-", ""), one.replace("-", "–"), one.replace("-", " ")])
    )
    tag = draw(
        st.sampled_from(["[#{}]", "[# {} ]", "［#{}］", "【＃{}】", "(#{})", "[#\u200b{}]", "[#\r\n {}]"])
    ).format(shown)
    if draw(st.booleans()):
        tag = tag.replace(shown, shown.translate(FULL_WIDTH))
    before = "".join(draw(st.lists(st.sampled_from(PREFIXES + TAGS), max_size=6)))
    return one, f"{before}{tag} {draw(st.sampled_from(['Invoice', 'Ünïcode ✓', '', '[#', '#4711 [x]']))}"


@quick
@given(rewritten())
def test_it_is_found_through_prefixes_tags_and_encodings(pair: tuple[str, str]) -> None:
    assert case_id.find(pair[1]) == [pair[0]]


@quick
@given(rewritten())
def test_a_subject_without_its_id_holds_none(pair: tuple[str, str]) -> None:
    assert case_id.find(case_id.cut(pair[1])) == []


@quick
@given(ids, st.integers(0, 7), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_caught(one: str, place: int, letter: str) -> None:
    eight = one.replace("-", "")
    wrong = eight[:place] + letter + eight[place + 1 :]
    assert case_id.parse(wrong) == (one if wrong == eight else None)


@quick
@given(ids)
def test_two_swapped_neighbours_are_caught_but_for_0_and_z(one: str) -> None:
    eight = one.replace("-", "")
    for place in range(7):
        pair = eight[place : place + 2]
        swapped = eight[:place] + pair[::-1] + eight[place + 2 :]
        if pair[0] != pair[1] and set(pair) != {"0", "Z"}:
            assert case_id.parse(swapped) is None, (eight, swapped)


def test_a_hundred_thousand_ids_are_unique_and_use_all_letters_alike() -> None:
    draw = random.Random(7)
    made = [case_id.make(draw.randrange) for _ in range(100_000)]
    assert len(set(made)) > 99_990  # of 3 * 10^10, the birthday paradox allows for one pair or none
    counts = Counter(one[0] for one in made)
    assert set(counts) == set(LETTERS) and min(counts.values()) > 2_800 and max(counts.values()) < 3_450


@pytest.mark.parametrize(
    "written",
    ["7F3K-9QX6", "7f3k-9qx6", "7f3k9qx6", "#7F3K-9QX6", "[#7F3K-9QX6]", " 7F3K 9QX6 ", "(#7F3K–9QX6)", "7F3K_9QX6"],
)
def test_a_person_may_type_it_in_many_ways(written: str) -> None:
    assert case_id.parse(written) == CASE_ID


@pytest.mark.parametrize("written", ["OOOO-OO1Y", "oooo-ooIy", "0000-00LY"])
def test_letters_that_look_like_digits_are_read_as_digits(written: str) -> None:
    assert case_id.parse(written) == OTHER_ID


@pytest.mark.parametrize(
    "written", ["", "7F3K", "7F3K-9QX7", "7F3K-9QX66", "UUUU-UUUU", "case 7F3K-9QX6", "7F3K--9QX6"]
)
def test_what_is_no_case_id_is_none(written: str) -> None:
    assert case_id.parse(written) is None


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("[#7F3K-9QX6] A question", [CASE_ID]),
        ("Re: [EXTERNAL] AW: [#7f3k-9qx6] A question", [CASE_ID]),
        ("Re: [#7F3K-9QX6]A question", [CASE_ID]),
        ("Re: [#7F3K-\r\n 9QX6] folded inside", [CASE_ID]),
        ("Re: [#7F3K\u00a0-\u00a09QX6] no-break blanks", [CASE_ID]),
        ("Re: （＃7F3K-9QX6） full-width round brackets", [CASE_ID]),
        ("[#0000-001Y] was [#7F3K-9QX6] and [#0000-001Y]", [OTHER_ID, CASE_ID]),
        ("[#7F3K-9QX7] a wrong check letter", []),
        ("#7F3K-9QX6 without brackets", []),
        ("[7F3K-9QX6] without the sign", []),
        ("[#4711] a foreign ticket", []),
        ("", []),
    ],
)
def test_what_is_found_in_a_subject(subject: str, found: list[str]) -> None:
    assert case_id.find(subject) == found


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ("Re: [#7F3K-9QX6] A question", "Re: A question"),
        ("[#7F3K-9QX6]", ""),
        ("A[#7F3K-9QX6]B", "A B"),
        ("  two\r\n\tlines ", "two lines"),
        ("[#7F3K-9QX7] stays", "[#7F3K-9QX7] stays"),
        ("【重要】［＃7F3K－9QX6］ＡＢＣ", "【重要】 ＡＢＣ"),
        ("a family 👨\u200d👩\u200d👧 [#7F3K\u200b-9QX6] – and more", "a family 👨\u200d👩\u200d👧 – and more"),
    ],
)
def test_only_the_ids_are_cut(subject: str, left: str) -> None:
    assert case_id.cut(subject) == left


@pytest.mark.parametrize(
    "piece", ["[#", "[# ", "[#7F3K", "[#7F3K-9QX7", "Re: ", " ", "［＃", "[#7F3K-9QX6]", "\u200b", "#"]
)
def test_a_hostile_subject_costs_time_in_proportion_to_its_length(piece: str) -> None:
    assert is_linear(lambda subject: (case_id.find(subject), case_id.cut(subject)), piece)
