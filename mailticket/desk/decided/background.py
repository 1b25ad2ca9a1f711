"""Background: what stands behind the letters about some cases, read for all of them when the first one asks. I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from mailticket.desk.office import Office
from mailticket.domain.case import Case
from mailticket.domain.people import Customer
from mailticket.domain.texts.alike import Solved
from mailticket.letters.history import MOST_HISTORY
from mailticket.store import cases, customers, people
from mailticket.store.casework import latest
from mailticket.store.casework.latest import Latest
from mailticket.store.index import similar

#: One more than a letter shows, so that it can say that there are others.
_EARLIER = 9


class Background:
    """Of the cases that one transaction was loaded with: what a letter about one of them shows besides the case itself.

    Read inside that transaction. What a decision adds to its own case is not in it (`Gathering` knows that).
    `customers`: what `people.customers` said of all who may open a case in it, if it was asked.
    """

    def __init__(self, office: Office, about: Iterable[Case], customers: Mapping[str, Customer] | None = None) -> None:
        self.customers = customers
        self._office = office
        self._cases = {one.key: one for one in about}

    def has(self, case: Case) -> bool:
        """Is this one of the cases?"""
        return case.key in self._cases

    def latest(self, case: Case) -> Latest:
        """The newest entries that it had; those that were added meanwhile may be among them or not."""
        return self._latest[case.key]

    def earlier(self, case: Case) -> Sequence[Case]:
        """The customer's other cases, newest first."""
        return self._earlier[case.key]

    def about(self, case: Case) -> Sequence[tuple[str, str]]:
        """What is known of the customer."""
        return self._cards.get(case.customer.id, ())

    def solved(self, case: Case) -> Sequence[Solved]:
        """Cases like this one that were solved."""
        return self._solved.get(case.key, ())

    @cached_property
    def away(self) -> frozenset[tuple[str, str]]:
        return people.away()

    @cached_property
    def _latest(self) -> Mapping[int, Latest]:
        return latest.of_cases(self._cases.values(), MOST_HISTORY)

    @cached_property
    def _earlier(self) -> Mapping[int, Sequence[Case]]:
        return cases.other_cases(list(self._cases.values()), _EARLIER)

    @cached_property
    def _cards(self) -> Mapping[int, Sequence[tuple[str, str]]]:
        return customers.cards(one.customer for one in self._cases.values())

    @cached_property
    def _solved(self) -> Mapping[int, Sequence[Solved]]:
        """Of those that nobody has answered yet."""
        found: dict[int, Sequence[Solved]] = {}
        config, now = self._office.config, self._office.clock()
        for service in config.service:
            theirs = [one for one in self._cases.values() if one.service == service.name and one.answered_at is None]
            found |= similar.solved(theirs, config.sharing(service), now) if theirs else {}
        return found
