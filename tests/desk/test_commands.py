"""Commands, mail links and forwards all the way: from the mail that a CSR sends to the bytes that go out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket import tokens
from mailticket.config.rules import AnswerTemplate, CustomField
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.domain.address import Address
from mailticket.domain.case import Case, EntryKind, Priority, Status
from mailticket.domain.case_intents import Merge
from mailticket.store import blacklist, cases, entries, people
from tests import cast
from tests.builders import KEYS
from tests.cast import ANN, BO, CARLA, DIRK, as_csr
from tests.desk.house import House, mail, reply

SECRET = "CANARY-7713 she never pays"
BOSS = "boss@elsewhere.example"
VOUCHED = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}


def opened(house: House, who: Address = CARLA, subject: str = "Printer on fire", text: str = "What now?") -> Case:
    """A case, assigned to somebody."""
    house.take_in(mail(who, subject, text))
    assert assign(house.office) == 1
    return house.cases()[-1]


def say(house: House, case: Case, text: str) -> str:
    """The case's CSR replies to their notice; the outcome."""
    house.clock.forward(minutes=1)
    notice = [one for one in house.letters("csr_case") if one.case == case.id][-1]
    (row,) = house.take_in(reply(notice, notice.csr, text))
    return row.outcome


def now(house: House, case: Case) -> Case:
    found: Case = house.in_store(lambda: cases.load([case.id])[case.id])
    return found


def bytes_to_outsiders(house: House) -> str:
    """Everything that leaves the house for people who are no CSRs."""
    csrs = {one.key for one in cast.config().csr}
    return "".join(house.bytes_of(one).decode() for one in house.letters() if one.recipient not in csrs)


def test_facts_are_kept_and_shown(each_house: House) -> None:
    each_house.with_config(cast.config(field=(CustomField(name="serial"), CustomField(name="paid", visible="csr"))))
    case = opened(each_house)
    text = f"#priority high\n#due 3d\n#tag fire, hot\n#time 1h30m\n#set serial=4711\n#set paid=no\n#note\n{SECRET}"
    assert say(each_house, case, text) == "noted"
    after = now(each_house, case)
    assert (after.priority, after.tags, after.time_worked) == (Priority.HIGH, ("fire", "hot"), timedelta(minutes=90))
    assert after.fields == {"serial": "4711", "paid": "no"} and after.due_at is not None
    say(each_house, case, "#take")
    shown = each_house.bytes_of(each_house.letters("csr_case")[-1]).decode()
    assert "serial" in shown and "4711" in shown and "1 hour 30 minutes" in shown
    assert "CANARY" not in bytes_to_outsiders(each_house)


def test_why_brings_the_events(house: House) -> None:
    case = opened(house)
    say(house, case, "#priority urgent")
    say(house, case, "#why")
    assert "Priority normal to urgent, by" in house.bytes_of(house.letters("csr_receipt")[-1]).decode()


def test_a_ready_answer_goes_out_without_greeting(house: House) -> None:
    house.with_config(
        cast.config(answer=(AnswerTemplate(name="plug", text="Pull the plug, {{ customer.first_name }}."),))
    )
    case = opened(house)
    assert say(house, case, "#template plug\n#greeting off") == "answered"
    sent = house.bytes_of(house.letter("customer_reply")).decode()
    assert "Pull the plug, Carla." in sent and "Hello Carla" not in sent


def test_a_preview_keeps_the_missing_greeting_until_it_is_sent(house: House) -> None:
    case = opened(house)
    assert say(house, case, "#preview\n#greeting off\nPull the plug.") == "held"
    (row,) = house.take_in(reply(house.letter("hold_notice"), house.letter("hold_notice").csr, "#send"))
    assert row.outcome == "released"
    sent = house.bytes_of(house.letter("customer_reply")).decode()
    assert "Pull the plug." in sent and "Hello Carla" not in sent


def test_a_watcher_outside_sees_what_is_new_and_nothing_private(house: House) -> None:
    case = opened(house, text="It burns since Monday.")
    say(house, case, f"#watch {BOSS}\n#note\n{SECRET}")
    assert not house.letters("watcher_copy")
    say(house, case, "Pull the plug.")
    house.take_in(mail(CARLA, f"[#{case.id}] more", "It still burns."))
    copies = [house.bytes_of(one).decode() for one in house.letters("watcher_copy")]
    assert [one.recipient for one in house.letters("watcher_copy")] == [BOSS, BOSS]
    assert "Pull the plug." in copies[0] and "It still burns." in copies[1]
    assert not any("CANARY" in one or "since Monday" in one for one in copies)


