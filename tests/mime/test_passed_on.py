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


#: Language: From, Date (Outlook: Sent), To, Subject.
LABELS = {
    "English": ("From", "Sent", "To", "Subject"),
    "German": ("Von", "Gesendet", "An", "Betreff"),
    "French": ("De", "Envoyé", "À", "Objet"),
    "Spanish": ("De", "Enviado el", "Para", "Asunto"),
    "Italian": ("Da", "Inviato", "A", "Oggetto"),
    "Portuguese": ("De", "Enviada em", "Para", "Assunto"),
    "Dutch": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "Polish": ("Od", "Wysłano", "Do", "Temat"),
    "Swedish": ("Från", "Skickat", "Till", "Ämne"),
    "Danish": ("Fra", "Sendt", "Til", "Emne"),
    "Finnish": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "Russian": ("От", "Отправлено", "Кому", "Тема"),
    "Japanese": ("差出人", "送信日時", "宛先", "件名"),
}
#: Language: the prefix of Outlook's subject, and the titles of Thunderbird and of Apple Mail ("": not known to us).
TITLES = {
    "English": ("FW", "Forwarded Message", "Begin forwarded message"),
    "German": ("WG", "Weitergeleitete Nachricht", "Anfang der weitergeleiteten Nachricht"),
    "French": ("TR", "Message transféré", "Début du message réexpédié"),
    "Spanish": ("RV", "Mensaje reenviado", "Inicio del mensaje reenviado"),
    "Italian": ("I", "Messaggio Inoltrato", "Inizio messaggio inoltrato"),
    "Portuguese": ("ENC", "Mensagem encaminhada", "Início da mensagem reencaminhada"),
    "Dutch": ("FW", "Doorgestuurd bericht", "Begin doorgestuurd bericht"),
    "Polish": ("PD", "Treść przekazanej wiadomości", "Początek przekazywanej wiadomości"),
    "Swedish": ("VB", "Vidarebefordrat meddelande", "Vidarebefordrat mejl"),
    "Danish": ("FW", "Videresendt meddelelse", "Start på videresendt besked"),
    "Finnish": ("VL", "Välitetty viesti", "Välitetty viesti alkaa"),
    "Russian": ("FW", "Пересылаемое сообщение", "Начало переадресованного сообщения"),
    "Japanese": ("FW", "転送されたメッセージ", ""),
}


def _forwards() -> dict[str, tuple[str, str]]:
    """Program and language -> subject and text of the forward, in thirteen languages of each program."""
    found = {
        "Gmail, other subject": ("Printer of Carla", gmail()),
        "Outlook, no rule": ("FW: Printer on fire", outlook("From", "Sent", "To", "Subject", "")),
        "Outlook, original message": (
            "FW: Printer on fire",
            outlook("From", "Sent", "To", "Subject", "-----Original Message-----"),
        ),
    }
    for language, (sender, sent, to, subject) in LABELS.items():
        prefix, of_thunderbird, of_apple = TITLES[language]
        found[f"Outlook, {language}"] = (f"{prefix}: Printer on fire", outlook(sender, sent, to, subject))
        found[f"Gmail, {language}"] = ("Fwd: Printer on fire", gmail(sender))  # which translates no more than this
        found[f"Thunderbird, {language}"] = (
            "Fwd: Printer on fire",
            thunderbird(of_thunderbird, subject, "Date", sender, to),
        )
        if of_apple:
            found[f"Apple Mail, {language}"] = ("Fwd: Printer on fire", apple(of_apple, sender, subject, "Date", to))
    return found


FORWARDS = _forwards()


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


@pytest.mark.parametrize("prefix", sorted({"Fwd", *(title[0] for title in TITLES.values())}))
def test_an_attached_mail_is_passed_on_with_its_files_and_its_own_id(prefix: str) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"], inner["Message-ID"] = CARLA, "Printer on fire", "<carla-1@customer.example>"
    inner.set_content("See the photo.")
    inner.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="fire.gif")
    outer = mail(f"{prefix}: Printer on fire", "Please look.\n-- \nAnn Archer")
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
