"""Greeting and sign-off stand in an answer once, whoever wrote them."""

from __future__ import annotations

import pytest

from mailticket.config.models import Letters
from mailticket.letters.courtesy import closes_with_sign_off, ends_with_signature, opens_with_greeting, tidied
from tests.builders import case
from tests.cast import ANN
from tests.letters.desk import answer, inquiry, reply


@pytest.mark.parametrize(
    "text",
    [
        "Hello Carla,\n\nit works.",
        "Hi,\nit works",
        "hi carla",
        "\n\n  Dear Ms Customer:\nx",
        "Hi Carla, the printer is on its way.",
        "Good morning!\nx",
        "Sehr geehrte Frau Müller,\nx",
        "Hallo Carla\n\nx",
        "Grüß Gott, Frau Huber,\nx",
        "Bonjour Madame,\nx",
        "Bonjour !\nx",
        "Chère Carla,\nx",
        "Estimada señora Pérez:\nx",
        "Gentile Signora Rossi,\nx",
        "Beste Carla,\nx",
        "Hej Carla!\nx",
        "Szanowna Pani,\nx",
        "Уважаемая Карла,\nx",
        "您好，\nx",
        "Howdy Carla,\nx",
    ],
)
def test_a_typed_greeting_is_seen(text: str) -> None:
    assert opens_with_greeting(text, "Howdy Carla,")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It works now.",
        "Hello World prints nothing on my new machine",
        "Hi-fi systems are not covered.",
        "History shows two orders.",
        "Dearest of all is the second offer that we made you in May",
        "Best price is 40 euros.",
        "Moinsen is no word that we know of here in the south",
        "Thanks, hello and goodbye",
    ],
)
def test_words_that_only_look_like_a_greeting_are_left_alone(text: str) -> None:
    assert not opens_with_greeting(text, "Howdy Carla,")


@pytest.mark.parametrize(
    "text",
    [
        "It works.\n\nKind regards,\nAnn Archer",
        "It works.\n\nBest regards",
        "It works.\nAnn",
        "It works.\n\nann archer",
        "It works.\n\nThanks,\nAnn",
        "It works.\nMit freundlichen Grüßen\nAnn Archer\nSupport",
        "It works.\nMfG",
        "It works.\nCordialement,\nAnn",
        "It works.\nUn saludo,\nAnn",
        "It works.\nMet vriendelijke groet,\nAnn",
        "It works.\nС уважением,\nАнн",
        "It works.\n\nCheers!",
        "It works.\nSee you,\nAnn Archer",
    ],
)
def test_a_typed_sign_off_is_seen(text: str) -> None:
    assert closes_with_sign_off(text, ("Ann Archer", "Ann"), "See you,\nAnn Archer")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It works.",
        "It works. Thank you for your patience!",
        "It works.\n\nThank you!",
        "Ann will call you.",
        "Regards to your team, and until tomorrow",
        "Kind regards were sent to us.\n\n" + "\n\n".join(f"Step {number}" for number in range(6)),
    ],
)
def test_words_that_only_look_like_a_sign_off_are_left_alone(text: str) -> None:
    assert not closes_with_sign_off(text, ("Ann Archer", "Ann"), "See you,\nAnn Archer")


@pytest.mark.parametrize(
    ("rendered", "shown"),
    [
        ("Hello ,", "Hello,"),
        ("Hello !", "Hello!"),
        ("Bonjour  !", "Bonjour !"),
        ("  Hello  ,", "Hello ,"),
        (",", ""),
        ("", ""),
        ("你好 ，", "你好，"),
    ],
)
def test_a_missing_name_leaves_no_gap(rendered: str, shown: str) -> None:
    assert tidied(rendered, name="") == shown


def test_a_greeting_with_a_name_keeps_its_blanks() -> None:
    assert tidied("Bonjour Carla !\n", name="Carla") == "Bonjour Carla !"


def test_a_signature_that_the_mail_program_added_is_seen() -> None:
    assert ends_with_signature("It works.\n--\nANN ARCHER | Support", "Ann Archer\nSupport")
    assert not ends_with_signature("It works.", "Ann Archer\nSupport")
    assert not ends_with_signature("It works.", "")


def test_nothing_is_said_twice_in_the_finished_letter() -> None:
    typed = "Hi Carla,\n\nswitch it off and on.\n\nKind regards,\nAnn Archer\nSample Ltd"
    letter = answer((inquiry(), reply(typed)), letters=Letters(signature="Sample Ltd"))
    for once in ("Carla,", "regards", "Ann Archer", "Sample Ltd"):
        assert letter.text.partition("Carla Customer,")[0].count(once) == 1, once
    assert "Hello" not in letter.html


def test_what_the_csr_did_not_type_is_added() -> None:
    letter = answer(letters=Letters(signature="Sample Ltd"))
    assert letter.text.startswith("Hello Carla,\n\nSwitch it off and on.\n\nKind regards,\nAnn Archer\n\nSample Ltd\n")
    assert "Hello Carla," in letter.html and "Kind regards,<br>\nAnn Archer" in letter.html


def test_a_service_signs_where_no_csr_does() -> None:
    assert "Kind regards,\nsupport\n" in answer(csr=None).text


def test_a_csr_signs_with_their_own_signature_too() -> None:
    csr = ANN.model_copy(update={"signature": "Desk 4"})
    assert "Ann Archer\n\nDesk 4\nSample Ltd" in answer(csr=csr, letters=Letters(signature="Sample Ltd")).text


def test_a_greeting_that_fails_gives_way_to_the_default_and_is_told() -> None:
    letter = answer(letters=Letters(greeting="Hi {{ customer.frist_name }}"))
    assert letter.text.startswith("Hello Carla,")
    assert 'service.letters.greeting: there is no "frist_name" here' in letter.trouble
    assert 'did you mean "first_name"?' in letter.trouble


def test_the_case_is_known_to_the_greeting() -> None:
    letter = answer(letters=Letters(greeting="About {{ case.id }}:"))
    assert letter.text.startswith(f"About {case().id}:")
