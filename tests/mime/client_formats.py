"""How mail clients quote the letter they answer: an answer and a letter in, the client's text or HTML out."""

from __future__ import annotations

import html
import textwrap

CASE_LETTER = """\
##- Please reply above this line -##

Carla Customer <carla@customer.example>
Subject: Printer on fire
Case: 7F3K-9QXM
Created: 3 March 2026, 09:14
Assigned to: Ann Agent
You got this case because you have the fewest open cases.

Carla Customer wrote on 3 March 2026, 09:14:
Hello, our printer of the type LX-200 catches fire whenever we print invoices.
Serial number 4711. What should we do about it before Friday?
Kind regards
Carla Customer
Example Bakery Ltd, 12 High Street, Phone +44 20 1234
"""
CUSTOMER_LETTER = """\
Hello Carla,

please switch the printer off and pull the plug before you open the lid.
Then send us the number on the label that you find inside.

Kind regards,
Ann Agent
Example Support

Your mail of 3 March 2026:
Hello, our printer of the type LX-200 catches fire whenever we print invoices.
Serial number 4711. What should we do about it before Friday?
Kind regards
Carla Customer
Example Bakery Ltd, 12 High Street, Phone +44 20 1234
"""
US = ("support@example.com", "Example Support")


def quoted(letter: str, prefix: str = "> ") -> str:
    return "\n".join(f"{prefix}{line}".rstrip() for line in letter.splitlines())


def with_sentence(sentence: str) -> dict[str, str]:
    return {"between": f"\n\n{sentence}\n\n", "prefix": "> "}


def with_block(*labels: str, rule: str = "") -> dict[str, str]:
    values = (
        "Example Support <support@example.com>",
        "Tuesday, 3 March 2026 10:02",
        "ann@example.com",
        "[#7F3K-9QXM] Printer on fire",
    )
    block = "\n".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
    return {"between": f"\n\n{rule}{block}\n\n", "prefix": ""}


_WRAPPED = "On Tue, Mar 3, 2026 at 10:02 AM Example Support <\nsupport@example.com> wrote:"
#: client and language: what stands between answer and quote, and the prefix of quoted lines.
CLIENTS: dict[str, dict[str, str]] = {
    "gmail en": with_sentence("On Tue, Mar 3, 2026 at 10:02 AM Example Support <support@example.com> wrote:"),
    "gmail en wrapped": with_sentence(_WRAPPED),
    "gmail de": with_sentence("Am Di., 3. März 2026 um 10:02 Uhr schrieb Example Support <\nsupport@example.com>:"),
    "gmail fr": with_sentence("Le mar. 3 mars 2026 à 10:02, Example Support <support@example.com>\na écrit :"),
    "gmail es": with_sentence("El mar, 3 mar 2026 a las 10:02, Example Support (<support@example.com>)\nescribió:"),
    "gmail ru": with_sentence("вт, 3 мар. 2026 г. в 10:02, Example Support <support@example.com>:"),
    "gmail ja": with_sentence("2026年3月3日(火) 10:02 Example Support <support@example.com>:"),
    "gmail ko": with_sentence("2026년 3월 3일 (화) 오전 10:02, Example Support <support@example.com>님이 작성:"),
    "gmail sw (unknown language)": with_sentence(
        "Mnamo Jumanne, 3 Machi 2026 10:02 Example Support <support@example.com> aliandika:"
    ),
    "thunderbird en": with_sentence("On 03/03/2026 10:02, Example Support wrote:"),
    "thunderbird de": with_sentence("Am 03.03.26 um 10:02 schrieb Example Support:"),
    "apple de": with_sentence("Am 03.03.2026 um 10:02 schrieb Example Support <support@example.com>:"),
    "proton": with_sentence(
        "Sent with Proton Mail secure email.\n\nOn Tuesday, March 3rd, 2026 at 10:02, "
        "Example Support <support@example.com> wrote:"
    ),
    "yahoo": {
        "between": "\n\n    On Tuesday, March 3, 2026, 10:02:11 AM GMT, "
        "Example Support <support@example.com> wrote:  \n \n ",
        "prefix": "",
    },
    "outlook en": with_block("From:", "Sent:", "To:", "Subject:"),
    "outlook en rule": with_block("From:", "Sent:", "To:", "Subject:", rule="_" * 32 + "\n"),
    "outlook original": with_block("From:", "Sent:", "To:", "Subject:", rule="-----Original Message-----\n"),
    "outlook starred": with_block("*From:*", "*Sent:*", "*To:*", "*Subject:*"),
    "outlook de": with_block("Von:", "Gesendet:", "An:", "Betreff:"),
    "outlook de original": with_block(
        "Von:", "Gesendet:", "An:", "Betreff:", rule="-----Ursprüngliche Nachricht-----\n"
    ),
    "outlook fr": with_block("De :", "Envoyé :", "À :", "Objet :"),
    "outlook es": with_block("De:", "Enviado el:", "Para:", "Asunto:"),
    "outlook it": with_block("Da:", "Inviato:", "A:", "Oggetto:"),
    "outlook nl": with_block("Van:", "Verzonden:", "Aan:", "Onderwerp:"),
    "outlook sv": with_block("Från:", "Skickat:", "Till:", "Ämne:"),
    "outlook da": with_block("Fra:", "Sendt:", "Til:", "Emne:"),
    "outlook fi": with_block("Lähettäjä:", "Lähetetty:", "Vastaanottaja:", "Aihe:"),
    "outlook pl": with_block("Od:", "Wysłano:", "Do:", "Temat:"),
    "outlook cs": with_block("Od:", "Odesláno:", "Komu:", "Předmět:"),
    "outlook ru": with_block("От:", "Отправлено:", "Кому:", "Тема:"),
    "outlook tr": with_block("Kimden:", "Gönderildi:", "Kime:", "Konu:"),
    "outlook ja": with_block("差出人:", "送信日時:", "宛先:", "件名:"),
    "outlook zh": with_block("发件人：", "发送时间：", "收件人：", "主题："),
    "outlook ko": with_block("보낸 사람:", "보낸 날짜:", "받는 사람:", "제목:"),
    "outlook (unknown language)": with_block("Kutoka:", "Ilitumwa:", "Kwa:", "Mada:"),
    "qq": with_block(
        "发件人:", "发送时间:", "收件人:", "主题:", rule="------------------ 原始邮件 ------------------\n"
    ),
    "no attribution": {"between": "\n\n", "prefix": "> "},
}


