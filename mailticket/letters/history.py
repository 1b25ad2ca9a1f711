"""PURE: what was said before, as a letter shows it: newest first, cut where a letter would grow without end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from mailticket.domain.case import Entry, EntryKind, PublicEntry, StoredFile

#: Characters of history in one letter, of text or of HTML, whichever is more (PRODUCT.md section 7).
MOST_HISTORY = 80_000
#: Characters of the one entry that a letter brings; what a CSR answered is never cut.
MOST_NEWS = 400_000
#: Octets of pictures inside the history; an entry with more is shown as text.
_MOST_PICTURES = 1_000_000
#: Octets of files in one mail: relays take 25 MB and more, and base64 makes files a third larger.
MOST_ENCLOSED = 20_000_000
_OWN = "@shown.mailticket"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry for the eyes of this letter's reader. `label` says what is special about it, "" for nothing."""

    number: int
    at: datetime
    author: str
    text: str
    html: str
    files: tuple[StoredFile, ...]
    label: str = ""
    is_private: bool = False
    is_ours: bool = False
    is_cut: bool = False

    @property
    def size(self) -> int:
        return max(len(self.text), len(self.html))


@dataclass(frozen=True, slots=True)
class History:
    """`items` newest first; `more` is the number of those that did not fit; `count` of all."""

    items: tuple[Item, ...]
    more: int

    @property
    def count(self) -> int:
        return len(self.items) + self.more


def from_public(entry: PublicEntry) -> Item:
    """What a customer's letter shows. There is no such function from Entry to a customer's letter, on purpose."""
    return Item(entry.number, entry.at, entry.author, entry.text, entry.html, entry.files, is_ours=entry.is_ours)


def from_entry(entry: Entry) -> Item:
    """What a CSR's letter shows: everything, private things marked."""
    label = "private note" if entry.kind is EntryKind.NOTE else f"not sent: {entry.held}" if entry.held else ""
    words = entry.words
    is_ours = entry.kind is not EntryKind.CUSTOMER_MAIL
    author = entry.author.shown or "mailticket"
    return Item(entry.number, entry.at, author, words.text, words.html, words.files, label, bool(label), is_ours)


def cut(items: Iterable[Item], most: int = MOST_HISTORY) -> History:
    """The newest items that fit. The newest one is shown even if only its beginning does."""
    newest_first = sorted(items, key=lambda one: one.number, reverse=True)
    shown: list[Item] = []
    room, picture_room = most, _MOST_PICTURES
    for item in newest_first:
        pictures = sum(one.size for one in pictures_in(item))
        fitting = item if pictures <= picture_room else replace(item, html="")
        if fitting.size > room:
            fitting = replace(fitting, html="")
        if fitting.size > room:
            if not shown:
                shown.append(shortened(fitting, room))
            break
        room -= fitting.size
        picture_room -= pictures if fitting.html else 0
        shown.append(fitting)
    return History(tuple(shown), len(newest_first) - len(shown))


def shortened(item: Item, most: int = MOST_NEWS) -> Item:
    """The item, or only the beginning of its text if it is longer than `most` characters."""
    if item.size <= most:
        return item
    text = item.text if len(item.text) <= most else item.text[:most].rstrip() + " …"
    return replace(item, text=text, html="", is_cut=len(item.text) > most)


def pictures_in(item: Item) -> tuple[StoredFile, ...]:
    """The item's files that its HTML shows."""
    return tuple(one for one in item.files if one.cid and _mention(one.cid) in item.html)


def with_own_ids(item: Item) -> Item:
    """The item with its pictures named after their content: two mails may both call theirs "image001.png".

    With more pictures than a relay takes it is text, and they are files like any other.
    """
    if sum(one.size for one in pictures_in(item)) > MOST_ENCLOSED:
        return replace(item, html="", files=tuple(replace(one, inline=False, cid="") for one in item.files))
    html, files = item.html, list(item.files)
    for picture in pictures_in(item):
        own = f"{picture.sha256[:32]}{_OWN}"
        html = html.replace(_mention(picture.cid), f'cid:{own}"')
        files[files.index(picture)] = replace(picture, cid=own, inline=True)
    return replace(item, html=html, files=tuple(files))


def is_own_id(cid: str) -> bool:
    """Whether `with_own_ids` gave a picture this id, because the HTML shows it."""
    return cid.endswith(_OWN)


def to_attach(news: Sequence[Item], history: History) -> tuple[StoredFile, ...]:
    """The files that go with a letter: all of the news, and the pictures that the shown history needs."""
    wanted = [one for item in news for one in item.files]
    wanted += [one for item in history.items for one in pictures_in(item)]
    pictures: dict[str, StoredFile] = {}
    others: dict[tuple[str, str], StoredFile] = {}
    for file in wanted:
        if is_own_id(file.cid):
            pictures.setdefault(file.sha256, file)
        else:
            others.setdefault((file.name, file.sha256), file)
    return (*pictures.values(), *others.values())


def _mention(cid: str) -> str:
    """How sanitised HTML names a picture: the whole of a double-quoted attribute's end."""
    return f'cid:{escape(cid, quote=True)}"'
