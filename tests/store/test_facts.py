"""Facts: what a batch is decided by, in a number of queries that does not grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from playhouse.test_utils import count_queries

from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind
from mailticket.domain.decision import SendKind
from mailticket.domain.mail import MailIds
from mailticket.domain.people import Participant
from mailticket.store import blacklist, entries, facts, outbox, people
from mailticket.store.database import Store
from mailticket.store.tables.mail_tables import Inbox
from tests.store.rows import ANN, CARLA, DIRK, NOW, desk, entry, letter, opened, posted, skeleton, taken

HOUR = timedelta(hours=1)


def mail(**values: Any) -> MailIds:
    return MailIds(**({"message_id": "<new@x>", "senders": (CARLA,)} | values))


def test_a_letter_of_ours_is_known_with_its_case_recipient_and_text(store: Store) -> None:
    case = opened("7F3K-9QXM", participants=(Participant(CARLA, True),))
    frozen = skeleton("We send one.", "<p>We send one</p>")
    id = posted(case=case.key, entry=2, message_id="<ours@x>", skeleton=frozen)
    asked = [mail(in_reply_to=("<ours@x>", "<unknown@x>"))]
    known = facts.load(asked, ["support"], NOW, with_letters=True)
    found = known.mails["<ours@x>"]
    assert (found.case, found.is_ours, found.recipient, found.outbox, found.entry) == (
        case.id,
        True,
        CARLA.address,
        id,
        2,
    )
    assert (found.letter, found.text, found.html) == ("customer_reply", "We send one.", "<p>We send one</p>")
    assert known.cases == {case.id: case} and known.mails.keys() == {"<ours@x>"}
    assert known.parents(("<ours@x>",))[0].text == "We send one."


def test_a_mail_that_we_received_is_known_with_its_case(store: Store) -> None:
    case = opened()
    entries.add_entry(case, entry(message_id="<theirs@x>"))
    found = facts.load([mail(references=("<theirs@x>",))], ["support"], NOW).mails["<theirs@x>"]
    assert (found.case, found.is_ours, found.entry, found.text) == (case.id, False, 1, "")


def test_a_case_named_in_the_subject_is_loaded(store: Store) -> None:
    case = opened("0000-0000")
    assert facts.load([mail(subject="AW: [#0000-0000] Leak")], ["support"], NOW).cases == {case.id: case}


def test_a_mail_of_two_services_is_known_for_the_one_that_asks(store: Store) -> None:
    ours, other = opened(), opened(service="sales")
    for case in (ours, other):
        entries.add_entry(case, entry(message_id="<both@x>"))
    asked = [mail(in_reply_to=("<both@x>",))]
    assert facts.load(asked, ["support"], NOW).mails["<both@x>"].case == ours.id
    assert facts.load(asked, ["sales"], NOW).mails["<both@x>"].case == other.id


def test_people_of_the_mail_are_known_if_they_wrote_before(store: Store) -> None:
    carla = people.customer(CARLA, NOW)
    known = facts.load([mail(recipients=(DIRK, Address("", "support@desk.example")))], ["support"], NOW)
    assert known.customers == {CARLA.key: carla}


def test_the_newest_held_reply_of_a_case_is_known_whole(store: Store) -> None:
    case = opened("0000-0000")
    held = entries.add_entry(case, entry(EntryKind.REPLY, "Call me.", held="unproven"))
    assert facts.load([mail(subject="[#0000-0000]")], ["support"], NOW).held == {case.id: held}


def test_acknowledgements_of_the_last_day_are_counted_by_address(store: Store) -> None:
    for age, who in ((1, CARLA), (23, CARLA), (25, CARLA), (1, DIRK)):
        _sent_ago(age * HOUR, letter="auto_reply", kind=SendKind.AUTO, recipient=who.address.upper())
    known = facts.load([mail()], ["support"], NOW)
    assert known.acks_today == {CARLA.key: 2}


def test_automatic_mail_of_the_last_hour_is_counted_by_service(store: Store) -> None:
    for minutes, service, kind in (
        (5, "support", "auto"),
        (61, "support", "auto"),
        (5, "sales", "auto"),
        (5, "support", "notify"),
    ):
        _sent_ago(timedelta(minutes=minutes), service=service, kind=SendKind(kind))
    assert facts.load([mail()], ["support", "sales"], NOW).auto_this_hour == {"support": 1, "sales": 1}


def test_what_a_csr_was_told_in_the_last_hour_is_counted_by_its_reason(store: Store) -> None:
    for minutes, kind, why in (
        (5, "csr_receipt", "No."),
        (50, "csr_receipt", "No."),
        (61, "csr_receipt", "No."),
        (5, "hold_notice", "held"),
        (5, "csr_case", "new"),
    ):
        _sent_ago(timedelta(minutes=minutes), letter=kind, kind=SendKind.NOTIFY, csr=ANN, reason=why)
    known = facts.load([mail()], ["support"], NOW)
    assert known.told_this_hour == {(ANN, "No."): 2, (ANN, "held"): 1}
    assert known.notices_this_hour == {ANN: 3}


def test_subjects_that_came_to_nothing_in_the_last_hour_are_known_by_their_writer(store: Store) -> None:
    for age, subject, outcome in (
        (1, "One", "refused"),
        (2, "Two", "held"),
        (61, "Old", "held"),
        (1, "Fine", "answered"),
    ):
        (id,) = taken()
        values = {"outcome": outcome, "subject": subject, "writer": CARLA.key, "collected_at": NOW - age * HOUR / 60}
        Inbox.update(values).where(Inbox.id == id).execute()
    known = facts.load([mail()], ["support"], NOW)
    assert {key: sorted(subjects) for key, subjects in known.in_vain.items()} == {CARLA.key: ["One", "Two"]}


@pytest.mark.parametrize(("outcomes", "has_acted"), [(("held", "done"), True), (("done", "answered"), False)])
def test_who_commanded_something_last_is_known(store: Store, outcomes: tuple[str, ...], has_acted: bool) -> None:
    for outcome in outcomes:
        (id,) = taken()
        values = {"outcome": outcome, "subject": "x", "writer": CARLA.key, "collected_at": NOW - HOUR / 60}
        Inbox.update(values).where(Inbox.id == id).execute()
    assert (CARLA.key in facts.load([mail()], ["support"], NOW).acted) is has_acted


def _sent_ago(age: timedelta, **values: Any) -> None:
    assert outbox.post(letter(**values), NOW - age)


def test_blacklist_and_absence_are_known(store: Store) -> None:
    people.project(desk(), NOW)
    people.set_away(ANN, "support", True, "ann", NOW, "")
    blacklist.add("*@customer.example", "", "ann", NOW)
    known = facts.load([mail()], ["support"], NOW)
    assert known.away == {("support", ANN)} and [one.address for one in known.blacklist] == ["*@customer.example"]


def test_ids_of_a_returned_original_are_looked_up_behind_any_number_of_references(store: Store) -> None:
    posted(message_id="<ours@x>")
    flood = tuple(f"<{number}@flood>" for number in range(5000))
    known = facts.load([mail(references=flood, mentioned=("<ours@x>",))] * 50, ["support"], NOW)
    assert "<ours@x>" in known.mails


def test_a_monstrous_message_id_is_known_by_its_own_name(store: Store) -> None:
    monster = f"<{'x' * 5000}@x>"
    entries.add_entry(opened(), entry(message_id=monster))
    assert facts.load([mail(in_reply_to=(monster,))], ["support"], NOW).mails.keys() == {monster}


@pytest.mark.parametrize("size", [1, 50])
def test_the_number_of_queries_does_not_grow_with_the_batch(store: Store, size: int) -> None:
    batch = _batch(size)
    with count_queries() as counted:
        known = facts.load(batch, ["support"], NOW)
    assert counted.count <= 15
    assert len(known.cases) == len(known.mails) == len(known.held) == len(known.customers) == size


def _batch(size: int) -> Sequence[MailIds]:
    mails = []
    for number in range(size):
        who = Address("", f"customer{number}@x.example")
        case = opened(who=who, participants=(Participant(who, True),))
        entries.add_entry(case, entry(EntryKind.REPLY, held="unproven"))
        posted(case=case.key, message_id=f"<letter-{number}@ours>")
        mails.append(MailIds(f"<{number}@x>", in_reply_to=(f"<letter-{number}@ours>",), senders=(who,)))
    return mails


def test_an_empty_batch_is_no_trouble(store: Store) -> None:
    assert facts.load([], [], NOW).mails == {}
