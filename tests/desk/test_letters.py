"""What a letter takes along from the desk: its links, its files, and what lies on a CSR's desk."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailticket.config.models import Desk, Letters, Web
from mailticket.desk.assign import assign
from mailticket.desk.decided.alarm import ring, tell
from mailticket.desk.decided.post import post
from mailticket.domain.alarms import KINDS
from mailticket.domain.case import Status
from mailticket.domain.decision import Alarm, LetterKind, Send, SendKind
from mailticket.settings.templates import templates_of
from mailticket.store import cases
from mailticket.store.outbox import OutboxItem
from mailticket.tokens import is_mail_link, letter_named, open_link
from tests.builders import KEYS
from tests.cast import ANN, BO, CARLA, DIRK, SUPPORT, config, service
from tests.desk.house import House, mail, reply
from tests.mime.client_formats import HTML_CLIENTS

URL = "https://desk.example.com"


def with_pages(house: House, way: str = "attach") -> House:
    letters = Letters.model_validate({"attachments": way})
    house.with_config(config(service(letters=letters), web=Web(url=URL)))
    return house


def opened(house: House, raw: bytes = b"") -> OutboxItem:
    """Carla's case, given to Ann; the mail that told her."""
    house.take_in(raw or mail())
    assign(house.office)
    return house.letter("csr_case")


