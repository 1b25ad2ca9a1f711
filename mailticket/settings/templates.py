"""Read the letters: the shipped templates and the admin's own, compiled into a Book. I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from mailticket.config.models import Config
from mailticket.domain import languages
from mailticket.domain.decision import LetterKind
from mailticket.domain.near_names import hint
from mailticket.errors import ConfigError, Permanent
from mailticket.letters.render import Book
from mailticket.letters.specimen import specimens
from mailticket.sandbox import TemplateMistake, render_line
from mailticket.settings.text_files import Unreadable, text_of

_ENDINGS = (".txt", ".html", ".css")
#: The folder of the web server's pages.
_WEB = "web/"
#: The keys of [service.letters] that are templates themselves.
_LINES = ("greeting", "sign_off")


def templates_of(config: Config, folder: Path) -> Book:
    """The compiled letters. `folder` is the config file's, to which the config's `templates` is relative.

    Raises ConfigError with every mistake in the admin's files and in the greetings and sign-offs of the config.
    """
    own = folder / config.mailticket.templates
    sources, mistakes = _own(own)
    mistakes += [*_wrong_folders(config, own, sources), *_wrong_lines(config)]
    book: Book | None = None
    try:
        book = Book.compile(_shipped(), sources)
    except ConfigError as error:
        mistakes += [f"{own}/{line}" for line in error.mistakes]
    if mistakes or book is None:
        raise ConfigError(mistakes)
    return book


def web_templates() -> dict[str, str]:
    """The pages of the web server by their path below `web`. They are ours alone: nobody overrides them."""
    return {path.removeprefix(_WEB): source for path, source in _all_shipped().items() if path.startswith(_WEB)}


def _shipped() -> dict[str, str]:
    """Our own letters' templates by their path."""
    return {path: source for path, source in _all_shipped().items() if not path.startswith(_WEB)}


def _all_shipped() -> dict[str, str]:
    """Our own templates by their path below the folder: in a wheel inside the package, in a checkout beside it."""
    package = resources.files("mailticket")
    for place in (package / "_shipped" / "templates", Path(str(package)).parent / "templates"):
        if place.is_dir():
            return {path: file.read_text("utf-8") for path, file in _files(place)}
    raise Permanent("mailticket's letter templates are missing.", "The installation is incomplete; install it again.")


def _own(folder: Path) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The admin's templates: by folder ("" for all services, "de", "support", "support/de"), then by name.

    And one line for each file that cannot be read.
    """
    found: dict[str, dict[str, str]] = {}
    mistakes: list[str] = []
    for path, file in _files(folder) if folder.is_dir() else ():
        below, _, name = path.rpartition("/")
        try:
            found.setdefault(below, {})[name] = text_of(file)
        except Unreadable as wrong:
            mistakes.append(str(wrong))
    return found, mistakes


def _files(folder: Traversable, below: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every template in a folder and the folders in it, with its path. Hidden files and others are passed over."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files(entry, f"{below}{entry.name}/")
        elif entry.name.endswith(_ENDINGS):
            yield f"{below}{entry.name}", entry


def _wrong_folders(config: Config, own: Path, folders: Iterable[str]) -> Iterator[str]:
    """Folders that no letter is ever looked for in: named like no service, no language, and none within a service."""
    services = [one.name for one in config.service]
    for folder in folders:
        first, *rest = folder.split("/")
        is_service = first in services
        if first and not is_service and languages.trouble_with(first):
            yield f'{own}/{folder}: no service and no language is called "{first}"{hint(first, services)}'
        elif rest and not is_service:
            yield f"{own}/{folder}: a language has no folders; write service/language"
        elif rest and (what := languages.trouble_with("/".join(rest))):
            yield f'{own}/{folder}: no language is called "{"/".join(rest)}"{what}'


def _wrong_lines(config: Config) -> Iterator[str]:
    """Greetings and sign-offs that fail on a made-up case."""
    for service in config.service:
        for key in _LINES:
            try:
                for values in specimens(LetterKind.CUSTOMER_REPLY):
                    render_line(getattr(service.letters, key), values)
            except TemplateMistake as mistake:
                yield f'[[service]] "{service.name}" letters.{key}: {mistake.what}'