def test_merging_keeps_both_histories_and_redirects_replies(each_house: House) -> None:
    first = opened(each_house, subject="Printer", text="First words.")
    each_house.clock.forward(minutes=1)
    second = opened(each_house, subject="Printer again", text="Second words.")
    answer_to_first = each_house.letters("auto_reply")[0]
    assert say(each_house, first, f"#merge {second.id}\n{SECRET}") == "done"
    told = [one for one in each_house.entries(second) if one.kind is not EntryKind.EVENT]
    assert [one.words.text.strip() for one in told] == ["First words.", "Second words.", SECRET]
    assert now(each_house, first).status is Status.CLOSED and now(each_house, first).merged_into == second.id
    by_id = mail(CARLA, f"[#{first.id}] Printer", "Third words.")
    rows = each_house.take_in(by_id, reply(answer_to_first, CARLA, "Fourth words."))
    assert [(one.outcome, one.case) for one in rows] == [("appended", second.id)] * 2
    assert "CANARY" not in bytes_to_outsiders(each_house)


def test_customers_of_merged_cases_see_only_their_own_words(house: House) -> None:
    carlas = opened(house, CARLA, "Printer", "CARLA-ONLY words.")
    house.clock.forward(minutes=1)
    dirks = opened(house, DIRK, "Printer too", "DIRK-ONLY words.")
    assert say(house, carlas, f"#merge {dirks.id}") == "refused"
    assert say(house, carlas, f"#merge {dirks.id} yes") == "done"
    assert say(house, dirks, "Pull the plug, both of you.") == "answered"
    sent = {one.recipient: house.bytes_of(one).decode() for one in house.letters("customer_reply")}
    assert set(sent) == {CARLA.address, DIRK.address}
    assert "CARLA-ONLY" in sent[CARLA.address] and "DIRK-ONLY" not in sent[CARLA.address]
    assert "DIRK-ONLY" in sent[DIRK.address] and "CARLA-ONLY" not in sent[DIRK.address]


def test_a_second_matter_is_split_off_by_the_number_that_the_mail_shows(each_house: House) -> None:
    case = opened(each_house, text="It burns.")
    each_house.clock.forward(minutes=1)
    each_house.take_in(mail(CARLA, f"[#{case.id}] more", "And where is my invoice?"))
    say(each_house, case, "Pull the plug.")
    say(each_house, case, "#take")
    shown = each_house.bytes_of(each_house.letters("csr_case")[-1]).decode()
    number = next(one.number for one in each_house.entries(case) if "invoice" in one.words.text)
    assert f", entry {number}" not in bytes_to_outsiders(each_house)
    assert any(f", entry {one.number}" in shown for one in each_house.entries(case) if "burns" in one.words.text)
    assert say(each_house, case, f"#split {number}\n{SECRET}") == "done"
    new = each_house.cases()[-1]
    assert (new.linked, new.csr, new.status) == ((case.id,), case.csr, Status.OPENED)
    told = [one.words.text.strip() for one in each_house.entries(new) if one.kind is not EntryKind.EVENT]
    assert told == ["And where is my invoice?", SECRET]
    assert "CANARY" not in bytes_to_outsiders(each_house)


def test_an_impossible_split_by_mail_is_refused_with_the_way_to_mend_it(house: House) -> None:
    case = opened(house)
    assert say(house, case, "#split") == "refused"
    assert say(house, case, "#split 99") == "refused"
    told = "".join(house.bytes_of(one).decode() for one in house.letters("csr_receipt"))
    assert "Nothing would be left" in told and "has no entry 99" in told and len(house.cases()) == 1


def test_two_cases_are_linked_and_parted_by_mail(each_house: House) -> None:
    first, second = opened(each_house, subject="Printer"), opened(each_house, DIRK, "Scanner")
    say(each_house, first, f"#link {second.id}")
    assert (now(each_house, first).linked, now(each_house, second).linked) == ((second.id,), (first.id,))
    say(each_house, first, f"#link -{second.id}")
    assert (now(each_house, first).linked, now(each_house, second).linked) == ((), ())


def test_a_case_is_merged_by_another_door_too(house: House) -> None:
    first, second = opened(house, subject="Printer"), opened(house, subject="Printer again")
    decision = carry_out(house.office, [Merge(as_csr(), second.id)], first.id, "console:1")
    assert decision.case is not None and decision.case.id == second.id
    assert len([one for one in house.entries(second) if one.kind is EntryKind.CUSTOMER_MAIL]) == 2


