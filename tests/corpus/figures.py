"""PURE: checks added up by source and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.corpus.checks import Check


def share(checks: Iterable[Check], *kinds: str) -> float:
    """The part of the checks of these kinds that holds, 0 to 1. Fails if there is none: that would prove nothing."""
    asked = [one for one in checks if one.kind in kinds]
    assert asked, f"no check of {kinds}"
    return sum(one.ok for one in asked) / len(asked)


def table(checks: Sequence[Check]) -> list[str]:
    """Lines: kinds across, sources down, each cell what holds of what is stated."""
    kinds = list(dict.fromkeys(one.kind for one in checks))
    held = Counter((one.source, one.kind) for one in checks if one.ok)
    stated = Counter((one.source, one.kind) for one in checks)
    sources = sorted({one.source for one in checks})
    lines = []
    for kind in kinds:
        of_kind = [one for one in checks if one.kind == kind]
        whole = f"{kind:<18} {sum(one.ok for one in of_kind):>5} of {len(of_kind):<5} {share(of_kind, kind):>7.1%}"
        by_source = (f"{one} {held[one, kind]}/{stated[one, kind]}" for one in sources if stated[one, kind])
        lines.append(f"{whole}   {', '.join(by_source)}")
    return lines
