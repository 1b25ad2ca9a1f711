"""PURE: inquiries that ask for the same, grouped: the most common ones are what an FAQ should answer.

An inquiry joins the group that it has most in common with, or begins one. Only its rarest words look for groups, and
each word leads to few of them, so that the work grows with the number of inquiries and not with its square. The same
inquiries in the same order give the same groups.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import chain

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


@dataclass(frozen=True, slots=True)
class _Told:
    """An inquiry by what it tells, the rarest first: the words that others are about too, each by its number among
    all of them in order of how rare they are. `weight` is how much they tell together."""

    inquiry: Inquiry
    words: list[int]
    weight: float


@dataclass(slots=True)
class _Group:
    """`having` is how much each word tells that members are about: its weight, times the members that have it."""

    place: int
    members: list[_Told] = field(default_factory=list)
    having: dict[int, float] = field(default_factory=dict)

    def add(self, one: _Told, weight: Sequence[float]) -> None:
        self.members.append(one)
        having = self.having
        for word in one.words:
            having[word] = having.get(word, 0.0) + weight[word]

    def likeness(self, one: _Told) -> float:
        """0 to 1: how much of what an inquiry tells its group tells, too; 0 if they share too few words."""
        having = self.having
        shared = [having[word] for word in one.words if word in having]
        if len(shared) < FEWEST_SHARED:
            return 0.0
        return sum(shared) / (one.weight * len(self.members))


def grouped(inquiries: Sequence[Inquiry], most: int = 20, least: int = 2) -> list[CommonRequest]:
    """The `most` largest groups of at least `least` inquiries, the largest first."""
    spread = Counter(chain.from_iterable(one.about for one in inquiries))
    rarest_first = sorted((count, word) for word, count in spread.items() if count > 1)
    number = {word: place for place, (_count, word) in enumerate(rarest_first)}
    weight = list(weights({word: count for count, word in rarest_first}).values())
    groups: list[_Group] = []
    by_word: defaultdict[int, list[int]] = defaultdict(list)
    for one in inquiries:
        words = sorted([number[word] for word in one.about if word in number])
        if len(words) < FEWEST_SHARED:
            continue
        told = _Told(one, words, sum([weight[word] for word in words]))
        group = _best(told, by_word, groups)
        if group is None:
            group = _Group(len(groups))
            groups.append(group)
            for word in words:
                if len(by_word[word]) < _GROUPS_OF_A_WORD:
                    by_word[word].append(group.place)
        group.add(told, weight)
    largest = sorted(
        (one for one in groups if len(one.members) >= least), key=lambda one: (-len(one.members), one.place)
    )
    return [_request(group) for group in largest[:most]]


def _best(told: _Told, by_word: Mapping[int, Sequence[int]], groups: Sequence[_Group]) -> _Group | None:
    """The group that the inquiry is most like, None if it is like none of them."""
    met = Counter(chain.from_iterable([by_word[word] for word in told.words[:_LOOKING] if word in by_word]))
    likest = nsmallest(_COMPARED, [(-count, place) for place, count in met.items()])
    scored = [(groups[place].likeness(told), -place) for _count, place in likest]
    score, place = max(scored, default=(0.0, 0))
    return groups[-place] if score >= _ALIKE else None


def _request(group: _Group) -> CommonRequest:
    typical = sorted(group.members, key=lambda one: (-group.likeness(one), -one.inquiry.key))
    return CommonRequest(len(group.members), tuple(one.inquiry for one in typical[:_EXAMPLES]))
