"""PURE: why a case was resolved without an answer, in the words that it keeps: "test", "duplicate of 7F3K-9QX6"."""

from __future__ import annotations

#: PRODUCT.md section 5; "spam" puts the case into the spam box.
KINDS = ("abuse", "test", "duplicate", "chat", "call", "other", "spam")

_DUPLICATE, _OF = "duplicate", " of "


def duplicate_of(case_id: str) -> str:
    """The resolution of what another case is about already."""
    return f"{_DUPLICATE}{_OF}{case_id}"


def kind(resolution: str) -> str:
    """One of KINDS, whatever else the resolution says."""
    return resolution.partition(_OF)[0]


def repeated(resolution: str) -> str:
    """The ID of the case that it repeats, "" if none is named."""
    named, _, case_id = resolution.partition(_OF)
    return case_id if named == _DUPLICATE else ""