def with_file(size: int = 5) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = str(CARLA), SUPPORT, "Printer on fire"
    message["Message-ID"] = "<file.1@mail.example>"
    message.set_content("See the plan.")
    message.add_attachment(b"x" * size, maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def no_trouble(alarm: Alarm) -> None:
    raise AssertionError(f"a template failed: {alarm.text}")


def names(house: House, letter: OutboxItem) -> list[str | None]:
    return [part.get_filename() for part in house.as_sent(letter).walk() if part.get_filename()]


def text_of(house: House, letter: OutboxItem) -> str:
    for part in house.as_sent(letter).walk():
        if part.get_content_type() == "text/plain":
            return bytes(part.get_payload(decode=True) or b"").decode().replace(" \r\n", " ").replace("\r\n", "\n")
    raise AssertionError("a letter without text")


def test_every_link_of_a_letter_is_bound_to_its_reader_its_case_and_itself(house: House) -> None:
    letter = opened(with_pages(house))
    tokens = re.findall(rf"{URL}/l/(\S+)", text_of(house, letter))
    claims = [open_link(KEYS, one) for one in tokens]
    assert len(claims) > 10
    assert {(one.csr, one.case, one.letter) for one in claims} == {
        (ANN.key, house.case().id, letter_named(letter.message_id))
    }


def test_a_mail_link_carries_a_token_for_its_reader(house: House) -> None:
    text = text_of(house, opened(house))
    action, token = re.findall(r"%5D%20(assign)%20bo%40example.com%20(\w+)", text)[0]
    assert is_mail_link(KEYS, token, house.case().id, (ANN.key,), f"{action} {BO.email}")
    assert not is_mail_link(KEYS, token, house.case().id, (BO.key,), f"{action} {BO.email}")


def test_no_letter_to_a_customer_holds_anything_that_acts(house: House) -> None:
    letter = opened(with_pages(house))
    house.take_in(reply(letter, ANN.address, "Pull the plug."))
    for one in (*house.letters("auto_reply"), *house.letters("customer_reply")):
        assert f"{URL}/l/" not in house.bytes_of(one).decode() and "mailto:" not in house.bytes_of(one).decode()


@pytest.mark.parametrize(("way", "goes"), [("attach", ["plan.pdf"]), ("link", [])])
def test_files_go_with_a_letter_or_by_a_link_of_its_reader(house: House, way: str, goes: list[str]) -> None:
    letter = opened(with_pages(house, way), with_file())
    assert names(house, letter) == goes
    (token,) = set(re.findall(rf"{URL}/f/(\S+)", text_of(house, letter)))
    claim = open_link(KEYS, token)
    assert (claim.csr, claim.case, claim.letter) == (ANN.key, house.case().id, letter_named(letter.message_id))


def test_files_that_no_relay_takes_stay_behind_with_a_word(house: House) -> None:
    letter = opened(house, with_file(20_000_001))
    assert names(house, letter) == [] and "Together too large to go by mail" in text_of(house, letter)


def test_an_answer_whose_files_no_relay_takes_says_so_on_the_case(house: House) -> None:
    opened(house)
    message = message_from_bytes(with_file(20_000_001))
    del message["From"], message["Message-ID"]
    message["From"], message["Message-ID"] = ANN.email, "<answer.1@example.com>"
    message["In-Reply-To"] = house.letter("csr_case").message_id
    house.take_in(message.as_bytes())
    answer = house.letter("customer_reply")
    assert names(house, answer) == [] and "plan.pdf (20.0 MB)" in text_of(house, answer)
    assert house.entries()[-1].words.text == f"Too large to go by mail, so not sent to {CARLA.address}: plan.pdf"


def test_an_own_template_that_fails_costs_no_letter_and_tells_the_admins(house: House, tmp_path: Path) -> None:
    own = tmp_path / "templates" / "csr_case.txt"
    own.parent.mkdir(exist_ok=True)
    own.write_text('{% if case.subject == "Printer on fire" %}{{ case.tags[0] }}{% endif %}')
    rules = config(mailticket=Desk(admins=("boss@example.com",)))
    house.with_config(rules)
    house.office = replace(house.office, book=templates_of(rules, tmp_path))
    letter = opened(house)
    assert "WHAT YOU CAN DO" in text_of(house, letter)
    tell(house.office)
    alarm = text_of(house, house.letter("alarm"))
    assert "csr_case.txt line 1" in alarm and "the shipped template was used" in alarm


def test_the_desk_card_shows_what_is_theirs_and_what_waits_for_their_roles(house: House) -> None:
    opened(house)
    house.take_in(mail(DIRK, "Second matter"), mail(DIRK, "Third matter"))
    card = Send(LetterKind.DESK_CARD, SendKind.NOTIFY, ANN.address, "card", "asked", ANN.key)
    house.in_store(lambda: post(house.office, house.service, None, [card], no_trouble))
    text = text_of(house, house.letter("desk_card"))
    mine, waiting = text.split("WAITING FOR ANYBODY (2)")
    assert "YOUR OPEN CASES (1)" in mine and "Printer on fire" in mine and "Second" not in mine
    assert "Second matter" in waiting and "Third matter" in waiting and waiting.count("take it: mailto:") == 2


def test_what_is_done_or_waits_for_others_is_on_nobodys_card(house: House) -> None:
    opened(house)
    case = house.case()
    house.in_store(lambda: cases.change(case, {"status": Status.CLOSED}))
    house.take_in(mail(DIRK, "For experts"))
    other = house.cases()[-1]
    house.in_store(lambda: cases.change(other, {"role": "experts"}))
    card = Send(LetterKind.DESK_CARD, SendKind.NOTIFY, ANN.address, "card", "asked", ANN.key)
    house.in_store(lambda: post(house.office, house.service, None, [card], no_trouble))
    text = text_of(house, house.letter("desk_card"))
    assert "None. Well done." in text and "Nothing waits." in text


def test_an_alarm_goes_to_an_admin_who_is_nobody_else(house: House) -> None:
    house.with_config(config(mailticket=Desk(admins=(DIRK.address,))))
    house.in_store(lambda: ring(house.office, house.service, Alarm("disk-low:/data", "12 MB are left.")))
    tell(house.office)
    sent = house.as_sent(house.letter("alarm"))
    assert (sent["To"], " ".join(sent["Subject"].split())) == (
        DIRK.address,
        f"mailticket: {KINDS['disk-low'].title} (support)",
    )
    assert sent["Auto-Submitted"] == "auto-generated" and sent["References"] is None


def shown_in(house: House, letter: OutboxItem) -> str:
    """The HTML of a letter."""
    pages = [part for part in house.as_sent(letter).walk() if part.get_content_type() == "text/html"]
    return bytes(pages[0].get_payload(decode=True) or b"").decode()


@pytest.mark.parametrize("above", ["<p>See <i>below</i>.</p>", "<p>#tag a</p><p>See <i>below</i>.</p>", ""])
@pytest.mark.parametrize("client", ["gmail", "outlook", "thunderbird"])
def test_a_csrs_formatting_reaches_the_customer_from_below_commands_and_between_our_lines(
    house: House, client: str, above: str
) -> None:
    told = opened(house, mail(text="Printer on fire since noon today.\nWhat now?"))
    quoted = HTML_CLIENTS[client](above, text_of(house, told))
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = ANN.email, SUPPORT, "Re: your mail"
    answer["In-Reply-To"], answer["Message-ID"] = told.message_id, "<formatted@mail.example>"
    between = re.sub(r"(<(p|div)>What now\?</\2>)", r"\1<p>Pull <b>the plug</b>!</p>", quoted, count=1)
    answer.set_content(between, subtype="html")
    house.take_in(answer.as_bytes())
    shown = shown_in(house, house.letter("customer_reply"))
    assert "<b>the plug</b>" in shown and ("<i>below</i>" in shown) is bool(above) and "#tag" not in shown
    assert "Please reply above" not in shown
