"""The HTML of a reply: the answer's formatting and pictures stay, the quote and a CSR's signature go."""

from __future__ import annotations

import re

import pytest

from mailticket.domain import command_lines
from mailticket.domain.mail import ParentLetter, Reply
from mailticket.mime import quote
from mailticket.mime.cutting import between
from mailticket.mime.html import html_text
from tests.mime.client_formats import (
    CASE_LETTER,
    CUSTOMER_LETTER,
    HTML_CLIENTS,
    US,
    html_gmail,
    html_outlook,
    reply,
)
from tests.mime.growth import is_linear

CASE = (ParentLetter("<letter.1@example.com>", CASE_LETTER, US),)
CUSTOMER = (ParentLetter("<letter.2@example.com>", CUSTOMER_LETTER, US),)
HTML_ANSWER = '<p>Please <b>switch it off</b>.</p><p>See the picture: <img src="cid:plug@x"></p>'


@pytest.mark.parametrize("client", HTML_CLIENTS)
def test_html_keeps_formatting_and_pictures_and_loses_the_quote(client: str) -> None:
    whole = HTML_CLIENTS[client](HTML_ANSWER, CASE_LETTER)
    found = quote.cut(html_text.text(whole), whole, "Re: x", CASE, True)
    assert found.sure and html_text.text(found.html) == found.text
    assert "<b>switch it off</b>" in found.html and 'src="cid:plug@x"' in found.html
    assert not any(word in found.html for word in ("above this line", "From:", "wrote", "<hr", "LX-200"))


@pytest.mark.parametrize(
    "answer",
    [
        "<p>Do:</p><ol><li>stop</li><li>wait</li><li>start</li><li>print</li></ol><ul><li>no ink</li></ul>",
        "<p>1. stop</p><p>2. wait</p><p>3. start</p><p>4) print</p>",
        '<p>See:</p><img src="cid:a" alt="A screenshot of a computer, description automatically generated"><p>Done</p>',
        '<p>Read <a href="https://help.example.com/a?b=c">our help</a> and call <a href="tel:+49123">us</a>.</p>',
        "<p>One<br>two &amp; three&nbsp;four</p><table><tr><td>a</td><td>b</td></tr></table>",
    ],
)
@pytest.mark.parametrize("client", ["outlook", "gmail"])
def test_html_is_kept_though_the_text_prints_numbers_links_and_pictures(client: str, answer: str) -> None:
    whole = HTML_CLIENTS[client](answer, CASE_LETTER)
    found = quote.cut(html_text.text(whole), whole, "Re: x", CASE, True)
    assert html_text.text(found.html).split() == found.text.split() == html_text.text(answer).split()


def test_html_that_says_something_else_than_the_text_is_left_out() -> None:
    whole = html_gmail("<p>Buy cheap pills now at our shop, this is a bargain for you</p>", CASE_LETTER)
    found = quote.cut(reply("gmail en", "Pull the plug.", CASE_LETTER), whole, "Re: x", CASE, True)
    assert (found.text, found.html) == ("Pull the plug.", "")


_BELOW = "<p>It is <b>12345</b>,</p><p>by the way.</p>"


def below(page: str) -> str:
    """The HTML that is kept of a customer's answer below the quote, typed into a page."""
    text = f"{reply('gmail en', '', CUSTOMER_LETTER)}It is 12345,\n\nby the way.\n"
    found = quote.cut(text, page, "Re: x", CUSTOMER, False)
    assert (found.text, found.sure) == ("It is 12345,\n\nby the way.", True)
    return found.html


@pytest.mark.parametrize("client", HTML_CLIENTS)
def test_html_of_an_answer_below_the_quote_keeps_its_formatting(client: str) -> None:
    page = HTML_CLIENTS[client]("", CUSTOMER_LETTER).removesuffix("</body></html>")
    assert html_text.text(below(page + _BELOW)).split() == "It is 12345, by the way.".split()
    assert "<b>12345</b>" in below(page + _BELOW)


@pytest.mark.parametrize(
    "page",
    [
        f"{html_gmail('', CUSTOMER_LETTER)}<img src='cid:a'>{_BELOW}",  # whose picture is it?
        f"{html_gmail('', CUSTOMER_LETTER)}<p>By It is <b>12345</b>,</p><p>by the way.</p>",  # begins within a line
        f"{html_gmail('', CUSTOMER_LETTER)}{_BELOW}<p>By the way.</p>",  # which of the two is the answer?
        _BELOW.replace("12345", "12346"),
    ],
)
def test_html_below_the_quote_is_left_out_where_it_is_not_clear_what_it_is(page: str) -> None:
    assert below(page) == ""


def test_html_without_the_answers_that_the_text_holds_is_left_out() -> None:
    text = reply("gmail en", "See below.", CUSTOMER_LETTER) + "It is 12345, by the way.\n"
    found = quote.cut(text, html_gmail("<p>See below.</p>", CUSTOMER_LETTER), "Re: x", CUSTOMER, False)
    assert "12345" in found.text and found.html == ""


_QUESTION = "Serial number 4711. What should we do about it before Friday?"
_ANSWERS = {
    "a paragraph": '<p style="color:red">Pull <b>the plug</b>, see <a href="https://x.example/a">here</a>.</p>',
    "lines": "<div>Pull <b>the plug</b>,<br>see <a href='https://x.example/a'>here</a>.</div>",
    "with a picture": '<p>Pull <b>the plug</b>, <img src="cid:plug@x"> see <a href="https://x.example/a">here</a>.</p>',
}


