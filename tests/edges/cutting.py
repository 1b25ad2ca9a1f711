"""The caps on what is looked at to tell the new words of a mail from quoted ones."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

from mailticket.domain.mail import CutMethod, Forwarded, ParentLetter
from mailticket.mime import parse, quote
from mailticket.mime.cutting import additions, answers, attribution, quote_html, signature, talon_fallback
from mailticket.mime.cutting.known import Known
from mailticket.mime.cutting.words import links, words
from mailticket.mime.passed_on import in_text
from tests.edges.edge import Edge, Read, either, padded
from tests.mime.client_formats import CASE_LETTER, CUSTOMER_LETTER, US, reply
from tests.mime.test_preview import SAID
from tests.mime.test_preview import reply as reply_with_hidden_words

_CUSTOMER = (ParentLetter("<1@example.com>", CUSTOMER_LETTER, US),)
_KNOWN = Known(_CUSTOMER)
_BLOCK = ("From: Example Support <support@example.com>", "Sent: 3 March 2026 10:02", "Subject: Printer")


def _text(size: int) -> Read:
    found = quote.cut(
        padded(size, reply("gmail en", "Yes.", CASE_LETTER), "\n> end", "> more\n"), "", "Re: x", (), True
    )
    return either(size, (found.text, found.sure) == ("Yes.", True))


def _tries(number: int) -> Read:
    """Our lines where nothing announces a quote, so often; then, as the last try, where something does."""
    ours = "".join(f"alpha{n} beta{n} gamma{n} delta{n}\n" for n in range(9))
    copied = "".join(ours.splitlines(keepends=True)[3:])
    theirs = "".join(f"a line that somebody else wrote {n}\n" for n in range(4))
    announced = f"\nExample Support 03/03/2026 10:02:\n\n{copied}"  # in words that no client is known to use
    letter = ParentLetter("<1@example.com>", ours, US)
    found = quote.cut((theirs + copied) * (number - 1) + theirs + announced, "", "Re: x", (letter,), False)
    return either(number, found.method is CutMethod.ANCHOR and found.sure)


def _letter(size: int) -> Read:
    last = "the very last words of ours"
    known = Known((ParentLetter("<1@example.com>", padded(size, "first\n", f"\n{last}"), ()),))
    return either(size, known.holds(words(last)))


def _long_line(size: int) -> Read:
    subject = padded(size, "Subject: ", "")
    mail = parse.parse(f"Subject: Fwd: x\n\n{_BLOCK[0]}\n{_BLOCK[1]}\n{subject}\n\nHello".encode())
    found = in_text(mail, "")
    assert found is not None and found.text == "Hello"
    return Read(len("Subject: ") + len(found.subject))


def _wrapped_marker(lines: int) -> Read:
    marker = quote.MARKER.replace(" ", "\n", lines - 1)
    return either(lines, quote.cut(f"Yes.\n\n{marker}\n> rest", "", "Re: x", (), True).method is CutMethod.MARKER)


def _hidden_words(lines: int) -> Read:
    said = SAID.split()
    wrapped = "\n".join([*said[: lines - 1], " ".join(said[lines - 1 :])])
    return either(lines, reply_with_hidden_words("", f"“{wrapped}”").text == "Pull the plug.")


def _banner(lines: int) -> Read:
    """Lines from the end of a header block to our text, the empty one below the block among them."""
    text = "\n".join(("Yes.", "", *_BLOCK, "", *["A gateway's word"] * (lines - 2), CUSTOMER_LETTER))
    return either(lines, quote.cut(text, "", "Re: x", _CUSTOMER, False).text == "Yes.")


def _block(lines: int) -> Read:
    """A header block that is announced without a letter of ours, its recipients wrapped."""
    wrapped = [f"somebody number {n};" for n in range(lines - 3)]
    return either(lines, attribution.first_announcement([*_BLOCK[:2], *wrapped, _BLOCK[2]]) == 0)


def _wrapped_sentence(lines: int) -> Read:
    found = ["On 3 March 2026 <bob@x.example>", *["some words"] * (lines - 2), "wrote:"]
    return either(lines, attribution.first_announcement(found) == 0)


def _sentence(size: int) -> Read:
    return either(
        size, attribution.first_announcement([padded(size, "On 3 March 2026 ", " <b@x.example> wrote:")]) == 0
    )


def _notice(size: int) -> Read:
    """A longer one is no notice, and stays."""
    notice = padded(size, "This is confidential. ", " Delete it.")
    found = answers.within(["> quoted", "", "Yes.", "", notice], _KNOWN).lines
    assert found == ["Yes."] or found == ["Yes.", "", notice]
    return either(size, found == ["Yes."])


def _list_footer(lines: int) -> Read:
    footer = ["a mailing list", *["word"] * (lines - 2), "https://lists.example/x"]
    assert links(footer[-1])
    return either(lines, answers.within(["> quoted", "", "Yes.", "", *footer], _KNOWN).lines == ["Yes."])


def _footer(lines: int) -> Read:
    footer = ["_______", *["word"] * (lines - 2), "mailing list https://lists.example/x"]
    return either(lines, additions.without("\n".join(("Yes.", *footer))) == "Yes.")


def _signature(lines: int) -> Read:
    return either(lines, signature.without("\n".join(("Yes.", "-- ", *["line"] * lines))) == "Yes.")


def _marked_signature(number: int) -> Read:
    marked = [f"w{n}" for n in range(number)]
    return either(number, signature.without(f"Yes.\n{' '.join(marked)}", [marked]) == "Yes.")


def _page(size: int) -> Read:
    return either(size, quote_html.up_to(padded(size, "<p>Yes</p><p>", "</p>"), "Yes") == "<p>Yes</p>")


def _odd_words(number: int) -> Read:
    """Words that only the HTML has, one after the other, and the word that both have again."""
    text = " ".join(f"w{n}" for n in range(400))
    odd = " ".join(f"odd{n}" for n in range(number - 1))
    return either(number, bool(quote_html.up_to(f"<p>{text} {odd} end</p><p>more</p>", f"{text} end")))


def _lines_for_talon(lines: int) -> Read:
    return either(lines, _of_talon("line" + "\nline" * lines))


def _line_for_talon(size: int) -> Read:
    return either(size, _of_talon("y" * size))


def _of_talon(text: str) -> bool:
    with patch.object(talon_fallback, "_quotations", lambda: SimpleNamespace(extract_from_plain=lambda _: "new")):
        return talon_fallback.new_words(text) == "new"


def _passed_on(text: str) -> Forwarded:
    found = in_text(parse.parse(f"Subject: Fwd: x\n\n{text}".encode()), "")
    assert found is not None and "Hello" in found.text
    return found


def _forward(size: int) -> Read:
    """The block is found up to the cap; what is passed on below it is never cut."""
    above = padded(size, "", "\n".join(("", *_BLOCK)), "my own words\n")
    found = _passed_on(f"{above}\n\nHello")
    return either(size, (found.subject, found.text) == ("Printer", "Hello"))


def _forwarded_block(lines: int) -> Read:
    wrapped = [f" somebody number {n};" for n in range(lines - 4)]
    return either(
        lines, _passed_on("\n".join((*_BLOCK[:2], "To: me;", *wrapped, _BLOCK[2], "", "Hello"))).author is not None
    )


def _below_title(lines: int) -> Read:
    """Without a forward's subject its title tells."""
    text = "\n".join(("-------- Forwarded Message --------", *[""] * (lines - 1), *_BLOCK, "", "Hello"))
    return either(lines, in_text(parse.parse(f"Subject: x\n\n{text}".encode()), "") is not None)


