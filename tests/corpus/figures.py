"""PURE: checks added up by source and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.corpus.checks import Check


def share(checks: Iterable[Check], *kinds: str) -> float:
    """The part of the checks of these kinds that holds, 0 to 1. Fails if there is none: that would prove nothing."""
    asked = [one for one in checks if one.kind in kinds]
    assert asked, f"no check of {kinds}"
    return sum(one.ok for one in asked) / len(asked)


def table(stated: Sequence[Check], is_listed: Callable[[str, str], bool]) -> list[str]:
    """Lines: a kind each, with what holds of all that is stated, of what is no listed difference, and by source."""
    widest = max(len(one.kind) for one in stated)
    lines = [f"{'':<{widest}}  {'everything stated':^24}   {'without listed differences':^26}"]
    for kind in dict.fromkeys(one.kind for one in stated):
        of_kind = [one for one in stated if one.kind == kind]
        counted = [one for one in of_kind if not is_listed(one.path, kind)]
        lines.append(f"{kind:<{widest}}  {_share(of_kind, kind)}   {_share(counted, kind)}     {_by_source(of_kind)}")
    return lines


def _share(checks: Sequence[Check], kind: str) -> str:
    return f"{sum(one.ok for one in checks):>5} of {len(checks):<5} {share(checks, kind):>9.2%}"


def _by_source(checks: Sequence[Check]) -> str:
    held = Counter(one.source for one in checks if one.ok)
    stated = Counter(one.source for one in checks)
    return ", ".join(f"{source} {held[source]}/{stated[source]}" for source in sorted(stated))
