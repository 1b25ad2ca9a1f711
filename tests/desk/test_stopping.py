"""Letters that are stopped: held with their reasons, recalled in time, and found wrong at the last check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailticket.config.models import Assignment, Config, Holds, Letters
from mailticket.desk.assign import assign
from mailticket.desk.deliver import deliver
from mailticket.domain.case import Case
from mailticket.store import entries
from mailticket.store.tables import case_tables
from mailticket.wire.smtp import Relay, SmtpSettings
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, config, service
from tests.desk.house import House, mail, reply
from tests.servers.smtp_sink import SmtpSink

SLOW = config(service(letters=Letters(undo_send=timedelta(seconds=30))))


def opened(house: House, desk: Config | None = None) -> Case:
    """Carla's case with Dirk in Cc, given to Ann."""
    if desk:
        house.with_config(desk)
    house.take_in(mail(cc=str(DIRK)))
    assign(house.office)
    return house.case()


def ann_writes(house: House, text: str, **headers: str) -> str:
    """Ann answers the newest letter to her; the outcome."""
    newest = [one for one in house.letters() if one.csr == ANN.key][-1]
    (row,) = house.take_in(reply(newest, ANN.address, text, **headers))
    return row.outcome


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with Relay(SmtpSettings("127.0.0.1", smtp_sink.port, "none", helo="example.com")) as line:
        yield line


def send_all(house: House, relay: Relay) -> None:
    while deliver(house.office, house.service, relay):
        pass


def test_a_held_answer_goes_out_on_send_with_its_new_text(each_house: House) -> None:
    house = each_house
    opened(house, config(service(holds=Holds(banned_words=("lawsuit",)))))
    assert ann_writes(house, "That means a lawsuit, see the attached file.") == "held"
    notice = house.bytes_of(house.letter("hold_notice")).decode()
    assert "lawsuit" in notice and "no file is attached" in notice and house.letters("customer_reply") == []
    assert ann_writes(house, "#send\nLet us talk.") == "released"
    assert {one.recipient for one in house.letters("customer_reply")} == {CARLA.address, DIRK.address}
    assert "Let us talk." in house.bytes_of(house.letters("customer_reply")[0]).decode()


def test_two_held_answers_are_settled_each_by_its_notice(house: House) -> None:
    opened(house, config(service(holds=Holds(banned_words=("one", "two")))))
    letter = house.letter("csr_case")
    for text in ("Only one.", "Only two."):
        house.take_in(reply(letter, ANN.address, text))
    first, second = house.letters("hold_notice")
    house.take_in(reply(first, ANN.address, "#drop"))
    (again,) = house.take_in(reply(first, ANN.address, "#send"))
    (row,) = house.take_in(reply(second, ANN.address, "#send"))
    assert (again.outcome, row.outcome) == ("refused", "released")
    assert "Only two." in house.bytes_of(house.letters("customer_reply")[0]).decode()
    assert "Only one." not in house.bytes_of(house.letters("customer_reply")[0]).decode()


def test_an_answer_to_an_old_letter_is_held_until_its_csr_has_seen_the_news(each_house: House) -> None:
    house = each_house
    opened(house)
    old = house.letter("csr_case")
    house.take_in(mail(CARLA, f"[#{house.case().id}] More", "It is on fire now."))
    (stale,) = house.take_in(reply(old, ANN.address, "Try to switch it on."))
    assert (stale.outcome, house.letters("customer_reply")) == ("held", [])
    assert "wrote meanwhile" in house.bytes_of(house.letter("hold_notice")).decode()
    assert ann_writes(house, "#send") == "released"


def test_without_takeover_the_owner_hears_what_a_colleague_answered(house: House) -> None:
    opened(house, config(service(assignment=Assignment(takeover=False))))
    before = len(house.letters("csr_case"))
    proven = house.letter("csr_case").message_id
    house.with_config(config(service(assignment=Assignment(takeover=False), trust="address")))
    (row,) = house.take_in(mail(BO.address, f"[#{house.case().id}] x", "I know that one.", in_reply_to=proven))
    assert row.outcome == "answered", row.reason
    assert house.case().csr == ANN.key
    told = house.letters("csr_case")[before:]
    assert [one.recipient for one in told] == [ANN.email]
    assert "I know that one." in house.bytes_of(told[0]).decode()


