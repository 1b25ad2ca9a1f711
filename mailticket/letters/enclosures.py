"""PURE: the files of a letter: which go with it, which are fetched by a link, and which can do neither."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mailticket.domain.case import StoredFile
from mailticket.letters.history import MOST_ENCLOSED, is_own_id
from mailticket.letters.occasion import Occasion


class Way(StrEnum):
    """How a reader gets the files of a letter."""

    ATTACHED = "attached"
    LINKED = "linked"
    LEFT_OUT = "left out"  # larger than a relay takes, and there is no page to fetch them from


@dataclass(frozen=True, slots=True)
class Enclosures:
    """`attached` go with the letter, pictures that its HTML shows among them; `way` is how all others go."""

    attached: tuple[StoredFile, ...]
    way: Way


def enclosed(files: Iterable[StoredFile], occasion: Occasion) -> Enclosures:
    """Whether the files of a letter are attached, by the service's wish and by what a relay takes.

    Pictures inside the text always go along: a link cannot stand in for one.
    """
    everything = tuple(files)
    pictures = tuple(one for one in everything if is_own_id(one.cid))
    others = [one for one in everything if one not in pictures]
    has_links = bool(occasion.config.web.url)
    is_too_large = sum(one.size for one in everything) > MOST_ENCLOSED
    if not is_too_large and not (has_links and occasion.service.letters.attachments == "link"):
        return Enclosures(everything, Way.ATTACHED)
    if not others:
        return Enclosures(pictures, Way.ATTACHED)
    return Enclosures(pictures, Way.LINKED if has_links else Way.LEFT_OUT)
