"""Names that nobody knows: which one was meant, and what is said of it."""

from __future__ import annotations

import pytest

from mailticket.domain import languages
from mailticket.domain.near_names import hint, nearest

PEOPLE = ("jane@example.com", "ann@example.com", "Jane Doe", "support")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("suport", "support"),
        ("SUPPORT", "support"),
        ("Jane Do", "Jane Doe"),
        ("jnae@example.com", "jane@example.com"),
        ("jane@exmaple.com", "jane@example.com"),
        ("bo@example.com", ""),  # like Ann's only by the firm's name
        ("bo@exmaple.com", ""),
        ("xyzzy", ""),
        ("", ""),
        ("support" * 10_000, ""),
    ],
)
def test_the_nearest_name_is_found_whatever_its_capitals(written: str, meant: str) -> None:
    assert nearest(written, PEOPLE) == meant


def test_where_none_is_near_there_is_a_list_of_bounded_length() -> None:
    assert hint("xyzzy", ()) == " (there are: none)"
    assert hint("xyzzy", ("one", "two", "one")) == " (there are: one, two)"
    assert hint("xyzzy", map(str, range(1000))).endswith("28, 29, ...)")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("de", ""),
        ("pt-BR", ""),
        ("german", 'did you mean "de"?'),
        ("Englisch", 'did you mean "en"?'),
        ("de_at", 'did you mean "de-AT"?'),
        ("DE", 'did you mean "de"?'),
        ("", 'write its code, for example "de" or "pt-BR"'),
    ],
)
def test_a_language_is_named_by_its_code(code: str, told: str) -> None:
    assert languages.trouble_with(code).removeprefix("; ") == told
