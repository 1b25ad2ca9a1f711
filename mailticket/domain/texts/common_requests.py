"""PURE: inquiries that ask for the same, grouped: the most common ones are what an FAQ should answer.

An inquiry joins the group that it has most in common with, or begins one. Only its rarest words look for groups, and
each word leads to few of them, so that the work grows with the number of inquiries and not with its square. The same
inquiries in the same order give the same groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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

    def likeness(self, one: Inquiry, weight: Mapping[str, float]) -> float:
        """0 to 1: how much of what the inquiry is about its group is about, too; what nobody else says is left out."""
        shared = sum(weight[word] * self.having[word] for word in one.about if word in weight)
        return shared / (sum(weight[word] for word in one.about if word in weight) * len(self.members))


def grouped(inquiries: Sequence[Inquiry], most: int = 20, least: int = 2) -> list[CommonRequest]:
    """The `most` largest groups of at least `least` inquiries, the largest first."""
    spread = Counter(word for one in inquiries for word in one.about)
    weight = weights({word: count for word, count in spread.items() if count > 1})
    groups: list[_Group] = []
    by_word: dict[str, list[_Group]] = {}
    for one in inquiries:
        telling = sorted((word for word in one.about if spread[word] > 1), key=lambda word: (spread[word], word))
        if len(telling) < FEWEST_SHARED:
            continue
        group = _best(one, telling, by_word, weight)
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
    return [_request(group, weight) for group in largest[:most]]


def _best(
    one: Inquiry, telling: Sequence[str], by_word: Mapping[str, Sequence[_Group]], weight: Mapping[str, float]
) -> _Group | None:
    """The group that the inquiry is most like, None if it is like none of them."""
    met = Counter(group.place for word in telling[:_LOOKING] for group in by_word.get(word, ()))
    places = {group.place: group for word in telling[:_LOOKING] for group in by_word.get(word, ())}
    likest = sorted(met, key=lambda place: (-met[place], place))[:_COMPARED]
    scored = [
        (places[place].likeness(one, weight), -place)
        for place in likest
        if sum(1 for word in one.about if places[place].having[word]) >= FEWEST_SHARED
    ]
    score, place = max(scored, default=(0.0, 0))
    return places[-place] if score >= _ALIKE else None


def _request(group: _Group, weight: Mapping[str, float]) -> CommonRequest:
    typical = sorted(group.members, key=lambda one: (-group.likeness(one, weight), -one.key))
    return CommonRequest(len(group.members), tuple(typical[:_EXAMPLES]))
