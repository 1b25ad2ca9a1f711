"""A letter's hidden first words, which some clients quote aloud above our marker, are no part of an answer."""

from __future__ import annotations

import textwrap

import pytest

from mailticket.domain.mail import CutMethod, ParentLetter
from mailticket.mime import quote
from mailticket.mime.quote import MARKER

SAID = "Our printer on the second floor burns, and nobody in the whole house knows where the extinguisher is"
LETTER = f"##- {MARKER} -##\n\nNEW CASE [#7F3K-9QX6]\n\n{SAID}. Please help.\n\nNow!\n"
PARENT = ParentLetter("<1@example.com>", LETTER, ("support@example.com",))
ANNOUNCED = {
    "gmail": "On Tue, 14 Jul 2026 at 13:30, Support <support@example.com> wrote:\n\n",
    "outlook": "From: Support <support@example.com>\nSent: Tuesday, July 14, 2026 1:30 PM\nTo: Ann\nSubject: Help\n\n",
    "nothing": "",
}


def reply(announced: str, hidden: str, answer: str = "Pull the plug.") -> quote.Reply:
    return quote.cut(f"{answer}\n\n{announced}{hidden}\n\n{LETTER}", "", "Re: Help", (PARENT,), from_csr=True)


@pytest.mark.parametrize("client", ANNOUNCED)
@pytest.mark.parametrize("hidden", [f"“{SAID}”", f"“{SAID[:60]} …”", textwrap.fill(f"“{SAID} …”", 40), "“Now!”"])
def test_they_are_cut_with_the_quote(client: str, hidden: str) -> None:
    found = reply(ANNOUNCED[client], hidden)
    assert (found.text, found.method, found.sure) == ("Pull the plug.", CutMethod.MARKER, True)


@pytest.mark.parametrize("prefix", ["> ", "| "])
def test_they_are_cut_where_the_client_marks_each_line(prefix: str) -> None:
    quoted = "\n".join(f"{prefix}{line}" for line in f"“{SAID}”\n{LETTER}".split("\n"))
    text = f"Pull the plug.\n\n{ANNOUNCED['gmail']}{quoted}"
    found = quote.cut(text, "", "Re: Help", (PARENT,), from_csr=True)
    assert (found.text, found.sure) == ("Pull the plug.", True)


@pytest.mark.parametrize("last", ["“Never say never”", "He wrote: “Switch it off”", SAID])
def test_a_csr_may_end_an_answer_with_words_of_their_own_in_quotation_marks(last: str) -> None:
    found = reply("", "", f"Read the label:\n\n{last}")
    assert found.text.endswith(last)
