"""Answers to letters that a restored backup does not know: none is lost, none reaches another's case or customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.desk import receive
from mailticket.desk.assign import assign
from mailticket.domain.case import Case
from mailticket.store.database import Store
from mailticket.store.inbox import InboxItem
from mailticket.store.outbox import OutboxItem
from tests import cast
from tests.cast import ANN, CARLA, DIRK
from tests.desk.house import House, build, mail, reply

_INQUIRY = mail(CARLA, "Printer on fire", message_id="<first@customer.example>")


@dataclass
class Restored:
    """A desk that has just been brought back, and what was lost: a case, and the letters that went out about it."""

    house: House
    case: Case
    to_csr: OutboxItem
    to_customer: OutboxItem

    def csr_answers(self, text: str = "Use water.") -> InboxItem:
        subject = f"Re: [#{self.case.id}] Printer on fire"
        (row,) = self.house.take_in(mail(str(ANN.address), subject, text, in_reply_to=self.to_csr.message_id))
        return row

    def customer_answers(self) -> InboxItem:
        headers = {"message_id": "<second@customer.example>", "in_reply_to": self.to_customer.message_id}
        (row,) = self.house.take_in(mail(CARLA, f"Re: [#{self.case.id}] Printer on fire", "It burns still.", **headers))
        return row

    def to_customers(self) -> list[str]:
        return [one.recipient for one in self.house.letters("customer_reply")]


@pytest.fixture
def restored(house: House, parsers: Parsers, tmp_path: Path) -> Iterator[Restored]:
    """Carla's mail opened a case after the backup was made; the backup knows nothing of it."""
    house.take_in(_INQUIRY)
    assign(house.office)
    lost = house.case(), house.letter("csr_case"), house.letter("auto_reply")
    store = Store("sqlite", tmp_path / "restored")
    store.open()
    store.migrate()
    yield Restored(build(cast.config(), store, parsers, tmp_path), *lost)
    store.close()


def test_a_csrs_answer_about_a_case_that_is_not_known_is_refused_with_help(restored: Restored) -> None:
    row = restored.csr_answers()
    assert (row.outcome, restored.house.cases()) == ("refused", [])
    (told,) = restored.house.letters()
    assert (told.letter, told.recipient) == ("csr_receipt", ANN.key)
    text = restored.house.bytes_of(told).decode()
    assert "Use water." in text and "belongs to no case" in text


def test_a_customers_answer_about_a_case_that_is_not_known_opens_one(restored: Restored) -> None:
    row = restored.customer_answers()
    assert row.outcome == "opened" and restored.house.case().customer.address == CARLA


def test_a_mail_that_is_found_again_opens_the_case_that_it_opened_before(restored: Restored) -> None:
    restored.house.take_in(_INQUIRY)
    assert restored.house.case().id == restored.case.id
    assert restored.customer_answers().outcome == "appended"


def test_an_answer_to_a_letter_that_is_not_known_is_held_until_its_csr_has_looked(restored: Restored) -> None:
    restored.house.take_in(_INQUIRY)
    assign(restored.house.office)
    assert restored.csr_answers("Use water.").outcome == "held" and restored.to_customers() == []
    asked = restored.house.letter("hold_notice")
    assert "an older backup was restored" in " ".join(restored.house.bytes_of(asked).decode().split())
    (row,) = restored.house.take_in(reply(asked, str(ANN.address), "#send"))
    assert row.outcome == "released" and restored.to_customers() == [CARLA.key]


@pytest.mark.parametrize("text", ["Use water.", "#close\nUse water.", "#note\nShe shouts.", "#resolve"])
def test_a_case_id_that_is_given_again_brings_nobody_the_words_of_another(
    restored: Restored, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    house = restored.house
    with monkeypatch.context() as once_more:
        once_more.setattr(receive, "SteadyIds", lambda origin, *_: GivenAgain(origin, restored.case.id))
        house.take_in(mail(DIRK, "No ink"))
    dirks = house.case()
    assert (dirks.id, dirks.customer.address) == (restored.case.id, DIRK)
    assert restored.customer_answers().outcome == "opened"
    assert restored.csr_answers(text).outcome == "held" and restored.to_customers() == []
    assert [one.words.text for one in house.entries(dirks) if one.kind == "customer_mail"] == ["What now?\n"]
    assert house.cases()[0].status == dirks.status


@dataclass(frozen=True)
class GivenAgain:
    """A case ID by chance the same as one before."""

    origin: str
    id: str

    def case_id(self) -> str:
        return self.id


def test_where_a_case_id_is_taken_the_mail_gets_another_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.take_in(_INQUIRY)
    taken = house.case().id
    monkeypatch.setattr(receive, "SteadyIds", lambda origin, *_: GivenAgain(origin, taken))
    (row,) = house.take_in(mail(DIRK, "No ink"))
    assert row.outcome == "opened" and len({one.id for one in house.cases()}) == 2
