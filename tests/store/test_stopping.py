"""What the store knows of answers that wait, of news since a letter, and of what proves nobody any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket import tokens
from mailticket.domain.case import Case, EntryKind
from mailticket.domain.mail import MailIds
from mailticket.domain.people import Participant
from mailticket.errors import Conflict
from mailticket.store import entries, facts, outbox, outbox_claims
from mailticket.store.by_hand import stopping, stuck_letters
from mailticket.store.casework import links
from mailticket.store.database import Store
from tests.builders import letter_id
from tests.cast import ANN as ANN_BERG
from tests.store.rows import CARLA, NOW, entry, letter, opened, taken_by_relay

LATER = NOW + timedelta(seconds=30)


def waiting_answer(case: Case, recipients: int = 2) -> int:
    """A reply whose letters wait until LATER; its number."""
    reply = entries.add_entry(case, entry(EntryKind.REPLY, "Buy a new one."))
    for number in range(recipients):
        to = f"reader{number}@customers.example"
        outbox.post(letter(case=case.key, entry=reply.number, recipient=to, not_before=LATER), NOW)
    return reply.number


def test_an_answer_is_known_as_unsent_while_all_its_letters_wait(store: Store) -> None:
    case = opened("0000-0000")
    number = waiting_answer(case)
    [found] = stopping.unsent({case.id: case}, NOW)[case.id]
    assert (found.number, found.words.text) == (number, "Buy a new one.")
    assert stopping.unsent({case.id: case}, LATER) == {}


def test_recalled_letters_are_never_claimed(store: Store) -> None:
    case = opened("0000-0000")
    assert stopping.recall(case.key, waiting_answer(case)) == 2
    assert outbox_claims.claim("support", "a", LATER) == [] and stopping.unsent({case.id: case}, NOW) == {}


def test_an_answer_that_went_to_one_reader_is_recalled_from_nobody(store: Store) -> None:
    case = opened("0000-0000")
    number = waiting_answer(case)
    first = outbox.list_items()[-1]
    stuck_letters.retry(first.id, NOW)
    outbox_claims.claim("support", "a", NOW)
    taken_by_relay(first.id, "a", "250", NOW)
    assert stopping.unsent({case.id: case}, NOW) == {}
    with pytest.raises(Conflict), store.transaction():
        stopping.recall(case.key, number)
    assert [one.state for one in outbox.list_items()] == ["queued", "sent"]


def test_news_are_what_was_said_after_the_letter_was_written(store: Store) -> None:
    case = opened("0000-0000")
    kinds = (EntryKind.CUSTOMER_MAIL, EntryKind.NOTE, EntryKind.REPLY, EntryKind.EVENT, EntryKind.CUSTOMER_MAIL)
    first = entries.add_entries(case, [entry(one, str(number)) for number, one in enumerate(kinds)])[0].number
    outbox.post(letter(case=case.key, message_id="<l@x>", csr="ann", seen=first), NOW)
    known = facts.load([MailIds("<m@x>", in_reply_to=("<l@x>",))], ["support"], NOW)
    assert known.mails["<l@x>"].seen == first
    assert [one.number for one in known.news[case.id]] == [first + 2, first + 4]


def test_a_held_reply_is_no_news(store: Store) -> None:
    case = opened("0000-0000")
    entries.add_entry(case, replace(entry(EntryKind.REPLY), held="unproven"))
    outbox.post(letter(case=case.key, message_id="<l@x>", csr="ann", seen=1), NOW)
    assert facts.load([MailIds("<m@x>", in_reply_to=("<l@x>",))], ["support"], NOW).news == {}


def test_what_was_revoked_is_known_when_a_mail_names_it(store: Store) -> None:
    named = letter_id(ANN_BERG)
    gone = {tokens.letter_named(named), tokens.standing_name("7F3K-9QX6", ANN_BERG.key)}
    for one in (*gone, "other"):
        links.revoke(one, "it left the house", NOW)
    mail = MailIds("<m@x>", in_reply_to=(named,), senders=(ANN_BERG.address,))
    assert facts.load([mail], ["support"], NOW).revoked == gone
    assert facts.load([replace(mail, in_reply_to=())], ["support"], NOW).revoked == frozenset()


def test_the_last_check_asks_for_the_reader_and_every_entry_shown(store: Store) -> None:
    case = opened("0000-0000", participants=(Participant(CARLA, True),))
    said = entries.add_entry(case, entry(EntryKind.REPLY))
    outbox.post(letter(case=case.key, recipient=CARLA.address, shows=(said.number,)), NOW)
    outbox.post(letter(case=case.key, recipient="gone@x.example", shows=(said.number,)), NOW)
    to_other, to_carla = outbox.list_items()
    assert stopping.why_not(to_carla) == ""
    assert "takes no part" in stopping.why_not(to_other)
    entries.change_entry(said.id, {"held": "recalled by Ann"})
    assert "private now" in stopping.why_not(to_carla)
