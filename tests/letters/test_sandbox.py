"""What an admin's template can and cannot reach, and how its mistakes are named."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from mailticket import sandbox
from mailticket.sandbox import TemplateMistake, breaks, compiled, environment, quoted, render_line, rendered

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
