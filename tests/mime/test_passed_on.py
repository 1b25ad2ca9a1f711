"""Mails that somebody passes on: whose they are, what they say, and what the forwarder wrote above, by client."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mailticket.domain.mail import Forwarded
from mailticket.mime.parse import parse
from mailticket.mime.passed_on import author

CARLA = "Carla Customer <carla@customer.example>"
QUESTION = "Our printer is on fire.\n\nFrom: the basement\nWhat shall we do?"


def gmail(sender: str = "From", date: str = "Date", subject: str = "Subject", to: str = "To") -> str:
    return f"""---------- Forwarded message ---------
{sender}: {CARLA}
{date}: Tue, 3 Mar 2026 at 10:02
{subject}: Printer on fire
{to}: <ann@example.com>


{QUESTION}
"""


def outlook(sender: str, sent: str, to: str, subject: str, rule: str = "_" * 32) -> str:
    return f"""{rule}
{sender}: {CARLA}
{sent}: Tuesday, 3 March 2026 10:02
{to}: Ann Archer <ann@example.com>; Bo Baker <bo@example.com>;
 Eve Expert <eve@example.com>
{subject}: Printer on fire

{QUESTION}
"""


def thunderbird(title: str, subject: str, date: str, sender: str, to: str) -> str:
    return f"""-------- {title} --------
{subject}: \tPrinter on fire
{date}: \tTue, 3 Mar 2026 10:02:00 +0100
{sender}: \t{CARLA}
{to}: \tann@example.com



