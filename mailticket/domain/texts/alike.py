"""PURE: what an inquiry is about, in a few words, and how much two of them have in common. No meaning is understood."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from mailticket.domain.texts.search_words import words
from mailticket.domain.texts.stop_words import STOP_WORDS

_Case = TypeVar("_Case")

#: Words of an inquiry that are kept, and how much of it is looked at: people say first what it is about.
MOST_WORDS = 16
_OF_SUBJECT = 8
_LOOKED_AT = 3_000
#: Beginnings of words are compared, so that "printers" meets "printer": crude, and the same for both sides.
_STEM = 6
_SHORTEST = 3
_SHORTEST_OF_SUBJECT = 2
#: A word in common may be chance.
FEWEST_SHARED = 2
#: What was solved so long ago counts half.
_HALF_AFTER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Solved:
    """A case like this one that was solved: its case ID, and the answer that ended it, as staff may read it."""

    case: str
    subject: str
    answer: str
    answered_by: str
    at: datetime


def about(subject: str, text: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """The words that tell an inquiry from others, at most MOST_WORDS: the subject's, then the longest of the text.

    Left out: words that every mail has, numbers (they are one customer's own), and `names` (who wrote it).
    """
    others = {_stem(word) for name in names for word in words(name)}
    kept = dict.fromkeys(_without(others, telling(subject[:_LOOKED_AT]))[:_OF_SUBJECT])
    # Those of one length stay in their order.
    for word in sorted(_without(others, telling(text[:_LOOKED_AT])), key=len, reverse=True):
        if len(kept) == MOST_WORDS:
            break
        kept[word] = None
    return tuple(kept)


def telling(text: str) -> list[str]:
    """The words of a text that tell something, by their beginnings, in their order: no courtesies, no small words, no
    numbers."""
    different = dict.fromkeys(words(text))
    stems = (
        _stem(word) for word in different if word not in STOP_WORDS and not word.isdecimal() and _is_long_enough(word)
    )
    return list(dict.fromkeys(stems))


def _without(others: Set[str], stems: Iterable[str]) -> list[str]:
    return [one for one in stems if one not in others]


def _is_long_enough(word: str) -> bool:
    """Two characters are a word where a script has no spaces."""
    return len(word) >= (_SHORTEST if word.isascii() else _SHORTEST_OF_SUBJECT)


def _stem(word: str) -> str:
    return word[:_STEM]


def weights(spread: Mapping[str, int]) -> dict[str, float]:
    """How much each word tells, by the number of cases that have it."""
    return {word: weight(count) for word, count in spread.items()}


def weight(count: int) -> float:
    """How much a word tells that so many cases have: what many have tells little."""
    return 1 / math.log2(2 + count)


def scored(having: Mapping[str, Collection[_Case]]) -> dict[_Case, float]:
    """How alike each case is, by the cases that have each word; those with too little in common are left out."""
    shared = Counter(chain.from_iterable(having.values()))
    score = {case: 0.0 for case, count in shared.items() if count >= FEWEST_SHARED}
    # Words that as many cases have tell as much, and most are as common as is looked at: they are counted together.
    as_common: dict[int, list[Collection[_Case]]] = {}
    for cases in having.values():
        as_common.setdefault(len(cases), []).append(cases)
    for common, words_of in as_common.items():
        counted = shared if len(words_of) == len(having) else Counter(chain.from_iterable(words_of))
        for case in counted.keys() & score.keys():
            score[case] += weight(common) * counted[case]
    return score


def faded(score: float, age: timedelta) -> float:
    """The score of what was solved so long ago."""
    return float(score * 0.5 ** (max(age, timedelta(0)) / _HALF_AFTER))