EDGES = (
    Edge("mime.quote._CAP", _text, beyond=0),
    Edge("mime.quote._TRIES", _tries, beyond=0),
    Edge("mime.cutting.known._CAP", _letter, beyond=0),
    Edge("mime.cutting.lines.LINE_CAP", _long_line),
    Edge("mime.cutting.lines._WRAPPED", _wrapped_marker, beyond=0),
    Edge("mime.cutting.preview._MOST_LINES", _hidden_words, beyond=0),
    Edge("mime.cutting.attribution._NEAR", _banner, beyond=0),
    Edge("mime.cutting.attribution._BLOCK", _block, beyond=0),
    Edge("mime.cutting.attribution._SPREAD", _wrapped_sentence, beyond=0),
    Edge("mime.cutting.attribution._LENGTH", _sentence, beyond=0),
    Edge("mime.cutting.answers._LEGAL_CAP", _notice, beyond=0),
    Edge("mime.cutting.answers._LIST_LINES", _list_footer, beyond=0),
    Edge("mime.cutting.additions._FOOTER_LINES", _footer, beyond=0),
    Edge("mime.cutting.signature._LONGEST", _signature, beyond=0),
    Edge("mime.cutting.signature._LONGEST_MARKED", _marked_signature, beyond=0),
    Edge("mime.cutting.quote_html._CAP", _page, beyond=0),
    Edge("mime.cutting.quote_html._LOOK_AHEAD", _odd_words, beyond=0),
    Edge("mime.cutting.talon_fallback._LINES", _lines_for_talon, beyond=0),
    Edge("mime.cutting.talon_fallback._LINE_LENGTH", _line_for_talon, beyond=0),
    Edge("mime.passed_on._CAP", _forward, beyond=0),
    Edge("mime.passed_on._BLOCK", _forwarded_block, beyond=0),
    Edge("mime.passed_on._NEAR", _below_title, beyond=0),
)
