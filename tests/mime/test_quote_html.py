"""The HTML of a reply: the answer's formatting and pictures stay, the quote and a CSR's signature go."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import ParentLetter
from mailticket.mime import quote
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
        f"{html_gmail('', CUSTOMER_LETTER)}{_BELOW}<p>Case 7F3K</p>",  # a word more than the text says
        f"{html_gmail('', CUSTOMER_LETTER)}<p>By It is <b>12345</b>,</p><p>by the way.</p>",  # begins within a line
        f"<blockquote><p>{CUSTOMER_LETTER}</p>{_BELOW}</blockquote>",  # would look like our words
        _BELOW.replace("12345", "12346"),
    ],
)
def test_html_below_the_quote_is_left_out_where_it_is_not_clear_what_it_is(page: str) -> None:
    assert below(page) == ""


def test_html_with_answers_in_the_quote_is_left_out() -> None:
    text = reply("gmail en", "See below.", CUSTOMER_LETTER) + "It is 12345, by the way.\n"
    found = quote.cut(text, html_gmail("<p>See below.</p>", CUSTOMER_LETTER), "Re: x", CUSTOMER, False)
    assert "12345" in found.text and found.html == ""


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
