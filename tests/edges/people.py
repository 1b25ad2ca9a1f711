"""The caps on what people, and mails that name people, may do to a case."""

from __future__ import annotations

from mailticket.domain.address import Address
from mailticket.domain.case_intents import AddPeople, LinkCases, SetTags, Watch
from mailticket.domain.customer_intents import DescribeCustomer, MergeCustomers
from mailticket.domain.decision import AddEntry, ChangeCustomer, Decision, JoinCustomers, Send
from mailticket.domain.intents import Append, Intent, WarnOutsiders
from mailticket.domain.people import Participant, Person
from tests.builders import NOW, OTHER_ID, case, known, words
from tests.cast import ANN, CARLA, as_csr, as_customer
from tests.edges.edge import Edge, Read, either
from tests.law.deciding import inquiry, law, of_kind, the_case

_BY = as_csr(ANN)


def _addresses(number: int) -> tuple[Address, ...]:
    return tuple(Address(f"Person {n}", f"p{n}@people.example") for n in range(number))


def _people(number: int) -> tuple[Participant, ...]:
    """Carla and as many others as make up the number."""
    return (Participant(CARLA, True), *(Participant(one, False) for one in _addresses(number - 1)))


def _person(id: int, addresses: tuple[Address, ...]) -> Person:
    return Person(id, "Carla", addresses, NOW)


def _refused(decision: Decision) -> bool:
    return any("problem" in one.extra for one in of_kind(decision, Send))


def _done(intent: Intent, number: int, **changes: object) -> Read:
    """Done to a case, or refused as a whole."""
    return either(number, not _refused(law(intent, case(**changes), facts=known(case(), case(id=OTHER_ID)))))


def _tags(number: int) -> Read:
    return _done(SetTags(_BY, tuple(f"t{n}" for n in range(number))), number)


def _watchers(number: int) -> Read:
    there = tuple(f"w{n}@people.example" for n in range(number - 1))
    return _done(Watch(_BY, "bo@example.com"), number, watchers=there)


def _links(number: int) -> Read:
    return _done(LinkCases(_BY, OTHER_ID), number, linked=tuple(f"AAAA-{n:03}A" for n in range(number - 1)))


def _added_people(number: int) -> Read:
    return _done(AddPeople(_BY, _addresses(number - 1)), number, participants=_people(1))


def _said(decision: Decision) -> list[str]:
    texts = [one.entry.words.text for one in of_kind(decision, AddEntry)]
    return [one for one in texts if "no part in this case" in one]


def _named_at_first(number: int) -> Read:
    """A stranger's first mail, with so many people in all."""
    decision = law(inquiry(also=_addresses(number - 1)))
    return Read(len(the_case(decision).participants), _said(decision))


def _named_later(number: int) -> Read:
    there = case(participants=_people(100))
    mail = Append(as_customer(), words("And these."), "<m@x>", "Re: x", also=_addresses(number - 1))
    decision = law(mail, there, facts=known(there))
    return Read(len(the_case(decision).participants), _said(decision))


def _fact(size: int) -> Read:
    person = _person(1, (CARLA,))
    decision = law(DescribeCustomer(_BY, 1, "phone", "1" * size), facts=known(people={1: person}))
    return Read(sum(len(one.changes["phone"]) for one in of_kind(decision, ChangeCustomer)))


def _addresses_of_one(number: int) -> Read:
    half = number // 2
    both = {1: _person(1, _addresses(number)[:half]), 2: _person(2, _addresses(number)[half:])}
    decision = law(MergeCustomers(_BY, 1, 2), facts=known(people=both))
    return either(number, bool(of_kind(decision, JoinCustomers)))


def _reason(size: int) -> Read:
    """Of a receipt, by which it is counted."""
    decision = law(SetTags(_BY, ("y" * size,)), case())
    return Read(max(min(len(one.reason), size) for one in of_kind(decision, Send)))


def _outsiders(number: int) -> Read:
    decision = law(WarnOutsiders(_BY, _addresses(number), "<letter@example.com>"), case())
    told = str(of_kind(decision, Send)[0].extra)
    return Read(told.count("@people.example"), ["one other"] if "one other" in told else [])


_LEFT_OUT = "One more in To and Cc takes no part"
EDGES = (
    Edge("law.acts.case_acts._MOST_TAGS", _tags, beyond=0),
    Edge("law.acts.case_acts._MOST_WATCHERS", _watchers, beyond=0),
    Edge("law.acts.relations._MOST_LINKS", _links, beyond=0),
    Edge("law.taking_part.MOST_PEOPLE", _added_people, beyond=0),
    Edge("law.taking_part.MOST_PEOPLE", _named_at_first, said=_LEFT_OUT),
    Edge("law.taking_part.MOST_PEOPLE", _named_later, said=_LEFT_OUT),
    Edge("law.acts.customer_acts._LONGEST", _fact, beyond=0),
    Edge("law.acts.customer_acts._MOST_ADDRESSES", _addresses_of_one, beyond=0),
    Edge("law.decide._LONGEST_REASON", _reason),
    Edge("law.acts.leaks._SHOWN", _outsiders, said="one other"),
)
