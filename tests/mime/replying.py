"""How mail programs answer a letter that was really rendered: letter and answer in, the octets of the reply out.

Written after captured replies of each program. What a program does to the HTML that it quotes (Word makes every
cell a paragraph, Outlook on the web renames classes, Gmail drops comments) is done here to ours.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from mailticket.letters.render import Rendered
from mailticket.mime.html import html_text
from mailticket.mime.quote import MARKER

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CELL = re.compile(r"(<td[^>]*>)(.*?)(</td>)", re.DOTALL)
_HERE = "{here}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the writer adds: text and HTML that say the same, above, below or inside (after a line of the letter)."""

    text: str
    html: str
    where: str = "top"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A mail program: how it announces the quote, and how it quotes, in text and in HTML."""

    announces: str
    announces_html: str
    opens: str
    closes: str
    prefix: str = ""
    quotes_html: Callable[[str], str] = lambda body: body


def _without_comments(body: str) -> str:
    return _COMMENT.sub("", body)


def _as_word(body: str) -> str:
    """Word writes each cell anew: paragraphs of its own class, o:p elements, lengths in points."""

    def cell(match: re.Match[str]) -> str:
        if "<td" in match[2]:
            return match[0]
        return f'{match[1]}<p class="MsoNormal"><span style="color:#1F2933">{match[2]}<o:p></o:p></span></p>{match[3]}'

    return _CELL.sub(cell, body.replace("<table ", '<table class="MsoNormalTable" '))


def _as_outlook_on_the_web(body: str) -> str:
    return _without_comments(body).replace("<table ", '<table class="x_t" id="x_i" ')


def _without_styles(body: str) -> str:
    """Some web mail drops styles, so that hidden words are quoted aloud."""
    return re.sub(r' style="[^"]*"', "", _without_comments(body))


_WE = '{name} &lt;<a href="mailto:support@example.com">support@example.com</a>&gt;'
_FIELDS = (
    "<b>From:</b> "
    + _WE
    + "<br><b>Sent:</b> Tuesday, July 14, 2026 1:30 PM<br><b>To:</b> {to}<br><b>Subject:</b> {subject}"
)
_FELDER = (
    "<b>Von:</b> "
    + _WE
    + "<br><b>Gesendet:</b> Dienstag, 14. Juli 2026 13:30<br><b>An:</b> {to}<br><b>Betreff:</b> {subject}"
)
_BLOCK = "From: {name} <support@example.com>\nSent: Tuesday, July 14, 2026 1:30 PM\nTo: {to}\nSubject: {subject}\n\n"
_BLOECKE = (
    "Von: {name} <support@example.com>\nGesendet: Dienstag, 14. Juli 2026 13:30\nAn: {to}\nBetreff: {subject}\n\n"
)
_WORD = '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'

PROGRAMS = {
    "gmail": Program(
        announces="On Tue, 14 Jul 2026 at 13:30, {name} <\nsupport@example.com> wrote:\n\n",
        announces_html='<div dir="ltr" class="gmail_attr">On Tue, 14 Jul 2026 at 13:30, ' + _WE + " wrote:<br></div>",
        opens='<br><div class="gmail_quote gmail_quote_container">{announcement}<blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex"><u></u>',
        closes="</blockquote></div>",
        prefix="> ",
        quotes_html=_without_comments,
    ),
    "web mail without styles": Program(
        announces="On 14/07/2026 13:30, {name} <support@example.com> wrote:\n",
        announces_html="<div>On 14/07/2026 13:30, " + _WE + " wrote:</div>",
        opens='<br><div>{announcement}<blockquote type="cite">',
        closes="</blockquote></div>",
        prefix="> ",
        quotes_html=_without_styles,
    ),
    "apple mail": Program(
        announces="> On 14 Jul 2026, at 13:30, {name} <support@example.com> wrote:\n> \n",
        announces_html="<div>On 14 Jul 2026, at 13:30, " + _WE + ' wrote:</div><br class="Apple-interchange-newline">',
        opens='<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite">{announcement}<div>',
        closes="</div></blockquote></div><br>",
        prefix="> ",
    ),
    "iphone": Program(
        announces="> Am 14.07.2026 um 13:30 schrieb {name} <support@example.com>:\n> \n> ﻿\n",
        announces_html="Am 14.07.2026 um 13:30 schrieb " + _WE + ":<br><br>",
        opens='<div dir="ltr"><br><blockquote type="cite">{announcement}</blockquote></div>'
        '<blockquote type="cite"><div dir="ltr">﻿',
        closes="</div></blockquote>",
        prefix="> ",
    ),
    "thunderbird": Program(
        announces="On 14/07/2026 13:30, {name} wrote:\n",
        announces_html='<div class="moz-cite-prefix">On 14/07/2026 13:30, {name} wrote:<br></div>',
        opens='{announcement}<blockquote type="cite" cite="mid:1@example.com">',
        closes="</blockquote><br>",
        prefix="> ",
        quotes_html=_without_comments,
    ),
    "outlook": Program(
        announces=_BLOCK,
        announces_html=_FIELDS,
        opens=_WORD + "{announcement}<o:p></o:p></p></div></div>",
        closes="",
        quotes_html=_as_word,
    ),
    "outlook in german": Program(
        announces=_BLOECKE,
        announces_html=_FELDER,
        opens=_WORD + "{announcement}<o:p></o:p></p></div></div>",
        closes="",
        quotes_html=_as_word,
    ),
    "outlook on the web": Program(
        announces="_" * 32 + "\n" + _BLOCK,
        announces_html=_FIELDS,
        opens='<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{announcement}</font><div>&nbsp;</div></div><div>',
        closes="</div>",
        quotes_html=_as_outlook_on_the_web,
    ),
    "outlook for ios": Program(
        announces="Get Outlook for iOS<https://aka.ms/o0ukef>\n" + "_" * 32 + "\n" + _BLOCK,
        announces_html=_FIELDS,
        opens='<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">{announcement}'
        "<div>&nbsp;</div></div><div>",
        closes="</div>",
        quotes_html=_as_outlook_on_the_web,
    ),
    "yahoo": Program(
        announces="    On Tuesday 14 July 2026 at 13:30:11 BST, {name} <support@example.com> wrote:  \n \n ",
        announces_html="<div>On Tuesday 14 July 2026 at 13:30:11 BST, {name} &lt;support@example.com&gt; wrote:</div>"
        "<div><br></div>",
        opens='</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div style="font-size:13px">{announcement}<div>',
        closes="</div></div>",
        quotes_html=_without_comments,
    ),
}


def octets(program: Program, letter: Rendered, answer: Answer, name: str, to: str, *, with_text: bool) -> bytes:
    """The whole mail. `name` is what the letter's From shows, `to` whom the letter was to."""
    page = MIMEText(_html(program, letter, answer, name, to), "html", "utf-8")
    mail = page if not with_text else MIMEMultipart("alternative")
    if with_text:
        mail.attach(MIMEText(_text(program, letter, answer, name, to), "plain", "utf-8"))
        mail.attach(page)
    mail["From"], mail["To"], mail["Subject"] = to, "support@example.com", f"Re: {letter.subject}"
    mail["In-Reply-To"] = "<letter.1@example.com>"
    return mail.as_bytes()


