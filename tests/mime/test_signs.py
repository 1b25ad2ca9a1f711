"""Emoji and smileys without a word: the writer's where we never showed them, the quote's where they are ours."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import ParentLetter
from mailticket.mime.quote import new_words
from tests.mime.client_formats import CLIENTS, CUSTOMER_LETTER, quoted, reply

THANKED = CUSTOMER_LETTER.replace("inside.\n", "inside.\n🙏🏽\n:-)\n")


def cut(text: str, letter: str = CUSTOMER_LETTER, html: str = "") -> tuple[str, str]:
    found = new_words(text, html, "Re: x", (ParentLetter("<letter@example.com>", letter),), from_csr=False)
    return found.text, found.html


def typed_into(sign: str, letter: str = CUSTOMER_LETTER) -> str:
    return letter.replace("inside.\n", f"inside.\n{sign}\n")


@pytest.mark.parametrize("client", ["gmail en", "thunderbird de", "outlook en", "apple de"])
@pytest.mark.parametrize("sign", ["👍", "👍🏽", "❤️", "👨‍👩‍👧", "✅ ✅", ":-)", ";)"])
def test_a_sign_typed_into_the_quote_is_an_answer(client: str, sign: str) -> None:
    assert cut(reply(client, "See below.", typed_into(sign)))[0] == f"See below.\n\n{sign}"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("letter", [THANKED, CUSTOMER_LETTER + "\n👍\n"])
def test_a_sign_that_we_sent_is_quoted(client: str, letter: str) -> None:
    said = cut(reply(client, "See below.", letter), letter)[0]
    assert said.startswith("See below.") and not [sign for sign in ("👍", "🙏", ":-)") if sign in said]


def test_a_sign_beside_an_answer_goes_with_it_though_we_sent_one_too() -> None:
    text = reply("gmail en", "See below.", THANKED.replace("lid.\n", "lid.\nIt is open already, thank you.\n🙏\n"))
    assert cut(text, THANKED)[0] == "See below.\n\nIt is open already, thank you.\n🙏"


@pytest.mark.parametrize("decoration", ["*", "•", "●", "■", "—", "***", "______", "[]", "(", "…"])
def test_what_clients_put_into_a_quote_is_no_sign(decoration: str) -> None:
    assert cut(reply("gmail en", "See below.", typed_into(decoration)))[0] == "See below."


@pytest.mark.parametrize(
    ("above", "below"),
    [("👍", "The number is 12345."), ("", "👍\n\nThe number is 12345."), ("", "👍 The number is 12345.")],
    ids=["above", "below", "before the first word"],
)
def test_no_sign_is_lost_where_the_html_is_told_by_its_words(above: str, below: str) -> None:
    text = f"{above}\n\n{quoted(CUSTOMER_LETTER)}\n\n{below}\n"
    shown = "".join(f"<div><span>{one}</span></div>" for one in below.split("\n\n"))
    html = f"<div>{above}</div><blockquote>{CUSTOMER_LETTER.replace(chr(10), '<br>')}</blockquote>{shown}"
    words, own_html = cut(text, html=html)
    assert words == f"{above}\n\n{below}".strip() and (not own_html or "👍" in own_html)
