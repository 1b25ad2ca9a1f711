"""PURE: the words for days, weekdays, months and lengths of time, in the languages that people write commands in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from babel.dates import get_day_names, get_month_names

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "sv")

#: Days ahead of today.
_AHEAD: dict[int, str] = {
    0: "today, heute, aujourd'hui, hoy, oggi, vandaag, dzisiaj, dziś, idag, i dag",
    1: "tomorrow, morgen, demain, mañana, domani, jutro, imorgon, i morgon",
    2: "day after tomorrow, übermorgen, après-demain, pasado mañana, dopodomani, overmorgen, pojutrze, i övermorgon",
}
#: Seconds in each unit of time.
_UNITS: dict[int, str] = {
    60: "m min mins minute minutes minuten minuto minutos minuti minut minuty minuter",
    3_600: "h hour hours std stunde stunden heure heures hora horas ora ore uur uren godzina godziny godzin timme "
    "timmar",
    86_400: "d day days tag tage tagen j jour jours día días giorno giorni dag dagen dzień dni dagar",
    604_800: "w week weeks woche wochen semaine semaines semana semanas settimana settimane weken tydzień tygodnie "
    "tygodni vecka veckor",
}
#: What may stand before a day, an hour or a span without changing it.
_FILLERS = (
    "on at by until till in next the of "
    "am um bis zum den der dem nächsten nächster nächste nächstes kommenden "
    "le la les à dans prochain prochaine jusqu'à jusqu'au "
    "el a las en hasta próximo de "
    "il alle tra fra entro prossimo fino "
    "op om tot over volgende "
    "w we o do na za dnia następny "
    "på kl till nästa om uhr"
)
_UNDECOMPOSED = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "’": "'"})
_SHORTEST = 3


def plain(written: str) -> str:
    """Lower case, without accents, blanks closed up: "Środa" as "sroda"."""
    folded = unicodedata.normalize("NFKD", written.casefold().translate(_UNDECOMPOSED))
    return " ".join("".join(one for one in folded if not unicodedata.combining(one)).split())


def days_ahead(word: str) -> int | None:
    """0 for today, 1 for tomorrow, 2 for the day after; None for any other word. `word` is plain."""
    return _ahead().get(word)


def weekday(word: str) -> int | None:
    """0 for Monday to 6 for Sunday, by name, abbreviation or an unambiguous beginning; None for any other word."""
    return _named(word, _weekdays())


def month(word: str) -> int | None:
    """1 to 12, likewise."""
    return _named(word, _months())


def unit(word: str) -> int | None:
    """The seconds of one minute, hour, day or week; None for any other word."""
    return _units().get(word)


def without_fillers(words: Iterable[str]) -> list[str]:
    fillers = _fillers()
    return [one for one in words if one not in fillers]


def _named(word: str, names: Mapping[str, frozenset[int]]) -> int | None:
    """An abbreviation may mean two things in two languages; then it means nothing."""
    word = word.rstrip(".,")
    found = names.get(word, frozenset())
    if not found and len(word) >= _SHORTEST:
        found = frozenset().union(*(numbers for name, numbers in names.items() if name.startswith(word)))
    return next(iter(found)) if len(found) == 1 else None


@lru_cache(maxsize=1)
def _ahead() -> dict[str, int]:
    return {plain(word): days for days, words in _AHEAD.items() for word in words.split(",")}


@lru_cache(maxsize=1)
def _units() -> dict[str, int]:
    return {plain(word): seconds for seconds, words in _UNITS.items() for word in words.split()}


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    return frozenset(map(plain, _FILLERS.split()))


@lru_cache(maxsize=1)
def _weekdays() -> dict[str, frozenset[int]]:
    return _by_name(get_day_names)


@lru_cache(maxsize=1)
def _months() -> dict[str, frozenset[int]]:
    return _by_name(get_month_names)


def _by_name(names_of: Callable[..., Mapping[int, str]]) -> dict[str, frozenset[int]]:
    """What each name and abbreviation of the CLDR stands for, in any of the languages."""
    found: dict[str, frozenset[int]] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in names_of(width, context, language).items():
                    word = plain(name).rstrip(".")
                    found[word] = found.get(word, frozenset()) | {number}
    return found
