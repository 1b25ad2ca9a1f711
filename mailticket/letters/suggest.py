"""PURE: which answer templates may fit an inquiry: those that share its rarest words. No meaning is understood here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from mailticket.config.rules import AnswerTemplate
from mailticket.domain.texts.alike import telling

_FIELD = re.compile(r"\{[{%].{0,200}?[%}]\}", re.DOTALL)
_LOOKED_AT = 20_000  # characters of an inquiry
#: Two words in common may be chance in a long mail; less than that says nothing.
_FEWEST = 2


def suggested(inquiry: str, templates: Sequence[AnswerTemplate], most: int = 3) -> list[AnswerTemplate]:
    """The templates that overlap best with the words of an inquiry, the best first; none where too little does.

    A word counts the more, the fewer templates have it: what all of them say tells nothing.
    """
    if not templates:
        return []
    asked = set(telling(inquiry[:_LOOKED_AT]))
    theirs = [_about(one.name, one.subject, one.text) for one in templates]
    spread = Counter(word for words in theirs for word in words)
    scored = []
    for place, words in enumerate(theirs):
        shared = [word for word in words & asked if spread[word] < len(templates) or len(templates) == 1]
        if len(shared) >= _FEWEST:
            scored.append((-sum(1 / spread[word] for word in shared), place))
    return [templates[place] for _, place in sorted(scored)[:most]]


@lru_cache(maxsize=512)
def _about(name: str, subject: str, text: str) -> frozenset[str]:
    """The words of a template: the same for every inquiry."""
    return frozenset(telling(f"{name} {subject} {_FIELD.sub(' ', text)}"))
