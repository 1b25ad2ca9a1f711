"""How a case begins to be worked on, ends, and comes back: first acts, thank-yous, spam, what has ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from mailticket.config.models import Cases, Web
from mailticket.config.rules import CustomField
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.privacy.retiring import retire
from mailticket.desk.sweep import forget_rejected, remove_leftovers, sweep
from mailticket.domain import case_intents as case_wish
from mailticket.domain import intents as wish
from mailticket.domain.case import Case, Priority, Status
from mailticket.domain.intents import AddNote, Intent
from mailticket.domain.people import Customer
from mailticket.law.acts import customer_acts
from mailticket.law.decide import STEPS
from tests import cast
from tests.builders import NOW, OTHER_ID, case, held, known, words
from tests.cast import ANN, BO, CARLA, DIRK, as_csr
from tests.desk.house import House, mail, reply
from tests.law.deciding import law, refusal, the_case

BY = as_csr(ANN)
OTHER = case(id=OTHER_ID, key=2, customer=Customer(1, CARLA))

#: What a CSR does to a case, but for ending it, noting something down, and asking.
ACTS: dict[type[Intent], Intent] = {
    type(one): one
    for one in (
        wish.Answer(BY, words("Pull the plug.")),
        wish.ReleaseHeld(BY, words("")),
        case_wish.Assign(BY, csr=BO.key),
        case_wish.Escalate(BY, role="experts"),
        case_wish.Take(BY),
        case_wish.SetStatus(BY, Status.PENDING),
        case_wish.SetPriority(BY, Priority.HIGH),
        case_wish.SetDue(BY, NOW),
        case_wish.SetTags(BY, ("hot",)),
        case_wish.AddSkills(BY, ("billing",)),
        case_wish.Want(BY, BO.key, "support"),
        case_wish.Watch(BY, BO.key),
        case_wish.AddTime(BY, timedelta(hours=1)),
        case_wish.SetField(BY, "serial", "4711"),
        case_wish.SetType(BY, ""),
        case_wish.SetLanguage(BY, "de"),
        case_wish.AddPeople(BY, (DIRK,)),
        case_wish.Merge(BY, OTHER_ID),
        case_wish.LinkCases(BY, OTHER_ID),
        case_wish.Split(BY, (1,)),
    )
}
#: What is no act upon the case, or just what an ended case may need; every other wish stands above.
POSSIBLE = {
    *(wish.Inquire, wish.Join, wish.Append, wish.AppendAutomatic, wish.NoteBounce, wish.NoteUnsent),  # from outside
    *(wish.HoldAnswer, wish.DropHeld, wish.WarnOutsiders, wish.Refuse, wish.Discard),  # nothing comes of the case
    *(wish.AddNote, case_wish.Restore, case_wish.Undo, case_wish.Delete),  # always, or the way back and out
    *(wish.AskWhy, wish.AskHelp, wish.AskDeskCard, wish.SetAway),
    *(wish.AddToBlacklist, wish.RemoveFromBlacklist, *customer_acts.STEPS),  # of people, not of the case
    *(case_wish.Ring, case_wish.LookIdle),  # of the clock, to open cases alone
}


def after(act: Intent, here: Case) -> Any:
    return law(act, here, facts=known(here, OTHER, held={here.id: held()}))


def test_every_wish_is_an_act_or_possible_on_what_has_ended() -> None:
    assert STEPS.keys() - ACTS.keys() == POSSIBLE


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: type(act).__name__)
@pytest.mark.parametrize("status", [Status.CLOSED, Status.SPAM])
def test_on_what_is_closed_or_spam_every_other_act_is_refused_with_the_way_to_mend_it(
    act: Intent, status: Status
) -> None:
    here = case(status, csr=ANN.key, before_spam="opened" if status is Status.SPAM else "")
    told = refusal(after(act, here))
    assert f"The case is {status}" in told["problem"] and "#reopen" in told["fix"]


FIRST = [
    AddNote(BY, words("Look into it.")),
    *(ACTS[one] for one in (case_wish.Assign, case_wish.Take, case_wish.SetPriority, case_wish.SetTags)),
    *(ACTS[one] for one in (case_wish.AddTime, case_wish.LinkCases, case_wish.AddPeople, case_wish.Watch)),
]


@pytest.mark.parametrize("act", FIRST, ids=lambda act: type(act).__name__)
@pytest.mark.parametrize("status", [Status.NEW, Status.REOPENED])
def test_whatever_a_csr_does_first_opens_the_case(act: Intent, status: Status) -> None:
    assert the_case(after(act, case(status))).status is Status.OPENED


def test_merging_opens_the_case_that_has_it_all() -> None:
    new = case(Status.NEW, id=OTHER_ID, key=2)
    assert the_case(law(ACTS[case_wish.Merge], case(), facts=known(case(), new))).status is Status.OPENED


# ---------------------------------------------------------------------------------------------------- at a whole desk


def opened(house: House) -> Case:
    house.take_in(mail())
    assert assign(house.office) == 1
    return house.case()


def do(house: House, *wishes: Intent) -> None:
    house.clock.forward(minutes=1)
    carry_out(house.office, wishes, house.cases()[0].id, f"test:{house.clock():%d%H%M%S}")


def thanked(house: House, url: str) -> str:
    """The text of the receipt that tells Ann of a thank-you on a closed case."""
    house.with_config(cast.config(web=Web(url=url)))
    opened(house)
    do(house, wish.Answer(BY, words("Pull the plug.")), case_wish.SetStatus(BY, Status.CLOSED))
    (row,) = house.take_in(reply(house.letter("customer_reply"), CARLA, "Thank you very much, Ann!"))
    assert (row.outcome, house.case().status) == ("thanked", Status.CLOSED)
    receipt = house.letters()[-1]
    assert (receipt.letter, receipt.recipient) == ("csr_receipt", ANN.key)
    return " ".join(str(house.as_sent(receipt).get_payload()[0].get_payload(decode=True), "utf-8").split())


def test_of_a_mere_thank_you_its_csr_is_told_quietly_with_a_link_that_reopens(house: House) -> None:
    told = thanked(house, "https://desk.example")
    assert "Carla Customer said thank you, so the case stays closed." in told
    assert "Open it again: https://desk.example/l/" in told


def test_without_a_page_the_thank_you_brings_a_mail_link_that_reopens(house: House) -> None:
    link = thanked(house, "").partition("Open it again: ")[2].split()[0]
    assert link.startswith(f"mailto:{cast.SUPPORT}?subject=")
    (row,) = house.take_in(mail(ANN.address, unquote(link.partition("?subject=")[2]), ""))
    assert (row.outcome, house.case().status) == ("done", Status.REOPENED)


def spam_and_back(house: House) -> Case:
    do(house, case_wish.SetStatus(BY, Status.SPAM, resolution="spam"))
    assert house.case().status is Status.SPAM
    do(house, case_wish.Restore(BY))
    return house.case()


def test_what_was_put_off_until_a_moment_is_so_again_after_the_spam_box(house: House) -> None:
    opened(house)
    moment: datetime = house.clock() + timedelta(days=3)
    do(house, case_wish.SetStatus(BY, Status.PENDING, until=moment))
    back = spam_and_back(house)
    assert (back.status, back.pending_until, back.csr) == (Status.PENDING, moment, ANN.key)


def test_in_the_spam_box_nothing_wakes(house: House) -> None:
    opened(house)
    do(house, case_wish.SetStatus(BY, Status.PENDING, until=house.clock() + timedelta(hours=1)))
    do(house, case_wish.SetStatus(BY, Status.SPAM, resolution="spam"))
    house.clock.forward(days=1)
    assert sweep(house.office) == 0 and house.case().status is Status.SPAM
    do(house, case_wish.Restore(BY))
    assert sweep(house.office) == 1 and house.case().status is Status.OPENED


@pytest.mark.parametrize("role", ["support", "experts"])
def test_what_waited_for_a_csr_waits_again_after_the_spam_box(house: House, role: str) -> None:
    house.take_in(mail())
    if role == "experts":
        do(house, case_wish.Escalate(BY, role=role))
    before = house.case()
    back = spam_and_back(house)
    assert (back.status, back.role, back.waiting_since is None) == (before.status, role, False)
    assert assign(house.office) == 1


BACK: dict[str, tuple[Intent, Status]] = {
    "spam": (case_wish.SetStatus(BY, Status.SPAM, resolution="spam"), Status.OPENED),
    "escalated": (case_wish.Escalate(BY, csr=ANN.key), Status.OPENED),
    "pending": (case_wish.SetStatus(BY, Status.PENDING), Status.OPENED),
    "resolved": (case_wish.SetStatus(BY, Status.RESOLVED), Status.REOPENED),
    "closed": (case_wish.SetStatus(BY, Status.CLOSED), Status.REOPENED),
}


@pytest.mark.parametrize(("away", "becomes"), BACK.values(), ids=BACK.keys())
def test_reopen_by_mail_opens_whatever_keeps_a_case_from_being_worked_on(
    house: House, away: Intent, becomes: Status
) -> None:
    opened(house)
    do(house, AddNote(BY, words("Look into it.")))
    do(house, away)
    (row,) = house.take_in(reply(house.letters("csr_case")[-1], ANN.address, "#reopen"))
    assert (row.outcome, house.case().status) == ("done", becomes)


@pytest.mark.parametrize("becomes", ["resolved", "closed"])
def test_an_answer_ends_no_case_whose_required_field_is_empty(house: House, becomes: str) -> None:
    fields = (CustomField(name="serial", required=True),)
    house.with_config(cast.config(cast.service(cases=Cases.model_validate({"after_reply": becomes})), field=fields))
    opened(house)
    do(house, wish.Answer(BY, words("Pull the plug.")))
    assert house.case().status is Status.OPENED and house.letter("customer_reply")
    assert "serial must be filled in" in house.bytes_of(house.letters("csr_receipt")[-1]).decode()
    do(house, case_wish.SetField(BY, "serial", "4711"), wish.Answer(BY, words("And now?")))
    assert house.case().status == becomes


def test_time_takes_no_closed_case_away(house: House) -> None:
    opened(house)
    do(house, wish.Answer(BY, words("Pull the plug.")), case_wish.SetStatus(BY, Status.CLOSED))
    said = [one.words.text for one in house.entries()]
    for _ in range(3):
        house.clock.forward(days=4000)
        for job in (sweep, forget_rejected, retire, remove_leftovers):
            job(house.office)
    assert house.case().status is Status.CLOSED and [one.words.text for one in house.entries()] == said
