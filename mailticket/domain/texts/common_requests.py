"""PURE: inquiries that ask for the same, grouped: the most common ones are what an FAQ should answer.

An inquiry joins the group that it has most in common with, or begins one. Only its rarest words look for groups, and
each word leads to few of them, so that the work grows with the number of inquiries and not with its square. The same
inquiries in the same order give the same groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from mailticket.domain.texts.alike import FEWEST_SHARED, weights

#: How much of what an inquiry is about its group must share.
_ALIKE = 0.25
#: Words of an inquiry that look for a group, groups that a word leads to, and groups that are compared.
_LOOKING = 6
_GROUPS_OF_A_WORD = 50
_COMPARED = 10
_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A case as it came in: its key, case ID and subject, and the words that it is about (`alike.about`)."""

    key: int
    case: str
    subject: str
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommonRequest:
    """So many inquiries ask for the same; `examples` are those that have most in common with all, at most ten."""

    number: int
    examples: tuple[Inquiry, ...]


@dataclass(slots=True)
class _Group:
    place: int
    members: list[Inquiry] = field(default_factory=list)
    having: Counter[str] = field(default_factory=Counter)

    def add(self, one: Inquiry) -> None:
        self.members.append(one)
        self.having.update(one.about)

    def likeness(self, telling: Sequence[str], weight: Mapping[str, float]) -> float:
        """0 to 1: how much of what an inquiry tells its group tells, too; 0 if they share too few words."""
        having = self.having
        shared = [weight[word] * having[word] for word in telling if word in having]
        if len(shared) < FEWEST_SHARED:
            return 0.0
        return sum(shared) / (sum([weight[word] for word in telling]) * len(self.members))


def grouped(inquiries: Sequence[Inquiry], most: int = 20, least: int = 2) -> list[CommonRequest]:
    """The `most` largest groups of at least `least` inquiries, the largest first."""
    spread = Counter(word for one in inquiries for word in one.about)
    weight = weights({word: count for word, count in spread.items() if count > 1})
    groups: list[_Group] = []
    by_word: dict[str, list[_Group]] = {}
    for one in inquiries:
        telling = _telling(one, spread)
        if len(telling) < FEWEST_SHARED:
            continue
        group = _best(telling, by_word, weight)
        if group is None:
            group = _Group(len(groups))
            groups.append(group)
            for word in telling:
                led_to = by_word.setdefault(word, [])
                if len(led_to) < _GROUPS_OF_A_WORD:
                    led_to.append(group)
        group.add(one)
    largest = sorted(
        (one for one in groups if len(one.members) >= least), key=lambda one: (-len(one.members), one.place)
    )
    return [_request(group, spread, weight) for group in largest[:most]]


def _telling(one: Inquiry, spread: Mapping[str, int]) -> list[str]:
    """What the inquiry is about and others too, the rarest first."""
    return [word for _count, word in sorted([(spread[word], word) for word in one.about if spread[word] > 1])]


def _best(
    telling: Sequence[str], by_word: Mapping[str, Sequence[_Group]], weight: Mapping[str, float]
) -> _Group | None:
    """The group that the inquiry is most like, None if it is like none of them."""
    groups = {group.place: group for word in telling[:_LOOKING] for group in by_word.get(word, ())}
    met = Counter([group.place for word in telling[:_LOOKING] for group in by_word.get(word, ())])
    likest = nsmallest(_COMPARED, [(-count, place) for place, count in met.items()])
    scored = [(groups[place].likeness(telling, weight), -place) for _count, place in likest]
    score, place = max(scored, default=(0.0, 0))
    return groups[-place] if score >= _ALIKE else None


def _request(group: _Group, spread: Mapping[str, int], weight: Mapping[str, float]) -> CommonRequest:
    likeness = {one.key: group.likeness(_telling(one, spread), weight) for one in group.members}
    typical = sorted(group.members, key=lambda one: (-likeness[one.key], -one.key))
    return CommonRequest(len(group.members), tuple(typical[:_EXAMPLES]))
