"""The subject as its writer meant it."""

from __future__ import annotations

import pytest

from mailticket.triage.subject import plain_subject
from tests.mime.growth import is_linear


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Invoice", "Invoice"),
        ("Re: Invoice", "Invoice"),
        ("AW: WG: Re[2]: SV: Antw: Invoice", "Invoice"),
        ("RE : TR : Invoice", "Invoice"),
        ("回复：答复: 转发: Invoice", "Invoice"),
        ("Re: [EXTERNAL] Fwd: [Ext] Invoice", "Invoice"),
        ("***SPAM*** {Spam?} Invoice", "Invoice"),
        ("Re: [#7F3K-9QX6] AW: Invoice", "Invoice"),
        ("[#7F3K-9QX6]Re: Invoice", "Invoice"),
        ("  two\r\n  lines ", "two lines"),
        ("Re: ", ""),
        ("Re:Re:Re:", ""),
        ("Renewal: Invoice", "Renewal: Invoice"),
        ("[external-list] Invoice", "[external-list] Invoice"),
        ("Invoice re: shoes", "Invoice re: shoes"),
        ("is: it", "is: it"),
    ],
)
def test_prefixes_tags_and_case_ids_are_cut(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain


@pytest.mark.parametrize("piece", ["Re: ", "Re", "[EXTERNAL] ", "[", "Re[1", "re*", "***", " "])
def test_a_hostile_subject_costs_time_in_proportion_to_its_length(piece: str) -> None:
    assert is_linear(plain_subject, piece)
