"""PURE: which of the known names was meant by one that nobody knows. For the config, commands and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Names beyond this length are nobody's typing mistake, and looking closer would take long.
_LONGEST = 200
_MOST_LISTED = 30


def nearest(written: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The known name that is most like it, "" if none is. Capitals do not count. `likeness`: 0 to 1, 1 the same.

    Of two mail addresses one part at least must be the same: all addresses of one firm are alike.
    """
    if len(written) > _LONGEST:
        return ""
    local, at, domain = written.casefold().rpartition("@")
    names = {one.casefold(): one for one in reversed(list(known))}
    if not at:
        return names.get(_most_like(domain, names, likeness), "")
    here = {one.removesuffix(f"@{domain}"): one for one in names if one.endswith(f"@{domain}")}
    same = {one.removeprefix(f"{local}@"): one for one in names if one.startswith(f"{local}@")}
    found = here.get(_most_like(local, here, likeness)) or same.get(_most_like(domain, same, likeness))
    return names[found] if found else ""


def _most_like(written: str, known: Iterable[str], likeness: float) -> str:
    return next(iter(get_close_matches(written, known, n=1, cutoff=likeness)), "")


def hint(written: str, known: Iterable[str]) -> str:
    """For the end of a sentence about an unknown name: '; did you mean "customer"?', else those that there are."""
    names = list(dict.fromkeys(known))
    if meant := nearest(written, names):
        return f'; did you mean "{meant}"?'
    listed = ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
    return f" (there are: {listed or 'none'})"
