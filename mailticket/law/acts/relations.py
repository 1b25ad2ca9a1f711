"""PURE: cases and their neighbours: linked, split in two, deleted from the spam box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status, Words
from mailticket.domain.case_intents import Delete, LinkCases, SetStatus, Split
from mailticket.domain.decision import DeleteCase, Relate, TakeEntries
from mailticket.domain.people import Actor, Customer, Participant
from mailticket.errors import Refused
from mailticket.law import fields, status
from mailticket.law.acts import csr_acts
from mailticket.law.acts.csr_acts import first_act
from mailticket.law.draft import Draft
from mailticket.law.waiting import wait

_MOST_LINKS = 50


def link_cases(draft: Draft, intent: LinkCases) -> None:
    """Both cases name each other, and both say who linked them. The other one may have ended."""
    here, other = draft.here, draft.known.cases.get(intent.to)
    status.move(status.Event.LINK, here.status)
    if other is None:
        raise Refused(f"There is no case {intent.to}.", "Is a letter mistyped?")
    if other.id == here.id:
        raise Refused(f"Case {here.id} cannot be linked to itself.", "Name the other case.")
    what = "No longer linked to" if intent.is_off else "Linked to"
    if intent.is_off is (other.id not in here.linked):
        draft.promises.append(f"{what} case {other.id}: it was so already.")
    else:
        by = f"by {intent.by.address.shown}"
        told = _event(draft, intent.by, f"{what} case {here.id}, {by}.")
        draft.change(f"{what} case {other.id}", linked=_linked(here, other.id, intent.is_off))
        draft.actions.append(Relate(other, _linked(other, here.id, intent.is_off), told, told.words.text))
        draft.event(intent.by, f"{what} case {other.id}, {by}.")
        first_act(draft, intent.by)
    draft.settle("done")


def set_status(draft: Draft, intent: SetStatus) -> None:
    """As `csr_acts` does it; what is resolved as another case's duplicate is linked to that one."""
    if intent.duplicates:
        link_cases(draft, LinkCases(intent.by, intent.duplicates))
    csr_acts.set_status(draft, intent)


def split(draft: Draft, intent: Split) -> None:
    """The entries become a case of their own, with the CSR of this one; from here on the decision is about that one."""
    source = draft.here
    if draft.actions:
        raise Refused("A split must be the first thing that is done.", "Do the rest on the new case.")
    status.move(status.Event.SPLIT, source.status)
    moved = _to_move(draft, intent)
    case = _split_off(draft, intent, moved)
    by = intent.by.address.shown
    numbers = ", ".join(str(one.number) for one in moved)
    word = "Entry" if len(moved) == 1 else "Entries"
    why = f"{word} {numbers} of case {source.id} became this case, split off by {by}."
    told = _event(draft, intent.by, f"{word} {numbers} became case {case.id}, split off by {by}.")
    draft.open(case, why)
    left = f"What stood here went to case {case.id}."
    draft.actions.append(TakeEntries(source, tuple(one.number for one in moved), left, told, why))
    draft.event(intent.by, why)
    if case.csr:
        draft.notify(case.csr, why[0].lower() + why[1:-1])
    else:
        wait(draft, "split off without a CSR, so it waits for one")
    draft.settle("done")


def delete(draft: Draft, intent: Delete) -> None:
    """Nothing of the case is left but the word that it was deleted, by whom."""
    case = draft.here
    if case.status is not Status.SPAM:
        what = f"Case {case.id} is {case.status}, and only cases in the spam box can be deleted."
        raise Refused(what, "Resolve it as spam first; merge or close it if it is none.")
    by = intent.by.address.shown
    draft.actions.append(DeleteCase(case, by, f"case {case.id} was deleted from the spam box by {by}"))
    draft.case = None
    draft.settle("done")


def _linked(case: Case, other: str, is_off: bool) -> tuple[str, ...]:
    without = tuple(one for one in case.linked if one != other)
    if not is_off and len(without) >= _MOST_LINKS:
        raise Refused(f"Case {case.id} is linked to {_MOST_LINKS} cases already.", "Take one of its links away first.")
    return without if is_off else (*without, other)


def _event(draft: Draft, by: Actor, text: str) -> Entry:
    """An event of a case that the decision is not about; it gets its number when it is written."""
    csr = by.csr if by.is_csr else ""
    return Entry(0, 0, EntryKind.EVENT, draft.now, by.address, Words(text), csr=csr, door=by.door)


def _to_move(draft: Draft, intent: Split) -> list[Entry]:
    """The entries that are meant, in order. Raises Refused where one cannot go, or none would stay."""
    source = draft.here
    all_of_it = {one.number: one for one in draft.known.entries.get(source.id, ())}
    wanted = sorted(set(intent.entries)) or _newest_mail(all_of_it.values())
    if not wanted:
        raise Refused("The customer wrote nothing here that could be split off.", "Name the entries by their numbers.")
    waiting = {one.number for one in draft.known.unsent.get(source.id, ())}
    for number in wanted:
        if number not in all_of_it:
            fix = "The history in the newest mail about the case numbers them, and so does `mailticket case show`."
            raise Refused(f"Case {source.id} has no entry {number}.", fix)
        if all_of_it[number].kind is EntryKind.EVENT:
            raise Refused(f"Entry {number} is an event, and events stay where they happened.", "Leave it out.")
        if all_of_it[number].held or number in waiting:
            raise Refused(f"Entry {number} is an answer that has not gone out.", "Send or drop it first.")
    stays = [one for one in all_of_it.values() if one.kind is not EntryKind.EVENT and one.number not in wanted]
    if not stays:
        raise Refused(f"Nothing would be left of case {source.id}.", "Leave out what is to stay in it.")
    return [all_of_it[number] for number in wanted]


def _newest_mail(entries: Iterable[Entry]) -> list[int]:
    """The number of the customer's newest mail; none if there is none."""
    return sorted(one.number for one in entries if one.kind is EntryKind.CUSTOMER_MAIL)[-1:]


def _split_off(draft: Draft, intent: Split, moved: Sequence[Entry]) -> Case:
    source = draft.here
    writer = next((one.author for one in moved if one.kind is EntryKind.CUSTOMER_MAIL), source.customer.address)
    customer = writer if source.participant(writer) else source.customer.address
    subject = intent.subject or next((one.subject for one in moved if one.subject), source.subject)
    return Case(
        key=0,
        id=draft.ids.case_id(),
        service=source.service,
        subject=subject,
        status=Status.OPENED if source.csr else Status.NEW,
        customer=Customer(0, customer),
        created_at=moved[0].at,
        updated_at=draft.now,
        priority=source.priority,
        channel=source.channel,
        csr=source.csr,
        role=source.role,
        language=source.language,
        type=source.type,
        fields=fields.defaults(source.type, draft.policy.config),
        skills=source.skills,
        participants=_people(source, customer, moved),
        linked=(source.id,),
        entries=len(moved),
    )


def _people(source: Case, customer: Address, moved: Sequence[Entry]) -> tuple[Participant, ...]:
    """Those who wrote or got what goes, and the customer. Nobody sees more of it than they did in the source."""
    parties = {key for one in moved for key in one.parties} | {customer.key}
    after_all = len(moved) + 1

    def since(one: Participant) -> int:
        if not one.is_customer:
            return after_all  # what they were party to they see all the same
        return next((place for place, entry in enumerate(moved, 1) if entry.number >= one.since), after_all)

    taking_part = [one for one in source.participants if one.address.key in parties]
    return tuple(Participant(one.address, one.address.key == customer.key, since(one)) for one in taking_part)
