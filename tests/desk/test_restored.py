"""Mail from before a restore, found again: it is taken in, and what it says to others waits for a human."""

from __future__ import annotations

from datetime import timedelta

from mailticket.config.rules import Trigger
from mailticket.domain.address import Address
from mailticket.store import folders
from mailticket.store.by_hand import stuck_calls
from mailticket.store.tables.mail_tables import Folder
from tests.cast import config
from tests.desk.house import House, mail


def test_after_a_restore_mail_that_is_found_again_sends_customers_nothing_by_itself(each_house: House) -> None:
    house = each_house
    with house.office.connected():
        folders.activate("support", "INBOX", 7, 1, house.clock())
        Folder.update(restored_at=house.clock()).execute()
    house.arrive(mail(), received_at=house.clock() - timedelta(hours=1))
    house.receive()
    assert house.letter("auto_reply").state == "held"
    assert house.letter("auto_reply").error.startswith("Maybe already sent")
    house.arrive(mail(Address("", "dirk@customer.example")), received_at=house.clock() + timedelta(seconds=1))
    house.receive()
    assert [one.state for one in house.letters("auto_reply")] == ["held", "queued"]


def test_after_a_restore_mail_that_is_found_again_calls_no_other_program_by_itself(house: House) -> None:
    hook = Trigger.model_validate({"name": "r", "on": "case.created", "then": [{"webhook": "https://hook.example/in"}]})
    house.with_config(config(trigger=(hook,)))
    house.in_store(lambda: folders.activate("support", "INBOX", 7, 1, house.clock()))
    house.in_store(lambda: Folder.update(restored_at=house.clock()).execute())
    house.arrive(mail(), received_at=house.clock() - timedelta(hours=1))
    house.arrive(mail(), received_at=house.clock() + timedelta(seconds=1))
    house.receive()
    kept = house.in_store(stuck_calls.list_calls)
    assert [(one.state, one.error[:12]) for one in kept] == [("queued", ""), ("held", "Maybe already"[:12])]