{QUESTION}
"""


def apple(title: str, sender: str, subject: str, date: str, to: str) -> str:
    head = f"{sender}: {CARLA}\n{subject}: Printer on fire\n{date}: 3 March 2026 at 10:02:00 CET\nTo: ann@example.com"
    quoted = "\n".join(f"> {line}".rstrip() for line in f"{head}\n\n{QUESTION}".splitlines())
    return f"{title}:\n\n{quoted}\n".replace("> To:", f"> {to}:")


FORWARDS = {
    "Gmail": ("Fwd: Printer on fire", gmail()),
    "Gmail, German": ("Fwd: Printer on fire", gmail("Von", "Date", "Subject", "To")),
    "Gmail, French": ("Fwd: Printer on fire", gmail("De", "Date", "Subject", "To")),
    "Gmail, other subject": ("Printer of Carla", gmail()),
    "Outlook": ("FW: Printer on fire", outlook("From", "Sent", "To", "Subject")),
    "Outlook, no rule": ("FW: Printer on fire", outlook("From", "Sent", "To", "Subject", "")),
    "Outlook, original message": (
        "FW: Printer on fire",
        outlook("From", "Sent", "To", "Subject", "-----Original Message-----"),
    ),
    "Outlook, German": ("WG: Printer on fire", outlook("Von", "Gesendet", "An", "Betreff")),
    "Outlook, French": ("TR: Printer on fire", outlook("De", "Envoyé", "À", "Objet")),
    "Outlook, Spanish": ("RV: Printer on fire", outlook("De", "Enviado el", "Para", "Asunto")),
    "Outlook, Italian": ("I: Printer on fire", outlook("Da", "Inviato", "A", "Oggetto")),
    "Outlook, Portuguese": ("ENC: Printer on fire", outlook("De", "Enviada em", "Para", "Assunto")),
    "Outlook, Dutch": ("FW: Printer on fire", outlook("Van", "Verzonden", "Aan", "Onderwerp")),
    "Outlook, Polish": ("PD: Printer on fire", outlook("Od", "Wysłano", "Do", "Temat")),
    "Outlook, Swedish": ("VB: Printer on fire", outlook("Från", "Skickat", "Till", "Ämne")),
    "Outlook, Danish": ("VL: Printer on fire".replace("VL", "FW"), outlook("Fra", "Sendt", "Til", "Emne")),
    "Outlook, Finnish": ("VL: Printer on fire", outlook("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe")),
    "Outlook, Russian": ("FW: Printer on fire", outlook("От", "Отправлено", "Кому", "Тема")),
    "Outlook, Japanese": ("FW: Printer on fire", outlook("差出人", "送信日時", "宛先", "件名")),
    "Thunderbird": (
        "Fwd: Printer on fire",
        thunderbird("Forwarded Message", "Subject", "Date", "From", "To"),
    ),
    "Thunderbird, German": (
        "Fwd: Printer on fire",
        thunderbird("Weitergeleitete Nachricht", "Betreff", "Datum", "Von", "An"),
    ),
    "Thunderbird, Polish": (
        "Fwd: Printer on fire",
        thunderbird("Wiadomość przekazana", "Temat", "Data", "Od", "Do"),
    ),
    "Apple Mail": ("Fwd: Printer on fire", apple("Begin forwarded message", "From", "Subject", "Date", "To")),
    "Apple Mail, German": (
        "Fwd: Printer on fire",
        apple("Anfang der weitergeleiteten Nachricht", "Von", "Betreff", "Datum", "An"),
    ),
    "Apple Mail, Italian": ("Fwd: Printer on fire", apple("Inizio messaggio inoltrato", "Da", "Oggetto", "Data", "A")),
}


def mail(subject: str, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann <ann@example.com>", "support@example.com", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def passed_on(message: EmailMessage, from_csr: bool = True) -> Forwarded | None:
    return parse(message.as_bytes(), from_csr=from_csr).forwarded


@pytest.mark.parametrize(("subject", "text"), FORWARDS.values(), ids=FORWARDS.keys())
@pytest.mark.parametrize("above", ["", "She is angry, be kind.\nAnn"])
def test_the_author_and_their_words_are_found(subject: str, text: str, above: str) -> None:
    found = passed_on(mail(subject, f"{above}\n\n{text}"))
    assert found is not None and found.author is not None
    assert (found.author.name, found.author.address) == ("Carla Customer", "carla@customer.example")
    assert (found.subject.removeprefix("Fwd: "), found.text, found.above) == ("Printer on fire", QUESTION, above)


def test_an_attached_mail_is_passed_on_with_its_files_and_its_own_id() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"], inner["Message-ID"] = CARLA, "Printer on fire", "<carla-1@customer.example>"
    inner.set_content("See the photo.")
    inner.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="fire.gif")
    outer = mail("FW: Printer on fire", "Please look.\n-- \nAnn Archer")
    outer.add_attachment(inner)
    read = parse(outer.as_bytes(), from_csr=True)
    assert read.forwarded is not None and read.forwarded.author is not None
    assert read.forwarded.author.address == "carla@customer.example"
    assert (read.forwarded.text.strip(), read.forwarded.above) == ("See the photo.", "Please look.")
    assert read.forwarded.message_id == "<carla-1@customer.example>"
    assert [one.name for one in read.attachments] == ["fire.gif"]


def test_an_attached_mail_in_an_answer_is_only_a_file() -> None:
    answer = mail("RE: [#7F3K-9QX6] Printer", "See the mail of our supplier.", In_Reply_To="<letter@example.com>")
    answer.add_attachment(mail("Offer", "Ten euros."))
    read = parse(answer.as_bytes(), from_csr=True)
    assert read.forwarded is None and len(read.attachments) == 1


@pytest.mark.parametrize(
    ("headers", "message_id"),
    [
        ({}, ""),
        ({"In_Reply_To": "<carla@x>", "References": "<old@x> <carla@x>"}, "<carla@x>"),
        ({"References": "<old@x> <carla@x>"}, "<carla@x>"),
        ({"X_Forwarded_Message_Id": "<carla@x>"}, "<carla@x>"),
    ],
)
def test_the_inner_mails_id_is_known_where_the_client_tells(headers: dict[str, str], message_id: str) -> None:
    found = passed_on(mail("Fwd: Printer on fire", gmail(), **headers))
    assert found is not None and found.message_id == message_id


def test_a_forward_without_an_address_has_no_author() -> None:
    found = passed_on(mail("FW: Printer", outlook("From", "Sent", "To", "Subject").replace(CARLA, "Carla Customer")))
    assert found is not None and found.author is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Printer on fire", "It burns."),
        ("RE: Printer on fire", f"I see.\n\n{outlook('From', 'Sent', 'To', 'Subject')}"),
        ("Three things", "From: the basement\nTo: the roof\nSubject: stairs"),
    ],
)
def test_what_is_no_forward_is_not_taken_for_one(subject: str, text: str) -> None:
    assert passed_on(mail(subject, text)) is None


def test_only_in_a_csrs_mail_it_is_looked_for() -> None:
    assert passed_on(mail("Fwd: Printer on fire", gmail()), from_csr=False) is None


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("carla@customer.example", "", "carla@customer.example"),
        ("Carla Customer [mailto:carla@customer.example]", "Carla Customer", "carla@customer.example"),
        ('"Customer, Carla" <carla@customer.example>', "Customer, Carla", "carla@customer.example"),
        ("*Carla* <carla@customer.example<mailto:carla@customer.example>>", "Carla", "carla@customer.example"),
        ("robot@x.example on behalf of Carla <carla@customer.example>", "Carla", "carla@customer.example"),
    ],
)
def test_a_from_line_names_its_author(written: str, name: str, address: str) -> None:
    found = author(written)
    assert found is not None and (found.name, found.address) == (name, address)
