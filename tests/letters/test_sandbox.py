"""What an admin's template can and cannot reach, and how its mistakes are named."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from mailticket import sandbox
from mailticket.sandbox import (
    TemplateMistake,
    breaks,
    compile_line,
    compiled,
    environment,
    quoted,
    render_line,
    rendered,
)

VALUES = {"customer": {"name": "Carla", "items": "five"}, "list": [1, 2], "html": Markup("<b>")}


def made(source: str, file: str = "a.txt") -> str:
    return rendered(compiled(environment({file: source}.get), file), VALUES)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ customer.name|upper }}", "CARLA"),
        ("{{ customer.name.lower() }}", "carla"),
        ("{{ customer.items }}", "five"),
        ("{% for one in list %}{{ loop.index }}{{ '' if loop.last else ',' }}{% endfor %}", "1,2"),
        ("{{ 2 * 3 + 7 % 4 }}", "9"),
        ("{{ customer.name or 'nobody' }}", "Carla"),
    ],
)
def test_plain_values_can_be_used(source: str, text: str) -> None:
    assert made(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ customer|attr('__class__') }}",
        "{{ customer['__class__'].x }}",
        "{{ list.append(3) }}",
        "{{ customer.pop('name') }}",
        "{{ customer.update({}) }}",
        "{{ '{0.__class__}'.format(customer) }}",
        "{{ ('%s'|e).format(1) }}",
        "{{ '%1000000000s' % 1 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 9 ** 9 }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'a'|indent(1000000000) }}",
        "{{ html|safe }}",
        "{% for n in range(1000000000) %}x{% endfor %}",
        "{{ lipsum() }}",
        "{{ self.__init__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% include 'a.txt' %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_nothing_else_can_be_reached(source: str) -> None:
    with pytest.raises(TemplateMistake):
        made(source)


def test_output_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MOST_OUTPUT", 10)
    with pytest.raises(TemplateMistake, match="writes more than 10 characters"):
        made("{% for one in list %}{{ customer.name }}{{ customer.name }}{% endfor %}")


def test_a_line_of_the_config_is_capped() -> None:
    with pytest.raises(TemplateMistake, match="writes more than 2,000"):
        render_line("{{ text }}", {"text": "a" * 2001})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a\n{{ custmer.name }}", 'a.txt line 2: there is no value "custmer"; did you mean "customer"?'),
        ("{{ customer.nam }}", 'a.txt line 1: there is no "nam" here; did you mean "name"?'),
        ("\n\n{{ 1 + }}", "a.txt line 3: unexpected 'end of print statement'"),
        ("{{ customer.name|center }}", "a.txt line 1: No filter named 'center'."),
        ("{% include 'b.txt' %}", 'a.txt line 1: there is no file "b.txt"'),
        ("{% include 'a.txt' %}", "a.txt line 1: it includes itself"),
        ("{{ customer.name.x }}", 'a.txt line 1: a str has no "x"'),
        ("{{ 1 / 0 }}", "a.txt line 1: division by zero"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(source: str, told: str) -> None:
    with pytest.raises(TemplateMistake) as caught:
        made(source)
    assert str(caught.value) == told


def test_a_mistake_in_an_included_file_is_named_with_that_file() -> None:
    files = {"a.txt": "{% include 'b.txt' %}", "b.txt": "\n{{ nobody }}"}
    with pytest.raises(TemplateMistake, match=r"b\.txt line 2: there is no value"):
        rendered(compiled(environment(files.get), "a.txt"), VALUES)


def test_html_escapes_and_text_does_not() -> None:
    value = {"text": '<b>&"'}
    files = {"a.html": "{{ text }}", "a.txt": "{{ text }}"}
    assert rendered(compiled(environment(files.get), "a.html"), value) == "&lt;b&gt;&amp;&#34;"
    assert rendered(compiled(environment(files.get), "a.txt"), value) == '<b>&"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n  b  c", "a<br>\n&nbsp; b&nbsp; c"),
        ("<script>", "&lt;script&gt;"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (
            'see (https://x.example/?a=1&b="2).',
            'see (<a href="https://x.example/?a=1&amp;b=" style="color:#1f5fbf">https://x.example/?a=1&amp;b=</a>&#34;2).',
        ),
    ],
)
def test_plain_text_becomes_harmless_html(text: str, html: str) -> None:
    assert breaks(text) == html


def test_a_quotation_keeps_its_depth() -> None:
    assert quoted("a\n\n> b") == "> a\n>\n>> b"


DOUBLED = "{% set a = text ~ text %}" + "{% set a = a ~ a %}" * 30 + "{{ a|length }}"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "{% for a in text %}{% for b in text %}{% for c in text %}{% endfor %}{% endfor %}{% endfor %}",
            "100,000 steps",
        ),
        ("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}", "100,000 steps"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "it includes itself"),
        (
            "{% for x in [1, 2] recursive %}{% if loop.depth < 99 %}{{ loop([1, 2]) }}{% endif %}{% endfor %}",
            "100,000 steps",
        ),
        ("{{ text|replace('a', text) }}", "20,000,000 characters"),
        ("{{ text|list|join(text) }}", "20,000,000 characters"),
        ("{% filter upper %}{% for a in text %}{{ text }}{% endfor %}{% endfilter %}", "100,000 steps"),
        (DOUBLED, "20,000,000 characters"),
        (DOUBLED.replace("~", "+"), "20,000,000 characters"),
        (DOUBLED.replace("text ~ text", "[1]").replace("~", "+"), "20,000,000 characters"),
        (DOUBLED.replace("text ~ text", "9").replace("~", "*"), "more than thirty digits"),
        ("{{ text * 1000000000 }}", "between numbers only"),
        ("{{ '%999999999d' % 1 }}", "between numbers only"),
        ("{{ 1|round(-99999999) }}", "rounded to 0 to 12 digits"),
        ("{{ [text|list]|sum(start=[]) }}", "unexpected keyword argument 'start'"),
    ],
)
def test_a_template_that_wants_too_much_costs_itself_and_not_the_daemon(source: str, told: str) -> None:
    with pytest.raises(TemplateMistake) as caught:
        render_line(source, {"text": "a" * 20_000})
    assert told in str(caught.value)


def test_a_letter_of_any_honest_length_has_its_steps() -> None:
    lines = [{"words": "Hello there."}] * 20_000
    source = "{% for one in lines %}{% set x %}{{ one.words ~ '!' }}{% endset %}{{ loop.index }} {{ x }}\n{% endfor %}"
    assert rendered(compile_line(source), {"lines": lines}).endswith("20000 Hello there.!\n")


def test_each_rendering_has_a_budget_of_its_own() -> None:
    for _ in range(3):
        assert render_line("{% for a in text %}{% endfor %}done", {"text": "a" * 60_000}) == "done"
