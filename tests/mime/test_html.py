"""HTML as text, and HTML made harmless."""

from __future__ import annotations

import time

import pytest

from mailticket.mime.html import html_depth, html_text, sanitise
from mailticket.mime.octets import limits


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("  much \n  <b> white </b> space ", "much white space"),
        ("a&nbsp;b &lt;c&gt; &amp;", "a b <c> &"),
        ('<a href="https://x.example/y">words</a>', "words <https://x.example/y>"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:a@b.c">a@b.c</a>', "a@b.c"),
        ('<a href="javascript:x">words</a>', "words"),
        ('<a href="https://x.example"></a>end', "end"),
        ("<ul><li>one<li>two<ol><li>x<li>y</ol></ul>", "* one\n* two\n  1. x\n  2. y"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td><td>D</td></tr></table>", "A  B\nC  D"),
        ("mine<blockquote>theirs<blockquote>older</blockquote></blockquote>", "mine\n\n> theirs\n>\n>> older"),
        ("<pre>  a\n   b</pre>", "  a\n   b"),
        ("<p class=MsoNormal>one</p><p class=MsoNormal>two</p>", "one\ntwo"),
        ("<p class=MsoNormal>one</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>two</p>", "one\n\ntwo"),
        ("<style>p{}</style><script>x</script><title>t</title>shown", "shown"),
        ('<div style="display:none">preheader</div>shown', "shown"),
        ("<p hidden>a</p><p style='mso-hide: all'>b</p>shown", "shown"),
        ('<img alt="Our logo" src="x"><img src="y">end', "[Our logo]end"),
        ("<p>never <b>closed <i>tags", "never closed tags"),
        ("<!-- no --><p>yes</p>", "yes"),
        ("", ""),
        ("<html></html>", ""),
    ],
)
def test_html_is_read_as_a_person_reads_it(html: str, text: str) -> None:
    assert html_text.text(html) == text


@pytest.mark.parametrize("element", ["div", "blockquote", "span", "b", "table><tr><td", "ul><li", "font"])
def test_no_depth_of_nesting_loses_the_text(element: str) -> None:
    started = time.process_time()
    assert "KEEP" in html_text.text(f"<{element}>" * 5_000 + "KEEP")
    assert time.process_time() - started < 3


@pytest.mark.parametrize(("depth", "is_too_deep"), [(limits.HTML_DEPTH, False), (limits.HTML_DEPTH + 1, True)])
def test_html_nested_beyond_the_limit_is_not_parsed(depth: int, is_too_deep: bool) -> None:
    assert html_depth.is_too_deep("<div>" * depth) is is_too_deep
    assert not html_depth.is_too_deep("<div>x</div>" * depth)
    assert html_depth.bare_text("<div>" * depth + "KEEP &amp; <b>this</b>") == "KEEP & this"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<img src="data:text/html;base64,PHNjcmlwdD4=">',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        '<p style="background:url(javascript:alert(1))">x</p>',
        '<p style="width:expression(alert(1))">x</p>',
        '<p style="position:fixed;top:0">x</p>',
        '<form action="https://x"><input name=a></form>',
        '<iframe src="https://x"></iframe>',
        '<meta http-equiv=refresh content="0;url=https://x">',
        '<base href="https://x">',
        '<link rel=stylesheet href="https://x">',
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<img data-blocked-src="javascript:alert(1)">',
        '<p id="x" class="y">x</p>',
    ],
)
def test_nothing_that_acts_is_left(evil: str) -> None:
    clean = sanitise.sanitise(evil)
    for trace in ("script", "alert", "onerror", "onload", "url(", "position", "<form", "<iframe", "<meta", "id="):
        assert trace not in clean
    assert "data:" not in clean and "class=" not in clean and "<base" not in clean and "<link" not in clean


@pytest.mark.parametrize("source", ["https://x.example/p.gif", "http://x.example/p.gif", "//x.example/p", "\\\\x/p"])
def test_a_remote_image_is_kept_but_not_loaded(source: str) -> None:
    clean = sanitise.sanitise(f'<p>text <img src="{source}" width="1"></p>')
    assert " src=" not in clean
    assert "data-blocked-src=" in clean


@pytest.mark.parametrize(
    "kept",
    [
        '<img src="cid:a@b">',
        '<img src="data:image/png;base64,AAAA">',
        '<p style="color:red">x</p>',
        '<table border="1"><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        "<blockquote>x</blockquote>",
        '<a href="https://x.example" rel="noopener noreferrer nofollow">x</a>',
    ],
)
def test_formatting_and_own_images_stay(kept: str) -> None:
    assert sanitise.sanitise(kept) == kept


def test_only_the_bad_part_of_a_style_goes() -> None:
    clean = sanitise.sanitise('<p style="color:red;background:url(https://x);font-size:12pt">x</p>')
    assert clean == '<p style="color:red;font-size:12pt">x</p>'