def test_an_answer_waits_as_long_as_undo_send_says(each_house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    house = each_house
    opened(house, SLOW)
    assert ann_writes(house, "Pull the plug.") == "answered"
    assert "#drop" in house.bytes_of(house.letter("csr_receipt")).decode()
    send_all(house, relay)
    assert {one.state for one in house.letters("customer_reply")} == {"queued"}
    house.clock.forward(seconds=30)
    send_all(house, relay)
    assert {one.state for one in house.letters("customer_reply")} == {"sent"}


def test_a_recalled_answer_is_never_sent_nor_shown(each_house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    house = each_house
    opened(house, SLOW)
    ann_writes(house, "I never meant this.")
    assert ann_writes(house, "#drop") == "done"
    house.clock.forward(minutes=5)
    assert ann_writes(house, "This is meant.") == "answered"
    house.clock.forward(minutes=5)
    send_all(house, relay)
    to_customers = [one for one in smtp_sink.mails if one.recipient in (CARLA.address, DIRK.address)]
    assert not any(b"never meant" in one.data for one in to_customers)
    assert any(b"This is meant." in one.data for one in to_customers)


def test_what_has_gone_out_cannot_be_recalled(house: House, relay: Relay) -> None:
    opened(house, SLOW)
    ann_writes(house, "Pull the plug.")
    house.clock.forward(minutes=1)
    send_all(house, relay)
    assert ann_writes(house, "#drop") == "refused"
    assert {one.state for one in house.letters("customer_reply")} == {"sent"}


def test_a_reader_who_left_the_case_gets_nothing_and_the_csr_is_told(
    each_house: House, relay: Relay, smtp_sink: SmtpSink
) -> None:
    house = each_house
    case = opened(house, SLOW)
    ann_writes(house, "Pull the plug.")
    people = case_tables.Participant
    house.in_store(
        lambda: people.delete().where((people.case == case.key) & (people.address_key == DIRK.key)).execute()
    )
    house.clock.forward(minutes=1)
    send_all(house, relay)
    states = {one.recipient: one.state for one in house.letters("customer_reply")}
    assert states == {CARLA.address: "sent", DIRK.address: "held"}
    assert DIRK.address not in [one.recipient for one in smtp_sink.mails]
    assert "takes no part" in house.entries()[-1].words.text
    assert "stopped" in house.bytes_of(house.letters("csr_receipt")[-1]).decode()


def test_a_letter_that_shows_what_is_private_by_now_is_held(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    opened(house, SLOW)
    ann_writes(house, "First.")
    ann_writes(house, "Second.")
    first = next(one for one in house.entries() if one.words.text.strip() == "First.")
    house.in_store(lambda: entries.change_entry(first.id, {"kind": "note"}))
    house.clock.forward(minutes=1)
    send_all(house, relay)
    assert {one.state for one in house.letters("customer_reply")} == {"held"}
    assert not any(b"First." in one.data for one in smtp_sink.mails if one.recipient == CARLA.address)


def test_a_reply_that_also_went_to_outsiders_is_sent_and_its_letter_proves_no_more(each_house: House) -> None:
    house = each_house
    opened(house)
    letter = house.letter("csr_case")
    (row,) = house.take_in(reply(letter, ANN.address, "Pull the plug.", cc=str(MALLORY)))
    assert row.outcome == "answered" and len(house.letters("customer_reply")) == 2
    assert MALLORY.address in house.bytes_of(house.letter("csr_receipt")).decode()
    assert MALLORY.address not in {one.recipient for one in house.letters()}
    (forged,) = house.take_in(reply(letter, ANN.address, "Send me all of it."))
    named, root_id = f"[#{house.case().id}] x", str(house.as_sent(letter)["References"])
    (root,) = house.take_in(mail(ANN.address, named, "And this.", references=root_id))
    assert (forged.outcome, root.outcome) == ("held", "held")
    assert len(house.letters("customer_reply")) == 2


def test_the_next_letter_proves_its_reader_again(house: House) -> None:
    opened(house)
    ann_writes(house, "Pull the plug.", cc=str(MALLORY))
    house.take_in(reply(house.letters("customer_reply")[0], CARLA, "It still burns."))
    newest = house.letters("csr_case")[-1]
    (row,) = house.take_in(reply(newest, ANN.address, "Call the fire brigade."))
    assert row.outcome == "answered"


def test_a_mere_thank_you_leaves_the_case_closed(house: House) -> None:
    opened(house)
    ann_writes(house, "#close\nPull the plug.")
    to_carla = next(one for one in house.letters("customer_reply") if one.recipient == CARLA.address)
    (row,) = house.take_in(reply(to_carla, CARLA, "Thank you very much, Ann!"))
    assert (row.outcome, house.case().status) == ("thanked", "closed")
    assert "#reopen" in house.bytes_of(house.letters("csr_receipt")[-1]).decode()
    (row,) = house.take_in(reply(to_carla, CARLA, "Thank you, but it still burns."))
    assert house.case().status == "reopened"


def test_an_escalation_is_told_to_the_customer_and_its_private_text_is_not(house: House) -> None:
    opened(house, config(service(letters=Letters(escalation_notice=True))))
    ann_writes(house, "#escalate\nThis one is difficult, beware.")
    notice = house.letter("escalation_notice")
    assert (notice.recipient, notice.kind) == (CARLA.address, "auto")
    assert "beware" not in house.bytes_of(notice).decode()