def typed_between(client: str, above: str, answer: str) -> Reply:
    """The cut of a CSR's answer that was typed below a question in our letter."""
    before, line, after = CASE_LETTER.partition(f"{_QUESTION}\n")
    whole = HTML_CLIENTS[client](above, f"{before}{line}ANSWER\n{after}")
    whole = re.sub(r"<(p|div)>ANSWER</\1>", lambda _: answer, whole)
    return quote.cut(html_text.text(whole), whole, "Re: x", CASE, True)


@pytest.mark.parametrize(
    "answer",
    [
        "<ol start=2><li>Pull the plug.</li></ol>",  # half a list
        "<p>Pull the plug.</p><p>https://x.example/plug</p>",  # no word tells whose link it is
        "<p>Pull the plug.</p><p><img src='cid:a'></p>",  # whose picture is it?
    ],
)
def test_html_between_quoted_lines_is_left_out_where_it_is_not_clear_what_it_is(answer: str) -> None:
    found = typed_between("outlook", "<p>See below.</p>", answer)
    assert "Pull the plug." in found.text and found.html == ""


@pytest.mark.parametrize("shown", _ANSWERS)
@pytest.mark.parametrize("above", ["", "<p>See <i>below</i>.</p><ul><li>one</li></ul>"])
@pytest.mark.parametrize("client", HTML_CLIENTS)
def test_html_of_answers_between_quoted_lines_keeps_its_formatting(client: str, above: str, shown: str) -> None:
    found = typed_between(client, above, _ANSWERS[shown])
    assert found.text.split()[-1] == "<https://x.example/a>."
    assert html_text.text(found.html).split() == found.text.split()
    assert "<b>the plug</b>" in found.html and ("<i>below</i>" in found.html) is bool(above)
    assert not any(word in found.html for word in ("above this line", "From:", "wrote", "LX-200", "4711", "blockquote"))


_COMMANDED = (
    "<p>Dear <b>Carla</b>,</p><p>press <a href='https://x.example/a'>this</a>.</p><ol><li>one</li><li>two</li></ol>"
)


@pytest.mark.parametrize("commands", ["<p>#close</p>", "<p>#close<br>#time 1h</p><p><br></p>", "<div>#tag a, b</div>"])
@pytest.mark.parametrize("client", HTML_CLIENTS)
def test_html_below_commands_keeps_its_formatting_and_loses_the_commands(client: str, commands: str) -> None:
    whole = HTML_CLIENTS[client](commands + _COMMANDED, CASE_LETTER)
    found = quote.cut(html_text.text(whole), whole, "Re: x", CASE, True)
    assert "<b>Carla</b>" in found.html_below and "<li>two</li>" in found.html_below
    assert html_text.text(found.html_below).split() == command_lines.below(found.text).split()
    assert "#" not in found.html_below


@pytest.mark.parametrize(
    "written",
    [
        "<p>#close Dear <b>Carla</b>, it works.</p>",  # no text below
        "<p>Dear <b>Carla</b>,</p><p>#close</p>",  # no command at the top
        "<p>#close<br>Dear Carla, <img src='cid:a'></p><p>#4711 works</p><p>or not",  # fine
        "<p>Dear Carla</p>",
    ],
)
def test_html_below_commands_never_shows_another_word_than_the_text(written: str) -> None:
    found = quote.cut(html_text.text(written), written, "x", (), True)
    shown = html_text.text(found.html_below).split()
    assert shown in ([], command_lines.below(found.text).split())


def test_a_customers_html_has_no_commands() -> None:
    assert quote.cut("#close\nHello", "<p>#close</p><p>Hello</p>", "x", (), False).html_below == ""


@pytest.mark.parametrize(
    "container",
    ['<div class="gmail_signature">{}</div>', '<div id="Signature">{}</div>', '<pre class="moz-signature">{}</pre>'],
)
def test_a_signature_that_the_client_has_marked_is_cut_from_text_and_html(container: str) -> None:
    signature = container.format("Ann Agent<br>Example Support, 1 Long Road")
    whole = html_outlook(f"<p>Please wait.</p>{signature}", CASE_LETTER)
    found = quote.cut(html_text.text(whole), whole, "Re: x", CASE, True)
    assert found.text == "Please wait." and "Long Road" not in found.html and "Please wait." in found.html


def test_an_answer_typed_into_the_signature_is_kept() -> None:
    whole = html_outlook('<div id="Signature">Please wait for the engineer.</div>', CASE_LETTER)
    assert quote.cut(html_text.text(whole), whole, "Re: x", CASE, True).text == "Please wait for the engineer."


@pytest.mark.parametrize("client", HTML_CLIENTS)
def test_a_quote_that_only_the_html_holds_goes_too(client: str) -> None:
    whole = HTML_CLIENTS[client]("<p>Please <b>pull</b> the plug.</p>", CASE_LETTER)
    for csr in (True, False):
        found = quote.cut("Please pull the plug.\n", whole, "Re: x", CASE, csr)
        assert found.text.strip() == "Please pull the plug." and found.sure
        assert "<b>pull</b>" in found.html and "above this line" not in found.html


def test_html_of_a_csr_that_says_something_else_than_the_text_is_left_out() -> None:
    assert quote.cut("See the HTML.", f"<p>{CASE_LETTER}</p>", "Re: x", CASE, True).html == ""


def test_html_without_a_quote_is_kept_as_it_is_for_a_new_mail() -> None:
    assert quote.cut("Hello there", "<style>p{}</style><p>Hello there</p>", "x", (), False).html.startswith("<style>")


@pytest.mark.parametrize("piece", ["<p>", "<span>", "<div><span>a", "<img>", "<td>a"])
def test_time_grows_with_the_html_of_answers_and_no_faster(piece: str) -> None:
    assert is_linear(lambda html: between.answers(f"<p>See</p>{html}<p>end</p>", "See", "end"), piece)
