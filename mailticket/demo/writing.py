"""PURE: what the mail programs of this world make of an answer: their headers, their quoting, their own HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from html import escape

from mailticket.demo.mail import File, Mail, as_html
from mailticket.domain.address import Address


class Program(StrEnum):
    OUTLOOK = "Outlook"
    GMAIL = "Gmail"
    APPLE = "Apple Mail"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person typed. `html` is only for those who formatted it; else the program makes it from the text."""

    to: tuple[Address, ...]
    subject: str
    text: str
    cc: tuple[Address, ...] = ()
    html: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class _Habits:
    """How one program writes: its X-Mailer, its Re:, and how it quotes the mail that is answered."""

    mailer: str
    reply_prefix: str
    quote_text: Callable[[Mail], str]
    quote_html: Callable[[Mail], str]
    frame: str


def _outlook_block(mail: Mail, line: Callable[[str, str], str]) -> list[str]:
    people = [("To", mail.to), ("Cc", mail.cc)]
    return [
        line("From", str(mail.sender)),
        line("Sent", f"{mail.at.astimezone():%A, %d %B %Y %H:%M}"),
        *(line(name, "; ".join(map(str, some))) for name, some in people if some),
        line("Subject", mail.subject),
    ]


def _outlook_text(mail: Mail) -> str:
    return "\n".join(_outlook_block(mail, lambda name, value: f"{name}: {value}")) + f"\n\n{mail.text}"


def _outlook_html(mail: Mail) -> str:
    block = "<br>\n".join(_outlook_block(mail, lambda name, value: f"<b>{name}:</b> {escape(value)}"))
    return (
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>\n"
        f'<p class="MsoNormal">{block}<o:p></o:p></p></div></div>\n'
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n{mail.body_html}'
    )


def _gmail_line(mail: Mail) -> str:
    return f"On {mail.at.astimezone():%a, %d %b %Y at %H:%M}, {mail.sender} wrote:"


def _apple_line(mail: Mail) -> str:
    return f"On {mail.at.astimezone():%d %b %Y, at %H:%M}, {mail.sender} wrote:"


def _arrows(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _gmail_html(mail: Mail) -> str:
    style = "margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"
    return (
        '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f"{escape(_gmail_line(mail))}<br></div>"
        f'<blockquote class="gmail_quote" style="{style}">{mail.body_html}</blockquote></div>'
    )


def _apple_html(mail: Mail) -> str:
    return (
        f'<div><br><blockquote type="cite"><div>{escape(_apple_line(mail))}</div><br>'
        f"<div>{mail.body_html}</div></blockquote></div>"
    )


_HABITS = {
    Program.OUTLOOK: _Habits(
        "Microsoft Outlook 16.0",
        "RE: ",
        _outlook_text,
        _outlook_html,
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8"></head>'
        '<body lang="EN-GB"><div class="WordSection1">{}</div></body></html>',
    ),
    Program.GMAIL: _Habits(
        "",
        "Re: ",
        lambda mail: f"{_gmail_line(mail)}\n\n{_arrows(mail.text)}",
        _gmail_html,
        '<div dir="ltr">{}</div>',
    ),
    Program.APPLE: _Habits(
        "Apple Mail (2.3826.200.121)",
        "Re: ",
        lambda mail: f"{_apple_line(mail)}\n\n{_arrows(mail.text)}",
        _apple_html,
        '<html><head><meta charset="utf-8"></head><body style="overflow-wrap: break-word;">{}</body></html>',
    ),
}


def reply_subject(program: Program, subject: str) -> str:
    """The subject of an answer: the program's own Re:, once."""
    return subject if subject.lower().startswith(("re:", "aw:")) else f"{_HABITS[program].reply_prefix}{subject}"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and with what."""

    address: Address
    program: Program


def write(writer: Writer, draft: Draft, original: Mail | None, message_id: str, at: datetime) -> bytes:
    """The draft as the writer's program sends it; with an `original`, as an answer that quotes it whole."""
    habits = _HABITS[writer.program]
    message = EmailMessage(policy=SMTP)
    message["From"] = _header_address(writer.address)
    message["To"] = [_header_address(one) for one in draft.to]
    if draft.cc:
        message["Cc"] = [_header_address(one) for one in draft.cc]
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    if original and original.message_id:
        message["In-Reply-To"] = original.message_id
        message["References"] = " ".join((*original.references, original.message_id))
    if habits.mailer:
        message["X-Mailer"] = habits.mailer
    _fill(message, habits, draft, original)
    return message.as_bytes()


def _fill(message: EmailMessage, habits: _Habits, draft: Draft, original: Mail | None) -> None:
    """Text, HTML, the pictures that the HTML shows, and the files, nested as every mail program nests them."""
    typed = draft.html or _paragraphs(draft.text)
    message.set_content(draft.text + (f"\n\n{habits.quote_text(original)}" if original else ""))
    html = habits.frame.format(typed + (habits.quote_html(original) if original else ""))
    message.add_alternative(html, subtype="html")
    candidates = (*draft.files, *(original.files if original else ()))
    pictures = [one for one in candidates if one.cid and f"cid:{one.cid}" in html]
    html_part = next(part for part in message.walk() if part.get_content_type() == "text/html")
    for one in pictures:
        main, _, sub = one.type.partition("/")
        html_part.add_related(one.content, main, sub, cid=f"<{one.cid}>", filename=one.name, disposition="inline")
    for one in draft.files:
        if one not in pictures:
            main, _, sub = one.type.partition("/")
            message.add_attachment(one.content, main or "application", sub or "octet-stream", filename=one.name)


def _paragraphs(text: str) -> str:
    return as_html(text).replace("<p>", '<p class="MsoNormal">')


def _header_address(address: Address) -> HeaderAddress:
    return HeaderAddress(address.name, addr_spec=address.address)