def test_a_mail_link_proves_acts_and_keeps_its_text_private(house: House) -> None:
    case = opened(house)
    owner = ANN if case.csr == ANN.key else BO
    other = BO if owner is ANN else ANN
    action = f"assign {other.email}"
    seal = tokens.mail_link_seal(KEYS, case.id, owner.key, action)
    (row,) = house.take_in(mail(owner.address, f"[#{case.id}] {action} {seal}", SECRET))
    assert (row.outcome, now(house, case).csr) == ("done", other.key)
    assert SECRET in house.bytes_of(house.letters("csr_case")[-1]).decode()
    assert "CANARY" not in bytes_to_outsiders(house)


def test_away_available_and_list_by_mail(house: House) -> None:
    house.with_config(cast.config(cast.service(authserv_ids=("mx.example.com",))))
    opened(house)
    house.take_in(mail(ANN.address, "away", "", **VOUCHED))
    assert house.in_store(people.away) == {("support", ANN.key)}
    (row,) = house.take_in(mail(ANN.address, "list", "", **VOUCHED))
    assert row.outcome == "done" and house.letter("desk_card").recipient == ANN.email
    house.take_in(mail(ANN.address, "available", "", **VOUCHED))
    assert not house.in_store(people.away)
    assert "you are available" in house.bytes_of(house.letters("csr_receipt")[-1]).decode().lower()


FORWARD = f"""{SECRET}

---------- Forwarded message ---------
From: Dirk Driver <dirk@customer.example>
Date: Tue, 14 Jul 2026 at 10:02
Subject: The lorry will not start
To: <ann@example.com>

It makes no sound.
"""


def test_a_forward_opens_the_customers_case_and_its_note_stays_here(each_house: House) -> None:
    each_house.with_config(cast.config(cast.service(authserv_ids=("mx.example.com",))))
    one = mail(
        ANN.address, "Fwd: The lorry will not start", FORWARD, in_reply_to="<dirk-7@customer.example>", **VOUCHED
    )
    (row,) = each_house.take_in(one)
    case = each_house.case()
    assert (row.outcome, case.customer.address, case.subject) == ("opened", DIRK, "The lorry will not start")
    inquiry = each_house.entries()[0]
    assert (inquiry.author, inquiry.words.text, inquiry.csr) == (DIRK, "It makes no sound.", "")
    assert {one.letter: one.recipient for one in each_house.letters()} == {
        "auto_reply": DIRK.address,
        "csr_receipt": ANN.email,
    }
    assert assign(each_house.office) == 1
    say(each_house, case, "Charge the battery.")
    sent = each_house.as_sent(each_house.letter("customer_reply"))
    assert sent["In-Reply-To"] == "<dirk-7@customer.example>" and "CANARY" not in bytes_to_outsiders(each_house)
    (row,) = each_house.take_in(mail(DIRK, "Re: lorry", "It starts.", in_reply_to="<dirk-7@customer.example>"))
    assert (row.outcome, row.case) == ("appended", case.id)


def test_a_forward_of_a_blacklisted_senders_mail_is_refused(house: House) -> None:
    house.with_config(cast.config(cast.service(authserv_ids=("mx.example.com",))))
    house.in_store(lambda: blacklist.add(DIRK.address, "", "ann", house.clock()))
    (row,) = house.take_in(mail(ANN.address, "Fwd: The lorry will not start", FORWARD, **VOUCHED))
    assert row.outcome == "refused" and "is on the blacklist" in row.reason and not house.cases()


def test_what_is_forwarded_to_a_case_never_reaches_its_customer(house: House) -> None:
    case = opened(house)
    letter = house.letter("csr_case")
    text = f"FYI\n\n-----Original Message-----\nFrom: support <support@example.com>\nTo: Ann\nSubject: x\n\n{SECRET}"
    (row,) = house.take_in(mail(letter.csr, f"FW: [#{case.id}] x", text, in_reply_to=letter.message_id))
    assert row.outcome == "noted" and "CANARY" not in bytes_to_outsiders(house)


@pytest.mark.parametrize("text", ["#customer dirk@customer.example\nHe called: the lorry.", "#help"])
def test_commands_that_need_no_case(house: House, text: str) -> None:
    house.with_config(cast.config(cast.service(authserv_ids=("mx.example.com",))))
    (row,) = house.take_in(mail(ANN.address, "A call", text, **VOUCHED))
    assert row.outcome in ("opened", "done")
    assert house.in_store(lambda: [len(entries.entries(one.key)) for one in house.cases()]) in ([2], [])
