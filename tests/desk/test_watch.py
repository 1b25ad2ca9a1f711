"""What the desk finds wrong with itself, that mail waits on the server meanwhile, and for what it rings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailticket.config.models import Desk
from mailticket.desk.call import call
from mailticket.desk.decided.alarm import tell
from mailticket.desk.mailbox import pressure
from mailticket.desk.mailbox.pressure import MOST_SHUNTED, MOST_WAITING, why_wait
from mailticket.desk.watching import watch
from mailticket.desk.watching.watch import Watch, look
from mailticket.domain.decision import SendKind
from mailticket.errors import Permanent, StoreTrouble
from mailticket.health import Sample, Trouble, Wrong
from mailticket.store import inbox_ends, outbox_claims, outbox_ends
from mailticket.store.by_hand import stuck_calls, stuck_letters
from mailticket.store.operation import calls
from mailticket.store.tables.mail_tables import Inbox
from tests.cast import config
from tests.desk.house import House, mail


def wrong(house: House) -> dict[str, str]:
    """What is found wrong: by key, what happened."""
    return {one.key: one.what for one in look(house.office) if isinstance(one, Wrong)}


def figure(house: House, name: str) -> list[float]:
    return [one.value for one in look(house.office) if isinstance(one, Sample) and one.name == name]


def waits(house: House) -> str:
    """The kind of what keeps mail on the server, or ""."""
    found = house.in_store(lambda: why_wait(house.office))
    return found.kind if found else ""


def shunt(house: House, count: int) -> list[int]:
    ids = [house.arrive(mail()) for _ in range(count)]
    for id in ids:
        house.in_store(lambda one=id: inbox_ends.shunt(one, "our fault", "", house.clock()))
    return ids


def give_up(house: House) -> int:
    """A letter to a CSR that fails for good."""
    id = house.post(SendKind.NOTIFY)
    house.in_store(lambda: outbox_claims.claim("support", "this:1:1", house.clock()))
    house.in_store(lambda: outbox_ends.failed(id, "this:1:1", "550 no", house.clock()))
    return id


def test_a_desk_at_rest_is_well(each_house: House) -> None:
    assert wrong(each_house) == {} and waits(each_house) == ""
    assert figure(each_house, "inbox_waiting") == [0.0] and figure(each_house, "disk_free_bytes")[0] > 0


def late_mail(house: House) -> Callable[[], object]:
    house.arrive(mail())
    house.clock.forward(minutes=11)
    return house.receive


def shunted(house: House) -> Callable[[], object]:
    (id,) = shunt(house, 1)
    return lambda: house.in_store(lambda: [inbox_ends.retry(id, house.clock()), house.receive()])


def dead_letter(house: House) -> Callable[[], object]:
    id = give_up(house)
    return lambda: house.in_store(lambda: stuck_letters.retry(id, house.clock()))


def dead_call(house: House) -> Callable[[], object]:
    """A webhook call that nobody ever takes."""

    def refuse(*_: object) -> int:
        raise Permanent("410 Gone")

    house.in_store(lambda: calls.post("rule:1", "https://erp.example/in", "{}", house.clock()))
    call(house.office, post=refuse)
    (id,) = [one.id for one in house.in_store(stuck_calls.list_calls)]
    return lambda: house.in_store(lambda: stuck_calls.cancel(id))


def late_answer(house: House) -> Callable[[], object]:
    id = house.post(SendKind.HUMAN)
    house.clock.forward(minutes=61)
    return lambda: house.in_store(lambda: stuck_letters.cancel(id))


def backlog(house: House) -> Callable[[], object]:
    house.arrive(mail())
    row = house.in_store(lambda: next(iter(Inbox.select().dicts())))
    del row["id"]
    copies = [row | {"source_key": f"8/{number}"} for number in range(MOST_WAITING)]
    house.in_store(lambda: Inbox.insert_many(copies).execute())
    return lambda: house.in_store(lambda: Inbox.update(is_waiting=False, state="done").execute())


def shunt_rate(house: House) -> Callable[[], object]:
    shunt(house, MOST_SHUNTED + 1)
    return lambda: house.in_store(lambda: Inbox.update(state="done").execute())


def disk_low(house: House) -> Callable[[], object]:
    patch = pytest.MonkeyPatch()
    patch.setattr(pressure, "LEAST_FREE", 1 << 60)
    return patch.undo


FAULTS = {
    "inbox-late": late_mail,
    "shunted": shunted,
    "dead-letters": dead_letter,
    "dead-calls": dead_call,
    "answer-late:support": late_answer,
    "backlog:support": backlog,
    "shunt-rate": shunt_rate,
    "disk-low": disk_low,
}


#: Of one mail or letter each, in words.
SAID = {
    "inbox-late": "1 mail waits, the oldest for 11 minutes.",
    "shunted": "1 mail is set aside.",
    "dead-letters": "1 letter to CSRs was given up.",
    "dead-calls": "1 webhook call was given up.",
}


@pytest.mark.parametrize("key", SAID)
def test_one_is_spoken_of_as_one(house: House, key: str) -> None:
    FAULTS[key](house)
    assert wrong(house)[key] == SAID[key]


@pytest.mark.parametrize("key", FAULTS)
def test_every_fault_shows_and_is_gone_when_it_is_mended(each_house: House, key: str) -> None:
    mend = FAULTS[key](each_house)
    try:
        assert key in wrong(each_house)
    finally:
        mend()
    assert wrong(each_house) == {}


@pytest.mark.parametrize("key", ["backlog:support", "shunt-rate", "disk-low"])
def test_mail_waits_on_the_server_and_comes_again_by_itself(house: House, key: str) -> None:
    mend = FAULTS[key](house)
    held = waits(house)
    mend()
    assert (held, waits(house)) == (key.partition(":")[0], "")


def test_a_service_with_a_backlog_keeps_no_other_one_waiting(house: House) -> None:
    backlog(house)
    assert house.in_store(lambda: [bool(why_wait(house.office, one)) for one in ("support", "sales")]) == [True, False]


def test_half_an_hour_after_our_code_broke_the_next_mails_are_tried(house: House) -> None:
    shunt_rate(house)
    house.clock.forward(minutes=31)
    assert waits(house) == ""


def test_one_more_than_the_limit_counts_and_not_the_limit_itself(house: House) -> None:
    shunt(house, MOST_SHUNTED)
    assert waits(house) == ""


def test_the_disk_must_hold_three_of_the_largest_mails(house: House) -> None:
    large = house.service.model_copy(update={"max_size": 400_000_000})
    assert pressure.least_free(config(large)) == 1_200_000_000
    assert pressure.least_free(house.office.config) == pressure.LEAST_FREE


def test_a_database_that_does_not_answer_is_what_is_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreTrouble("The connection to the database is lost.")

    monkeypatch.setattr(watch.figures, "inbox_figures", away)
    assert wrong(house) == {"database-away": "The connection to the database is lost."}


class Faults:
    """What is wrong, as a board has it; a test puts it there."""

    def __init__(self, house: House) -> None:
        house.with_config(config(mailticket=Desk(admins=("root@example.com",))))
        self.house = house
        self.now: tuple[Trouble, ...] = ()
        self.watch = Watch(lambda: house.office, lambda: self.now)

    def begin(self, kind: str, of: str = "") -> None:
        self.now = (Trouble(Wrong(kind, of, "It is so."), self.house.clock()),)

    def rung(self, minutes: float = 0) -> int:
        """So much later the watch looks and admins are told; the number of letters so far."""
        self.house.clock.forward(minutes=minutes)
        self.watch()
        tell(self.house.office)
        return len(self.house.letters("alarm"))


def test_what_often_passes_by_itself_rings_only_when_it_lasts(house: House) -> None:
    faults = Faults(house)
    faults.begin("imap-down", "support")
    assert (faults.rung(), faults.rung(4), faults.rung(2), faults.rung(60)) == (0, 0, 1, 1)


def test_a_refused_account_rings_at_once_and_is_told_again_after_a_day(house: House) -> None:
    faults = Faults(house)
    faults.begin("imap-refused", "support")
    assert (faults.rung(), faults.rung(60), faults.rung(24 * 60)) == (1, 1, 2)


def test_a_fault_that_comes_back_rings_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults(house)
    faults.begin("disk-low")
    assert faults.rung() == 1
    faults.now = ()
    faults.rung(90)
    assert "over: The disk is nearly full" in caplog.text
    faults.begin("disk-low")
    assert faults.rung() == 2


def test_what_rang_when_it_happened_does_not_ring_twice(house: House) -> None:
    faults = Faults(house)
    faults.begin("shunted")
    assert (faults.rung(), faults.rung(60), faults.rung(25 * 60)) == (0, 0, 1)


def test_what_could_not_be_written_rings_when_the_database_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreTrouble("away")

    faults = Faults(house)
    faults.now = (Trouble(Wrong("database-away", "", "It was away."), datetime(2026, 1, 1, tzinfo=UTC)),)
    with monkeypatch.context() as broken:
        broken.setattr(watch.alarm, "ring", away)
        assert faults.rung() == 0
    faults.now = ()
    assert faults.rung() == 1
