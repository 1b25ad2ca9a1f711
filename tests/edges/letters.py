"""The caps on what a letter shows."""

from __future__ import annotations

from dataclasses import replace

from mailticket.config.rules import AnswerTemplate
from mailticket.domain.case import EntryKind, StoredFile
from mailticket.letters import csr_links, csr_values, history, suggest, values
from mailticket.letters.history import Item
from mailticket.letters.links import Link
from mailticket.letters.occasion import ForCsr
from tests.builders import NOW, case
from tests.cast import ANN, CARLA
from tests.edges.edge import Edge, Read, either, padded
from tests.letters.desk import CASE, entry, inquiry, occasion
from tests.letters.desk import links as desk_links

_MARK = " …"
_TEMPLATES = [AnswerTemplate(name="toner", text="Printer cartridge: shake the toner.")]


def _item(number: int, text: str, html: str = "", files: tuple[StoredFile, ...] = ()) -> Item:
    return Item(number, NOW, "Carla", text, html, files)


def _picture(size: int) -> Item:
    photo = StoredFile("photo.png", "image/png", size, "1" * 64, inline=True, cid="photo")
    return _item(1, "See.", '<img src="cid:photo">', (photo,))


def _newest(size: int) -> Read:
    """Beyond, its beginning."""
    [shown] = history.cut([_item(1, "y" * size)]).items
    return Read(len(shown.text.removesuffix(_MARK)), [_MARK] if shown.is_cut else [])


def _older(size: int) -> Read:
    """The one before the newest is shown whole or not at all, and then it is counted."""
    found = history.cut([_item(2, "new"), _item(1, "y" * (size - 3))])
    return either(size, len(found.items) == 2, [str(found.more)] if found.more else [])


def _formatted(size: int) -> Read:
    """With its formatting as long as there is room for it, and else as text."""
    [shown] = history.cut([_item(1, "short", "<p>" + "y" * (size - 3))]).items
    assert shown.text == "short"
    return Read(len(shown.html))


def _news(size: int) -> Read:
    shown = history.shortened(_item(1, "y" * size))
    return Read(len(shown.text.removesuffix(_MARK)), [_MARK] if shown.is_cut else [])


def _pictures(size: int) -> Read:
    return either(size, bool(history.cut([_picture(size)]).items[0].html))


def _enclosed(size: int) -> Read:
    """Beyond, the pictures are files like any other."""
    shown = history.with_own_ids(_picture(size))
    assert len(shown.files) == 1
    return either(size, bool(shown.html))


def _subject(size: int) -> Read:
    return Read(len(values.plain_subject("y" * size)))


def _name(size: int) -> Read:
    customer = replace(CASE.customer, address=replace(CARLA, name="y" * size))
    return Read(len(values._customer_values(customer)["name"]))


def _suggested(size: int) -> Read:
    return Read(len(csr_links._beginning("y" * size).removesuffix(_MARK)))


def _previewed(size: int) -> Read:
    return Read(len(csr_values._preview("y" * size).strip("“”").removesuffix(_MARK)))


def _events(number: int) -> Read:
    told = [entry(n, EntryKind.EVENT, f"event {n}") for n in range(1, number + 1)]
    letter = ForCsr(ANN, CASE, (inquiry(), *told), 1)
    shown = csr_values._events(letter, occasion())
    assert shown[0]["text"] == f"event {number}"
    return Read(len(shown))


def _earlier(number: int) -> Read:
    """That there are more of them is said."""
    others = [case(id=f"AAAA-{n:03}A") for n in range(number)]
    shown = csr_values.csr_values(ForCsr(ANN, CASE, (inquiry(),), 1, earlier=others), occasion())["case"]
    return Read(len(shown["earlier"]), ["more"] if shown["earlier_more"] else [])


def _asked(size: int) -> Read:
    """A word at the end of a long inquiry still finds its template."""
    [_] = suggest.suggested("toner cartridge", _TEMPLATES, 1)
    return either(size, bool(suggest.suggested(padded(size, "", " toner cartridge", "the "), _TEMPLATES, 1)))


def _listed(number: int) -> Read:
    """How many more there are is said."""
    links = replace(desk_links(), templates=tuple(Link(f"t{n}", "", "mailto:x") for n in range(number)))
    shown = csr_links.link_values(links, occasion().service, is_yours=True)
    return Read(len(shown["templates"]), [str(shown["templates_more"])] if shown["templates_more"] else [])


EDGES = (
    Edge("letters.csr_links._MOST_TEMPLATES", _listed, said="1"),
    Edge("letters.history.MOST_HISTORY", _newest, said=_MARK),
    Edge("letters.history.MOST_HISTORY", _older, beyond=0, said="1"),
    Edge("letters.history.MOST_HISTORY", _formatted, beyond=0),
    Edge("letters.history.MOST_NEWS", _news, said=_MARK),
    Edge("letters.history._MOST_PICTURES", _pictures, beyond=0),
    Edge("letters.history.MOST_ENCLOSED", _enclosed, beyond=0),
    Edge("letters.values._SUBJECT_LIMIT", _subject),
    Edge("letters.values._NAME_LIMIT", _name, beyond=0),
    Edge("letters.csr_links._BEGINNING", _suggested),
    Edge("letters.csr_values._PREVIEW", _previewed),
    Edge("letters.csr_values.MOST_EVENTS", _events),
    Edge("letters.csr_values._MOST_EARLIER", _earlier, said="more"),
    Edge("letters.suggest._LOOKED_AT", _asked, beyond=0, by=10),
)