def _html(program: Program, letter: Rendered, answer: Answer, name: str, to: str) -> str:
    found = _BODY.search(letter.html)
    body = program.quotes_html(found[1] if found else letter.html)
    if answer.where == "inside":
        seen_from = max(0, body.find(MARKER))  # above it stand hidden words, in which nobody writes
        body = body[:seen_from] + _put(body[seen_from:], answer.after, f"<br>{answer.html}")
    announcement = program.announces_html.format(name=name, to=to, subject=letter.subject)
    above, below = (answer.html if answer.where == place else "" for place in ("top", "bottom"))
    opens = program.opens.replace("{announcement}", announcement)
    return f"<html><head></head><body><div>{above}{opens}{body}{program.closes}{below}</div></body></html>"


def _text(program: Program, letter: Rendered, answer: Answer, name: str, to: str) -> str:
    lines = html_text.text(program.quotes_html(letter.html)).split("\n")
    quoted = _marked(lines, program.prefix) if program.prefix else _flattened(lines)
    if answer.where == "inside":
        quoted = _put(quoted, answer.after, f"\n\n{answer.text}\n\n")
    announcement = program.announces.format(name=name, to=to, subject=letter.subject)
    above, below = (answer.text if answer.where == place else "" for place in ("top", "bottom"))
    return f"{above}\n\n{announcement}{quoted}\n\n{below}\n"


def _put(text: str, after: str, what: str) -> str:
    before, line, rest = text.rpartition(after)  # a hidden preheader may say it first
    assert line, f"the letter does not hold {after!r}"
    return f"{before}{line}{what}{rest}"


def _marked(lines: list[str], prefix: str) -> str:
    """Wrapped anew at 76 columns, each line with the prefix."""
    wrapped = [part for line in lines for part in textwrap.wrap(line, 76, break_long_words=False) or [""]]
    return "\n".join(f"{prefix}{line}".rstrip() for line in wrapped)


def _flattened(lines: list[str]) -> str:
    """As Exchange makes text of HTML: cells on lines of their own, a blank line after each."""
    return "\n\n".join(piece for line in lines for piece in line.split("  ") if piece.strip())
