"""Conditions of rules: what they may read, what is refused before they run, and that nothing in them costs much."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mailticket.conditions import ConditionMistake, compiled, mistakes_in

NAMES: dict[str, Any] = {
    "subject": "text",
    "text": "text",
    "customer": {"domain": "text", "name": "text"},
    "case": {"tags": "list", "age_hours": "number", "fields": {"serial": "text"}},
}
VALUES: dict[str, Any] = {
    "subject": "Invoice 4711",
    "text": "Please pay.",
    "customer": {"domain": "example.org", "name": "Ann"},
    "case": {"tags": ["vip"], "age_hours": 30.0, "fields": {"serial": "A-1"}},
}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("", True),
        ("'invoice' in subject|lower or customer.domain == 'example.org'", True),
        ("'invoice' in subject", False),
        ("case.age_hours / 24 > 1", True),
        ("'vip' in case.tags and not 'late' in case.tags", True),
        ("case.fields.serial.startswith('A')", True),
        ("case['fields']['serial'] == 'B'", False),
        ("(1 if text else 2) == 1", True),
        ("case.tags|length in [1, 2]", True),
    ],
)
def test_a_condition_answers_yes_or_no(source: str, holds: bool) -> None:
    assert list(mistakes_in(source, NAMES)) == []
    assert compiled(source).holds(VALUES) is holds


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("subjct == 'a'", 'there is no value "subjct"; did you mean "subject"?'),
        ("customer.domian == 'a'", 'customer has no "domian"; did you mean "domain"?'),
        ("case.fields.serail", 'case.fields has no "serail"; did you mean "serial"?'),
        ("case['age_huors'] > 1", 'case has no "age_huors"; did you mean "age_hours"?'),
        ("subject|lowr", 'there is no filter "lowr"; did you mean "lower"?'),
        ("case is evne", 'there is no test "evne"; did you mean "even"?'),
        ("subject.lowr()", '"lowr()" cannot be called here; did you mean "lower"?'),
        ("subject = 'x'", "it should end before column 9, at \"= 'x'\""),
        ("'a' in", "unexpected 'end' (at its end)"),
        ("'a' in $text", "unexpected char '$' (column 8, at \"$text\")"),
        ("true)", "unexpected ')' (column 5, at \")\")"),
    ],
)
def test_mistakes_are_named_with_their_place_or_the_nearest_name(source: str, told: str) -> None:
    assert list(mistakes_in(source, NAMES)) == [told]


@pytest.mark.parametrize(
    "source",
    [
        "''.__class__.__mro__[1].__subclasses__()",
        "subject.__class__",
        "subject['__class__']",
        "subject|attr('__class__')",
        "subject.format(1)",
        "'%1000000000d' % 1",
        "subject ~ text",
        "9 ** 9 ** 9",
        "subject|replace('a', 'bbbbbbbbbb')",
        "[subject, subject]|join(text)",
        "range(1000000000)",
        "cycler()",
        "lipsum(1000)",
        "[x for x in subject]",
        "{'a': 1}",
        "subject[0:9]",
        "{% for a in subject %}",
        "(" * 400 + "1" + ")" * 400,
        " and ".join(["1"] * 201),
        "'" + "a" * 1000 + "'",
        "customer[subject]",
    ],
)
def test_what_reaches_out_loops_or_grows_is_refused_before_it_runs(source: str) -> None:
    assert list(mistakes_in(source, NAMES))


@pytest.mark.parametrize(
    "source",
    ["'a' * 1000000000 == ''", "1|round(-99999999) == 0", "1 / 0", "subject < 1", "[1] * 100000000", "text.find(1)"],
)
def test_what_goes_wrong_as_it_runs_is_told_and_costs_nothing(source: str) -> None:
    with pytest.raises(ConditionMistake, match=r".+: .+"):
        compiled(source).holds(VALUES)


@pytest.mark.parametrize(
    ("source", "told"),
    [("'a' * 9 == 'b'", '"*" works between numbers only'), ("2 ** 9 > 1", '"**" is not possible')],
)
def test_what_reckons_with_anything_but_numbers_says_so(source: str, told: str) -> None:
    with pytest.raises(ConditionMistake, match=re.escape(told) + "$"):
        compiled(source).holds(VALUES)
