"""What marks a mail as no human's, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.domain.mail import Mark
from mailticket.mime import headers, markers
from tests.mime.growth import is_linear

OUT, AUTO = Mark.OUT_OF_OFFICE, Mark.AUTO_REPLY
AWAY = "I am out of the office until Monday with limited access to email."
QUESTION = "Hello, could you tell me when my order arrives? Thank you!"


def marks(*fields: str, text: str = QUESTION, parts: tuple[str, ...] = ()) -> set[Mark]:
    lines = fields if any(field.lower().startswith("from:") for field in fields) else ("From: c@x.example", *fields)
    view = headers.read(("\n".join(lines) + "\n\n").encode())
    return {marker.mark for marker in markers.read(view, text, parts)}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Auto-Submitted: auto-replied", {AUTO}),
        ("auto-submitted: Auto-Generated", {AUTO}),
        ("Auto-Submitted: auto-notified; owner-email=\"a@x.example\"", {AUTO}),
        ("Auto-Submitted: (robot) auto-replied", {AUTO}),
        ("Auto-Submitted: auto-generated (failure)", {AUTO}),
        ("Auto-Submitted: auto-replied (vacation)", {AUTO, OUT}),
        ("X-Auto-Response-Suppress: All", {AUTO}),
        ("Precedence: auto_reply", {AUTO}),
        ("X-Autoreply: yes", {AUTO}),
        ("X-Autorespond:  Holiday", {AUTO}),
        ("X-POST-MessageClass: 9; Autoresponder", {AUTO}),
        ("X-Mailer: vacation 1.2.7", {AUTO}),
        ("X-Vacation: yes", {AUTO, OUT}),
        ("Return-Path: <>", {AUTO}),
        ("From: MAILER-DAEMON@mx.example", {AUTO}),
        ("From: No Reply <no-reply@shop.example>", {Mark.LIST}),
        ("From: noreply-orders@shop.example", {Mark.LIST}),
        ("From: shop_donotreply@shop.example", {Mark.LIST}),
        ("From: nicht-antworten@laden.example", {Mark.LIST}),
        ("From: ne-pas-repondre@boutique.example", {Mark.LIST}),
        ("From: bounce+abc@news.example", {Mark.LIST}),
        ("List-Id: Talk <talk.example.org>", {Mark.LIST}),
        ("List-Unsubscribe: <https://news.example/u/1>", {Mark.LIST}),
        ("Precedence: list", {Mark.LIST}),
        ("Precedence: bulk", {Mark.LIST}),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", {Mark.RECEIPT}),
        ("Content-Type: multipart/report; boundary=x;\n report-type=\"feedback-report\"", {Mark.FEEDBACK}),
        ("Content-Type: text/calendar; charset=utf-8; method=REPLY", {Mark.CALENDAR}),
        ("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"", {Mark.ENCRYPTED}),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", {Mark.ENCRYPTED}),
        ("X-BoxTrapper-Query: abc", {Mark.CHALLENGE}),
        ("Subject: complaint about message from 192.0.2.7", {Mark.FEEDBACK}),
    ],
)  # fmt: skip
def test_headers_with_a_meaning_of_their_own_mark_a_mail(field: str, expected: set[Mark]) -> None:
    assert marks(field) == expected


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: NO",
        "Auto-Submitted: no; reason=typed",
        "Auto-Submitted:",
        "X-Auto-Response-Suppress: None",
        "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
        "X-Auto-Response-Suppress: OOF",
        "X-Autoreply: no",
        "X-Loop: carla@x.example",
        "X-MS-Exchange-Inbox-Rules-Loop: support@example.com",
        "Precedence: first-class",
        "Feedback-ID: 1:2:relay",
        "Return-Path: <carla@x.example>",
        "From: Norbert Reply <norbert.reply@x.example>",
        "From: postmaster@x.example",
        "From: notre.reponse@x.example",
        "Content-Type: multipart/report; report-type=delivery-status",
        "Content-Type: text/calendar; method=REQUEST",
        "Content-Type: application/pkcs7-mime; smime-type=signed-data",
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"",
        "Subject: Re: Automatic reply: my order",
        "Subject: Automatic reply does not work in your product",
        "Subject: Out of office module: a question",
        "Subject: Vacation rental booking 4711",
        "Subject: Undelivered mail",
        "Subject: Accepted: your offer",
    ],
)  # fmt: skip
def test_what_people_send_too_marks_nothing(field: str) -> None:
    assert marks(field) == set()


def test_bulk_on_an_answer_is_a_gateways_and_marks_nothing() -> None:
    assert marks("Precedence: bulk", "In-Reply-To: <1@example.com>") == set()


def test_a_web_form_that_names_its_visitor_in_reply_to_is_no_robot() -> None:
    assert marks("From: noreply@form.example", "Reply-To: carla@x.example") == set()
    assert marks("From: noreply@form.example", "Reply-To: no-reply@form.example") == {Mark.LIST}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: Your case", AWAY),
        ("[EXTERNAL] Automatic reply: Your case", AWAY),
        ("Automatische Antwort: Ihr Fall", "Ich bin bis Montag nicht im Büro."),
        ("Réponse automatique : votre demande", "Je suis absent du bureau jusqu'à lundi."),
        ("Respuesta automática: su caso", "Estoy fuera de la oficina hasta el lunes."),
        ("Automatisch antwoord: uw vraag", "Ik ben afwezig tot maandag."),
        ("Autosvar: ditt ärende", "Jag är på semester till måndag."),
        ("Odpowiedź automatyczna: sprawa", "Jestem nieobecny do poniedziałku."),
        ("自動応答: お問い合わせ", "本日は休暇をいただいております。"),
        ("Out of Office: Your case", AWAY),
        ("Abwesenheitsnotiz: Ihr Fall", "Ich bin im Urlaub und ab Montag wieder erreichbar."),
        ("I am out of the office", "I will be back on 9 March. In urgent cases call Bob."),
        ("Absence du bureau", "Je suis en congés jusqu'au 9 mars."),
    ],
)
def test_an_absence_note_without_any_header_is_known_by_its_words(subject: str, text: str) -> None:
    assert marks(f"Subject: {subject}", text=text) == {AUTO, OUT}


def test_an_automatic_answer_that_speaks_of_no_absence_is_no_absence_note() -> None:
    assert marks("Subject: Automatic reply: x", text="We have received your request 4711.") == {AUTO}


def test_an_automatic_answer_in_ordinary_words_is_an_absence_note_if_it_says_so() -> None:
    assert marks("Auto-Submitted: auto-replied", "Subject: Re: Your case", text=AWAY) == {AUTO, OUT}
    assert marks("Auto-Submitted: auto-generated", "Subject: Our news", text=AWAY) == {AUTO}


def test_a_customer_who_mentions_their_holiday_is_a_customer() -> None:
    text = "I am on holiday next week. Can you deliver the printer before that?"
    assert marks("Subject: Vacation and my delivery", text=text) == set()
    assert marks("Subject: Re: Your case", text=AWAY) == set()


def test_a_meeting_answer_is_known_by_its_parts_or_by_its_class_and_subject() -> None:
    assert marks("Subject: x", parts=("text/plain", 'text/calendar; charset="utf-8"; method=REPLY')) == {Mark.CALENDAR}
    by_class = ("Content-Class: urn:content-classes:calendarmessage", "Subject: Zugesagt: Wartung")
    assert marks(*by_class) == {Mark.CALENDAR}
    assert marks("Subject: x", parts=("text/calendar; method=REQUEST",)) == set()


def test_a_challenge_needs_both_a_subject_and_its_reason() -> None:
    text = "To prove that you are not a spammer, click the link so that your message is delivered."
    assert marks("Subject: Please confirm your message", text=text) == {Mark.CHALLENGE}
    assert marks("Subject: Please confirm your message", text="Did you get my order?") == set()


def test_a_pgp_message_in_the_text_is_encrypted() -> None:
    assert marks("Subject: x", text="-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n") == {Mark.ENCRYPTED}


@pytest.mark.parametrize(("hops", "expected"), [(50, set()), (51, {Mark.LOOP})])
def test_a_mail_that_came_over_too_many_servers_goes_round(hops: int, expected: set[Mark]) -> None:
    assert marks(*["Received: by mx.example"] * hops) == expected


def test_each_mark_stands_once_and_says_why() -> None:
    view = headers.read(b"From: noreply@x.example\nAuto-Submitted: auto-replied\nReturn-Path: <>\n\n")
    assert [(marker.mark, marker.reason) for marker in markers.read(view, "")] == [
        (AUTO, "Auto-Submitted: auto-replied")
    ]


def test_an_answer_from_an_address_that_nobody_reads_is_an_automatic_reply() -> None:
    assert marks("From: noreply@shop.example", "In-Reply-To: <1@x.example>") == {AUTO}
    assert marks("From: noreply@shop.example", "Subject: Re: my order") == {AUTO}


@pytest.mark.parametrize("piece", ["out of ", "[x] ", "(", "auto", "vacation ", "confirm ", "no-reply", "\t "])
def test_time_grows_with_the_headers_and_no_faster(piece: str) -> None:
    def work(text: str) -> None:
        fields = (f"Subject: Automatic reply: {text}", f"From: {text}@x.example", f"Precedence: {text}")
        marks(*fields, "In-Reply-To: <1@x.example>", text=text)
        marks(f"Subject: {text}", f"X-Autoreply: {text}", text=text)

    assert is_linear(work, piece)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=200))
def test_nothing_raises(raw: bytes, text: str) -> None:
    assert isinstance(markers.read(headers.read(b"Subject: " + raw), text), tuple)
