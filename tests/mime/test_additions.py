"""What programs add below a customer's mail goes; what the customer typed stays."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import CutMethod, ParentLetter, Reply
from mailticket.mime import quote
from tests.mime.client_formats import CASE_LETTER, US, reply

CASE = (ParentLetter("<letter.1@example.com>", CASE_LETTER, US),)


def cut(text: str, parents: tuple[ParentLetter, ...] = (), html: str = "") -> Reply:
    return quote.cut(text, html, "Re: x", parents, False)


_FOOTER = "_______\nusers mailing list\nusers@list.example\nhttps://list.example/mailman/listinfo/users"


@pytest.mark.parametrize(
    "addition",
    ["Get Outlook for iOS<https://aka.ms/o0ukef>", "Envoyé à partir de Outlook pour iOS <https://aka.ms/o0ukef>",
     "Sent from TypeApp<http://www.typeapp.com/r?b=2621>", _FOOTER, f"Get Outlook for iOS<https://aka.ms/x>\n{_FOOTER}"],
)  # fmt: skip
def test_what_a_customers_programs_add_is_not_their_answer(addition: str) -> None:
    assert cut(reply("gmail en", f"Please wait.\n\n{addition}", CASE_LETTER), CASE).text == "Please wait."
    assert cut(f"Please wait.\n\n{addition}").text == "Please wait."


@pytest.mark.parametrize(
    "text",
    ["Get Outlook for iOS<https://aka.ms/o0ukef>", "I sent it from my iPhone <https://aka.ms/x> as you asked.",
     "Please unsubscribe me:\nhttps://list.example/users", "Sent from my desk, is much easier than my mobile phone.",
     "_______\nPlease remove me from this mailing list."],
)  # fmt: skip
def test_what_a_customer_typed_is_no_addition(text: str) -> None:
    assert cut(text) == Reply(text, "", CutMethod.WHOLE, True)


def test_a_page_that_cannot_be_cut_like_its_text_stays_whole() -> None:
    text = "Please wait.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>"
    found = cut(text, html="<p>Quite another page</p>")
    assert (found.text, found.html) == (text, "<p>Quite another page</p>")