def reply(client: str, answer: str, letter: str) -> str:
    """The plain text of the client's mail."""
    form = CLIENTS[client]
    return answer + form["between"] + quoted(letter, form["prefix"]) + "\n"


def rewrapped(letter: str, width: int = 50) -> str:
    """The letter as a client that wraps lines anew quotes it."""
    lines = [textwrap.wrap(line, width) or [""] for line in letter.splitlines()]
    return quoted("\n".join(part for one in lines for part in one))


def _paragraphs(text: str, tag: str) -> str:
    return "".join(f"<{tag}>{html.escape(line) or '<br>'}</{tag}>" for line in text.splitlines())


_WE = "Example Support &lt;support@example.com&gt;"
_BLOCK = f"<b>From:</b> {_WE}<br><b>Sent:</b> 3 March 2026 10:02<br><b>To:</b> ann<br><b>Subject:</b> Printer"


def html_gmail(answer: str, letter: str) -> str:
    return (
        f'<div dir="ltr">{answer}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'On Tue, Mar 3, 2026 at 10:02 AM {_WE} wrote:<br></div><blockquote class="gmail_quote">'
        f"{_paragraphs(letter, 'div')}</blockquote></div>"
    )


def html_outlook(answer: str, letter: str) -> str:
    return (
        '<html><head><style>p.MsoNormal {margin:0cm}</style></head><body lang="EN-GB"><div class="WordSection1">'
        f'{answer}<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{_BLOCK}</p></div>{_paragraphs(letter, "p")}</div></body></html>'
    )


def html_outlook_web(answer: str, letter: str) -> str:
    return (
        f'<html><body>{answer}<div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
        f'<div id="divRplyFwdMsg">{_BLOCK}</div>{_paragraphs(letter, "div")}</body></html>'
    )


def html_thunderbird(answer: str, letter: str) -> str:
    return (
        f'<html><body>{answer}<div class="moz-cite-prefix">On 03/03/2026 10:02, Example Support wrote:<br></div>'
        f'<blockquote type="cite">{_paragraphs(letter, "p")}</blockquote></body></html>'
    )


def html_apple(answer: str, letter: str) -> str:
    return (
        f'<html><body>{answer}<br><div><blockquote type="cite"><div>On 3. Mar 2026, at 10:02, {_WE} wrote:'
        f"</div><br><div>{_paragraphs(letter, 'div')}</div></blockquote></div></body></html>"
    )


def html_yahoo(answer: str, letter: str) -> str:
    return (
        f'<html><body><div>{answer}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Tuesday, '
        f"March 3, 2026, {_WE} wrote:</div>{_paragraphs(letter, 'div')}</div></body></html>"
    )


HTML_CLIENTS = {
    "gmail": html_gmail,
    "outlook": html_outlook,
    "outlook web": html_outlook_web,
    "thunderbird": html_thunderbird,
    "apple": html_apple,
    "yahoo": html_yahoo,
}
