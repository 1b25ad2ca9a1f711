"""PURE: what we sent, as an index: is this line of a mail a line of ours that came back?"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from mailticket.domain.mail import ParentLetter
from mailticket.mime.cutting.words import links, signs, words
from mailticket.mime.html import html_text

_CAP = 256 * 1024  # characters of one letter that are indexed
_RUN = 3  # words; shorter runs stand in too many texts
SHORT = _RUN - 1  # words of a line that says little by itself
_OPENING = 3  # lines with which a letter begins

Run = tuple[str, ...]


class Known:
    """The letters that a mail may answer. All questions take time in proportion to the words asked about."""

    def __init__(self, parents: Sequence[ParentLetter]) -> None:
        self.us = tuple({name.casefold() for parent in parents for name in parent.us if len(name) > 2})
        self._lines: set[Run] = set()
        self._runs: set[Run] = set()
        self._vocabulary: set[str] = set()
        self._opening: set[Run] = set()
        self._hosts: set[str] = set()
        self._signs: set[str] = set()
        for parent in parents:
            self._learn(f"{parent.text}\n{html_text.text(parent.html)}"[:_CAP])

    def __bool__(self) -> bool:
        return bool(self._runs)

    def _learn(self, text: str) -> None:
        of_lines = [found for line in text.splitlines() if (found := words(line))]
        self._lines.update(tuple(line) for line in of_lines)
        self._opening.update(_runs([word for line in of_lines[:_OPENING] for word in line]))
        in_order = [word for line in of_lines for word in line]
        self._vocabulary.update(in_order)
        self._runs.update(_runs(in_order))
        self._signs.update(signs(text))
        self._hosts.update(host for link in links(text) if (host := _host(link)))

    def holds(self, line: Sequence[str], before: Sequence[str] = ()) -> bool:
        """Whether a line, given as its words, is one of ours; `before` are the words of the line above it.

        A long line may differ in one word out of ten (a client that stars or numbers). A line of one or two
        words must be a whole line of ours, or go on where the line above stopped (it was wrapped anew).
        """
        if len(line) >= _RUN:
            return self.share(line) >= (0.7 if len(line) >= 10 else 1.0)
        return bool(line) and (tuple(line) in self._lines or self.continues(before, line))

    def continues(self, before: Sequence[str], line: Sequence[str]) -> bool:
        """Whether we wrote these words right after the words `before`."""
        joined = (*before[-SHORT:], *line)
        return len(joined) >= _RUN and all(run in self._runs for run in _runs(joined))

    def resembles(self, line: Sequence[str]) -> bool:
        """Whether at least half of a line of three words or more is ours."""
        return self.share(line) >= 0.5

    def speaks_all(self, line: Sequence[str]) -> bool:
        """Whether we used every word of a line, wherever."""
        return all(word in self._vocabulary for word in line)

    def shows_all(self, found: Sequence[str]) -> bool:
        """Whether each of these signs stands somewhere in our letters."""
        return all(sign in self._signs for sign in found)

    def speaks_like(self, line: Sequence[str]) -> bool:
        """Whether at least half of the words of a line are words of ours, in whatever order."""
        return 2 * sum(word in self._vocabulary for word in line) >= len(line)

    def share(self, line: Sequence[str]) -> float:
        """How much of a run of words stands in our letters in the same order, 0.0 to 1.0."""
        runs = _runs(line)
        return sum(run in self._runs for run in runs) / len(runs) if runs else 0.0

    def opens_with(self, line: Sequence[str]) -> bool:
        """Whether a line stands among the first lines of a letter of ours."""
        return any(run in self._opening for run in _runs(line))

    def links_to_us(self, text: str) -> bool:
        """Whether a text holds a link to a host that our letters link to, also when a scanner has wrapped it."""
        return any(host in link for link in links(text.casefold()) for host in self._hosts)


def _runs(line: Sequence[str]) -> list[Run]:
    return [tuple(line[at : at + _RUN]) for at in range(len(line) - _RUN + 1)]


def _host(link: str) -> str:
    try:
        return urlsplit(link if "://" in link else f"//{link}").netloc.casefold()
    except ValueError:
        return ""
