"""PURE: from values to a letter, by the compiled templates of the book: the admin's first, the shipped ones behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailticket.domain.case import StoredFile
from mailticket.domain.decision import LetterKind
from mailticket.domain.near_names import hint
from mailticket.errors import ConfigError, Permanent
from mailticket.letters.catalog import LETTERS
from mailticket.letters.history import is_own_id
from mailticket.letters.shelf import Shelf
from mailticket.letters.specimen import specimens
from mailticket.letters.values import Values
from mailticket.sandbox import TemplateMistake

_SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished letter. `files` go with it (pictures inside the HTML have `inline` and `cid`).

    `trouble` holds what the admin should mend, "" if nothing: the letter is whole all the same.
    """

    subject: str
    text: str
    html: str
    files: tuple[StoredFile, ...] = ()
    trouble: str = ""


class Book:
    """Every letter's templates for each service and language, compiled once. Made by `compile`; safe for threads."""

    def __init__(self, shipped: Mapping[str, str], overrides: Mapping[str, Mapping[str, str]]) -> None:
        self._shipped = shipped
        self._overrides = {folder: dict(files) for folder, files in overrides.items() if files}
        self._shelves: dict[tuple[str, ...], Shelf] = {}

    def __reduce__(self) -> tuple[type[Book], tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]]:
        """To another process go its sources: they are compiled there."""
        return Book, (self._shipped, self._overrides)

    @classmethod
    def compile(cls, shipped: Mapping[str, str], overrides: Mapping[str, Mapping[str, str]]) -> Book:
        """A book of sources by file name; what the admin changed is tried out on a made-up case.

        `overrides` are the admin's files by folder, relative to their `templates`: "" for all services, "de" for a
        language, "support" for a service, "support/de" for both. The closest folder that has a file wins.
        Raises ConfigError with every mistake: file, line, what.
        """
        book = cls(shipped, overrides)
        if mistakes := list(dict.fromkeys(book._mistakes())):
            raise ConfigError(mistakes)
        return book

    def shelves(self, service: str, language: str) -> tuple[Shelf, ...]:
        """The templates for a service and a language: with the admin's files if there are any, then as shipped."""
        folders = (f"{service}/{language}", service, language, "")
        own = tuple(one for one in folders if one in self._overrides)
        shipped = self._shelf((language, _SHIPPED))
        return (self._shelf((*own, language, _SHIPPED)), shipped) if own else (shipped,)

    def spoken(self, service: str, language: str) -> str:
        """The language of a customer, as "de-AT" or "de", if there are letters in it; else "". Ours are English."""
        for one in (language, language.partition("-")[0]):
            is_own = any(folder in self._overrides for folder in (f"{service}/{one}", one))
            is_ours = any(name.startswith(f"{one}/") for name in self._shipped)
            if one and (is_own or is_ours or (one == "en" and not {"", service} & self._overrides.keys())):
                return one
        return ""

    def notes(self) -> list[str]:
        """What is no mistake but may surprise: a text was changed, and the HTML that most people see was not."""
        return [
            f"{_path(folder, letter.files[1])} is yours, but {letter.files[2]} is the shipped one: most people see that"
            for folder, files in self._overrides.items()
            for letter in LETTERS.values()
            if letter.files[1] in files and letter.files[2] not in files
        ]

    def _shelf(self, folders: tuple[str, ...]) -> Shelf:
        """A shelf that looks through these folders in order; the last two are the shipped ones."""
        *own, language, _ = folders
        if not any(name.startswith(f"{language}/") for name in self._shipped):
            folders = (*own, "", _SHIPPED)
        if folders not in self._shelves:
            layers = [(_path(one, ""), self._overrides[one]) for one in own]
            translated = {
                name.removeprefix(f"{language}/"): source
                for name, source in self._shipped.items()
                if name.startswith(f"{language}/")
            }
            self._shelves[folders] = Shelf(layers, [(f"{language}/", translated), ("", self._shipped)])
        return self._shelves[folders]

    def _mistakes(self) -> Iterator[str]:
        known = set(self._shipped)
        for folder, files in self._overrides.items():
            for name in sorted(set(files) - known):
                yield f"{_path(folder, name)}: no letter has a file of this name{hint(name, sorted(known))}"
        # The shipped ones alone are tried by our tests, and need not be at every start.
        for folder in sorted(self._overrides):
            service, _, language = folder.partition("/")
            yield from _tried(self.shelves(service, language or service)[0])


def render(letter: LetterKind, values: Values, book: Book) -> Rendered:
    """The finished letter. An admin's template that fails gives way to the shipped one, and `trouble` tells."""
    shelves = book.shelves(values["service"]["name"], values["language"])
    trouble = [str(one) for one in values["trouble"]]
    for shelf in shelves:
        try:
            subject, text, html = shelf.letter(LETTERS[letter].files, values)
        except TemplateMistake as mistake:
            trouble.append(f"{mistake}; the shipped template was used")
            continue
        files = tuple(one for one in values["attached"] if _goes_with(one, letter, html))
        return Rendered(subject, text, html, files, "; ".join(trouble))
    raise Permanent(f"The letter {letter} cannot be made: {'; '.join(trouble)}.", "This is a fault in mailticket.")


def _goes_with(file: StoredFile, letter: LetterKind, html: str) -> bool:
    """A picture if the letter shows it, any other file if letters of this kind take files along."""
    return f"cid:{file.cid}" in html if is_own_id(file.cid) else LETTERS[letter].takes_files


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _tried(shelf: Shelf) -> Iterator[str]:
    """What goes wrong when each letter is written about a made-up case."""
    for kind, letter in LETTERS.items():
        for file in letter.files:
            try:
                for values in specimens(kind):
                    shelf.page(file, values)
            except TemplateMistake as mistake:
                yield str(mistake)
