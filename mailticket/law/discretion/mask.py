"""PURE: words in a text or in HTML become ***, however they are spaced, broken, spelled or split by tags.

Both sides are read as a stream of folded characters, each of which knows where in the source it stands: blanks of any
kind and number (quote marks at the beginning of a line too) are one blank, what has no width is skipped, and letters
are compared without case and composition (Unicode NFKD). What is found is masked in the source; all else stays as it
is, byte for byte. One pass for reading, one search for each of the words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

MASK = "***"

#: Tags with their attributes; what ends a line; one character written as a reference.
_TAG = re.compile(r"""</?[A-Za-z!?](?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_ENDS_A_LINE = re.compile(
    r"</?(?:address|article|blockquote|br|center|dd|div|dl|dt|footer|h[1-6]|header|hr|li|ol|p|pre|section|table|tbody"
    r"|td|th|thead|tr|ul)\b",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(=\s*)(?:"([^"]*)"|'([^']*)')""")
#: Letters from here on stand in scripts that do not part words by blanks (Thai, Han, Kana, Hangul and others).
_NO_WORD_BLANKS = "\u0e00"


@dataclass(slots=True)
class _Stream:
    """Folded characters and where each of them begins and ends in the source."""

    folded: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    begins_line: bool = True

    def add(self, character: str, start: int, end: int) -> None:
        for one in _fold(character):
            if one == " " or (one == ">" and self.begins_line):
                self.begins_line = self.begins_line or character in "\r\n"
                self._add_blank(start, end)
            else:
                self.begins_line = False
                self._append(one, start, end)

    def _add_blank(self, start: int, end: int) -> None:
        if self.folded and self.folded[-1] == " ":
            self.ends[-1] = end
        else:
            self._append(" ", start, end)

    def _append(self, one: str, start: int, end: int) -> None:
        self.folded.append(one)
        self.starts.append(start)
        self.ends.append(end)


def is_maskable(words: str) -> bool:
    """Can these words be told from others? They hold two letters or digits at least."""
    return sum(one.isalnum() for one in words) >= 2


def mask_text(text: str, words: Iterable[str]) -> str:
    """The text with each of the words as ***, wherever they stand as whole words."""
    wanted = [one for one in words if _may_hold(text, one)]
    if not wanted:
        return text
    stream = _Stream()
    for place, character in enumerate(text):
        stream.add(character, place, place + 1)
    return _replaced(text, _places(stream, wanted))


def _may_hold(text: str, words: str) -> bool:
    """A quick no for most texts: in ASCII, runs of letters and digits stand as they are, but for capitals."""
    if not text.isascii():
        return True
    lower = text.lower()
    return all(run in lower for run in re.findall(r"[a-z0-9]+", _folded(words)))


def mask_html(source: str, words: Iterable[str]) -> str:
    """The same for HTML. Tags stay where they are; an attribute that holds the words is *** as a whole."""
    wanted = tuple(words)
    if not source or not wanted:
        return source
    stream, tags = _read_html(source)
    changes = [*_places(stream, wanted), *_attributes(source, tags, wanted)]
    return _replaced(source, sorted(changes), tags)


def has(text: str, words: str) -> bool:
    """Do these words stand in the text?"""
    return mask_text(text, (words,)) != text


def _read_html(source: str) -> tuple[_Stream, list[tuple[int, int]]]:
    stream, tags, place, last_comment = _Stream(), list[tuple[int, int]](), 0, source.rfind("-->")
    while place < len(source):
        tag_end = _tag_end(source, place, last_comment) if source[place] == "<" else 0
        if tag_end:
            tags.append((place, tag_end))
            if _ENDS_A_LINE.match(source, place):
                stream.add("\n", place, tag_end)
            place = tag_end
            continue
        reference = _REFERENCE.match(source, place) if source[place] == "&" else None
        end = reference.end() if reference else place + 1
        shown = html.unescape(reference[0]) if reference else source[place]
        for character in shown:
            stream.add(character, place, end)
        place = end
    return stream, tags


def _tag_end(source: str, place: int, last_comment: int) -> int:
    """Where the tag or comment that begins here ends; 0 if none does. A comment's end is looked for only if one comes,
    so that many beginnings do not each read the rest."""
    if source.startswith("<!--", place) and place + 4 <= last_comment:
        return source.index("-->", place + 4) + 3
    tag = _TAG.match(source, place)
    return tag.end() if tag else 0


def _attributes(source: str, tags: Sequence[tuple[int, int]], words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Values that hold the words, in the clear or as part of an address."""
    for start, end in tags:
        for match in _ATTRIBUTE.finditer(source, start, end):
            value = html.unescape(match[2] if match[2] is not None else match[3])
            if any(has(written, one) for written in (value, unquote(value)) for one in words):
                yield match.start() + len(match[1]) + 1, match.end() - 1


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """Nothing for what has no width, one blank for any blank, else letters without case and composition."""
    if character.isspace() or character == "\u00a0":
        return " "
    if unicodedata.category(character) == "Cf" or character == "\u034f":
        return ""
    folded = unicodedata.normalize("NFKD", character).casefold()
    return unicodedata.normalize("NFKD", folded)


def _places(stream: _Stream, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where in the source the words stand, in order, what overlaps as one."""
    folded = "".join(stream.folded)
    found = sorted(
        (stream.starts[first], stream.ends[last - 1])
        for one in dict.fromkeys(filter(is_maskable, words))
        for first, last in _occurrences(folded, stream, _folded(one))
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _folded(words: str) -> str:
    stream = _Stream(begins_line=False)
    for place, character in enumerate(words.strip()):
        stream.add(character, place, place + 1)
    return "".join(stream.folded).strip()


def _occurrences(folded: str, stream: _Stream, wanted: str) -> Iterator[tuple[int, int]]:
    """Whole words only, and whole characters of the source."""
    first = folded.find(wanted) if wanted else -1
    while first >= 0:
        last = first + len(wanted)
        if not (_runs_on(folded, stream, first) or _runs_on(folded, stream, last)):
            yield first, last
            first = folded.find(wanted, last)
        else:
            first = folded.find(wanted, first + 1)


def _runs_on(folded: str, stream: _Stream, place: int) -> bool:
    """Does a word, or a character of the source, go on across this place?"""
    if not 0 < place < len(folded):
        return False
    before, after = folded[place - 1], folded[place]
    is_one_character = stream.starts[place - 1] == stream.starts[place] or unicodedata.combining(after) != 0
    return is_one_character or (_is_of_word(before) and _is_of_word(after))


def _is_of_word(one: str) -> bool:
    return (one.isalnum() or one == "_" or unicodedata.combining(one) != 0) and one < _NO_WORD_BLANKS


def _replaced(source: str, places: Sequence[tuple[int, int]], tags: Sequence[tuple[int, int]] = ()) -> str:
    """*** for each place; tags inside of it follow."""
    done, last, next_tag = list[str](), 0, 0
    for start, end in places:
        done += [source[last:start], MASK]
        while next_tag < len(tags) and tags[next_tag][1] <= start:
            next_tag += 1
        while next_tag < len(tags) and start <= tags[next_tag][0] and tags[next_tag][1] <= end:
            done.append(source[slice(*tags[next_tag])])
            next_tag += 1
        last = end
    return "".join([*done, source[last:]])
