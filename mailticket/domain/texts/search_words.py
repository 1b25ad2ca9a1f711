"""PURE: what full-text search goes by: the words of a text, folded alike for every database, and what a query means.

The databases split and fold nothing themselves: they get these words, so that SQLite and PostgreSQL find the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Characters of a text that are looked at, and words that are kept: what a database can index of one entry.
LONGEST_TEXT = 100_000
MOST_WORDS = 16_000
_LONGEST_WORD = 40
_LONGEST_QUERY = 1_000
_MOST_PHRASES = 20
#: Shorter words would begin half of all others.
_SHORTEST_BEGINNING = 3

#: Accents, the short vowels of Hebrew and Arabic, and the Arabic stroke that only fills a line.
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
#: Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
#: Letters and digits, and the vowel signs of Indic and South-East Asian scripts, which are no letters to `re`.
_WORD = re.compile("(?:[^\\W_]|[\u0900-\u0963\u0966-\u0dff\u0e01-\u109f\u1780-\u17ff])+")
#: Scripts that put no spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = re.compile(
    "[\u0e01-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+"
)
#: What parts the words of a text that is plain ASCII, as most are.
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}
_QUOTED_OR_NOT = re.compile(r'(-?)"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side. `is_beginning`: the last one may go on. `is_unwanted`: no match may have it."""

    words: tuple[str, ...]
    is_beginning: bool = False
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: an entry matches if it has every phrase that is wanted and none that is unwanted."""

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing but punctuation, or only what is unwanted: that matches nothing."""
        return not self.wanted


def words(text: str) -> list[str]:
    """The words of a text in their order, folded: no case, no accents, full-width as plain, at most MOST_WORDS.

    Where a script has no spaces, each two neighbours are a word, and the last character is one by itself, so that any
    part of such a text can be found (n-gram indexing, as PostgreSQL's pg_bigm and SQLite's trigram have it).
    """
    folded = _folded(text)
    if folded.isascii():
        plain = folded.translate(_NO_WORD).split()[:MOST_WORDS]
        is_short = max(map(len, plain), default=0) <= _LONGEST_WORD
        return plain if is_short else [one[:_LONGEST_WORD] for one in plain]
    found: list[str] = []
    for run, is_unspaced in _runs(folded):
        found += _pairs(run) if is_unspaced else (run[:_LONGEST_WORD],)
        if len(found) >= MOST_WORDS:
            return found[:MOST_WORDS]
    return found


def parse_query(text: str) -> Query:
    """A query as people type it: words, "words side by side", -unwanted. Whatever is typed, it means something.

    A word of three letters or more finds longer ones that begin with it; in quotation marks it finds itself only.
    """
    phrases: list[Phrase] = []
    for match in _QUOTED_OR_NOT.finditer(text[:_LONGEST_QUERY]):
        minus, quoted, bare = match.groups()
        if bare is None:
            phrases += _phrases(quoted, is_exact=True, is_unwanted=bool(minus))
        else:
            phrases += _phrases(bare, is_exact=False, is_unwanted=bare.startswith("-"))
    kept = list(dict.fromkeys(phrases))[:_MOST_PHRASES]
    return Query(tuple(one for one in kept if not one.is_unwanted), tuple(one for one in kept if one.is_unwanted))


def _phrases(text: str, *, is_exact: bool, is_unwanted: bool) -> Iterator[Phrase]:
    """Words side by side are one phrase; a run without spaces is one of its own."""
    side_by_side: list[str] = []
    for run, is_unspaced in _runs(_folded(text)):
        if not is_unspaced:
            side_by_side.append(run[:_LONGEST_WORD])
            continue
        pairs = _pairs(run)[:-1]
        yield Phrase(tuple(pairs) or (run,), not pairs, is_unwanted)
    if side_by_side:
        goes_on = not is_exact and len(side_by_side[-1]) >= _SHORTEST_BEGINNING
        yield Phrase(tuple(side_by_side), goes_on, is_unwanted)


def _runs(folded: str) -> Iterator[tuple[str, bool]]:
    """The words of a folded text, each with whether its script has no spaces."""
    for match in _WORD.finditer(folded):
        word, end = match[0], 0
        if word.isascii():
            yield word, False
            continue
        for run in _UNSPACED.finditer(word):
            if run.start() > end:
                yield word[end : run.start()], False
            yield run[0], True
            end = run.end()
        if end < len(word):
            yield word[end:], False


def _folded(text: str) -> str:
    text = text[:LONGEST_TEXT]
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", bare)[:LONGEST_TEXT].translate(_PLAIN)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run))]


def joined(parts: Iterable[str]) -> str:
    """Several texts as one to take the words of; no phrase reaches from one into the next by more than a blank."""
    return "\n".join(one for one in parts if one)
