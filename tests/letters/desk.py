"""A desk's letters for these tests: the shipped book, an occasion, and letters about Carla's case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailticket.config.models import Csr, Letters, Service, Web
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, StoredFile, Words, public
from mailticket.domain.decision import LetterKind
from mailticket.domain.people import Participant
from mailticket.letters.csr_values import csr_values
from mailticket.letters.links import LetterLinks, Sealing, letter_links
from mailticket.letters.occasion import ForCsr, ForCustomer, Occasion
from mailticket.letters.render import Book, Rendered, render
from mailticket.letters.values import customer_values
from tests.builders import KEYS, NOW, case
from tests.cast import ANN, CARLA, config, service

TEMPLATES = Path(__file__).parents[2] / "templates"
VIEWER = Participant(CARLA, True)
CASE = case()


@cache
def shipped() -> dict[str, str]:
    return {one.name: one.read_text("utf-8") for one in TEMPLATES.iterdir() if one.is_file()}


@cache
def book() -> Book:
    return Book.compile(shipped(), {})


def occasion(letters: Letters | None = None, language: str = "en") -> Occasion:
    desk: Service = service(letters=letters or Letters())
    return Occasion(config(desk), desk, NOW, ZoneInfo("UTC"), language)


def entry(number: int, kind: EntryKind, text: str, by: Address = CARLA, **changes: Any) -> Entry:
    """An entry of an hour each; words may have `html` and `files`."""
    words = Words(text, changes.pop("html", ""), files=tuple(changes.pop("files", ())))
    keys: dict[str, Any] = {"parties": (CARLA.key,), "csr": "" if by == CARLA else ANN.key}
    return Entry(number, number, kind, NOW + timedelta(hours=number - 24), by, words, **keys | changes)


def inquiry(text: str = "It prints nothing.", number: int = 1, **changes: Any) -> Entry:
    return entry(number, EntryKind.CUSTOMER_MAIL, text, **changes)


def reply(text: str = "Switch it off and on.", number: int = 2, **changes: Any) -> Entry:
    return entry(number, EntryKind.REPLY, text, ANN.address, **changes)


def note(text: str, number: int = 3) -> Entry:
    return entry(number, EntryKind.NOTE, text, ANN.address, parties=())


def links(url: str = "https://desk.example.com") -> LetterLinks:
    """All that Ann can click about Carla's case."""
    sealing = Sealing(config(web=Web(url=url)), KEYS, ANN, "letter", NOW)
    return letter_links(service(), CASE, sealing)


def picture(digest: str = "1", cid: str = "photo") -> StoredFile:
    return StoredFile(f"{cid}.png", "image/png", 900, digest * 64, inline=True, cid=cid)


def answer(
    entries: Iterable[Entry] = (inquiry(), reply()), brings: int = 2, letters: Letters | None = None, **changes: Any
) -> Rendered:
    """The customer_reply to Carla, from whatever entries she may see."""
    seen = [shown for one in entries if (shown := public(one, changes.get("viewer", VIEWER), "Support"))]
    keys: dict[str, Any] = {"case": CASE, "viewer": VIEWER, "csr": ANN} | changes
    letter = ForCustomer(entries=seen, brings=brings, **keys)
    return render(LetterKind.CUSTOMER_REPLY, customer_values(letter, occasion(letters)), book())


def acknowledgement(viewer: Address = CARLA, **changes: Any) -> Rendered:
    keys: dict[str, Any] = {"case": CASE, "viewer": Participant(viewer, True)} | changes
    return render(LetterKind.AUTO_REPLY, customer_values(ForCustomer(**keys), occasion()), book())


def to_csr(
    kind: LetterKind = LetterKind.CSR_CASE,
    entries: Iterable[Entry] = (inquiry(),),
    brings: int = 1,
    about: Case | None = CASE,
    csr: Csr = ANN,
    **changes: Any,
) -> Rendered:
    """A letter to Ann; `extra` and the other fields of ForCsr by name."""
    letter = ForCsr(csr, about, tuple(entries), brings, **changes)
    return render(kind, csr_values(letter, occasion()), book())
