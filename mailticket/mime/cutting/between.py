"""PURE: the HTML of answers that a writer put between the lines of the mail they answer; their formatting survives.

The text was cut first. The HTML is taken apart into pieces as a reader sees them (what stands between line breaks and
blocks), and those that say exactly the writer's words, in their order, are put together anew: nothing of the quote can
be among them, whatever elements held it. Where that does not come out even, there is none, and the text stands for it.
"""

from __future__ import annotations

import html as html_entities
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailticket.mime.cutting import quote_html
from mailticket.mime.cutting.quote_html import comparable

_BLOCKS = (
    "p, div, blockquote, pre, table, thead, tbody, tfoot, tr, td, th, ul, ol, li, dl, dt, dd, h1, h2, h3, h4, h5, h6, "
    "hr, center, section, article, header, footer, main, address, fieldset, form"
)
_DECORATION = " \t\r\n\xa0>|*_~#-–—―=.·•\u200b\ufeff"
_BREAKS = frozenset({"br", "hr"})
_LISTS = frozenset({"li", "dt", "dd"})  # what an item of half a list would look like, nobody knows


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands side by side in one block, with its words; `style` and `is_verbatim` are the block's."""

    nodes: tuple[LexborNode, ...]
    words: tuple[str, ...]
    style: str
    is_verbatim: bool
    is_item: bool

    @property
    def is_picture(self) -> bool:
        """Nothing but pictures, which may be the writer's or quoted."""
        return not self.words and any(node.tag == "img" or node.css_first("img") for node in self.nodes)

    @property
    def sign(self) -> str:
        """What is shown where nothing is a word: a thumb up, a bare link."""
        return "" if self.words else "".join(_text(node) for node in self.nodes).strip(_DECORATION)

    @property
    def html(self) -> str:
        tag = "pre" if self.is_verbatim else "div"
        style = f' style="{html_entities.escape(self.style)}"' if self.style else ""
        return f"<{tag}{style}>{''.join(node.html or '' for node in self.nodes)}</{tag}>"


def answers(html: str, above: str, below: str) -> str:
    """The HTML of the text `above` the quote (may be "") and of the answers `below` or between its lines; "" where it
    cannot be told apart from the quote, or where a picture beside an answer may belong to either."""
    tree = quote_html.tree_of(html)
    first, wanted = comparable(above), [*comparable(above), *comparable(below)]
    if tree is None or len(first) == len(wanted):
        return ""
    pieces = list(_pieces(tree))
    kept = _kept(pieces, wanted)
    if kept is None or _is_doubtful(pieces, kept, f"{above}\n{below}"):
        return ""
    top = quote_html.up_to(html, above) if first else ""
    count = 0
    while kept and count < len(first):
        count += len(pieces[kept.pop(0)].words)
    if count != len(first) or (first and not top) or any(pieces[at].is_item for at in kept):
        return ""
    return "\n".join(filter(None, (top, *(pieces[at].html for at in kept))))


def _kept(pieces: Sequence[_Piece], wanted: Sequence[str]) -> list[int] | None:
    """The numbers of the pieces that say the wanted words, one after the other; None if some are not said."""
    kept: list[int] = []
    said = 0
    for at, piece in enumerate(pieces):
        if piece.words and tuple(wanted[said : said + len(piece.words)]) == piece.words:
            kept.append(at)
            said += len(piece.words)
    return kept if said == len(wanted) else None


def _is_doubtful(pieces: Sequence[_Piece], kept: Sequence[int], text: str) -> bool:
    """Whether what is left out may be the writer's: the same words again, a sign alone that their text holds, a
    picture beside an answer."""
    own = set(kept)
    said = {pieces[at].words for at in kept}
    lines = {line.strip(_DECORATION) for line in text.split("\n")}
    if any(one.sign in lines if one.sign else at not in own and one.words in said for at, one in enumerate(pieces)):
        return True
    told = [at for at, piece in enumerate(pieces) if piece.words or piece.is_picture]
    beside = [(one, two) for one, two in pairwise(told) if one in own or two in own]
    return any(pieces[one].is_picture or pieces[two].is_picture for one, two in beside)


def _text(node: LexborNode) -> str:
    return "".join(one.text_content or "" for one in quote_html.shown_in(node) if one.is_text_node)


def _pieces(tree: LexborHTMLParser) -> Iterator[_Piece]:
    """Every piece in the order of the document."""
    outer = _with_blocks(tree)
    waiting: list[LexborNode | _Piece] = [tree.body] if tree.body is not None else []
    while waiting:
        at = waiting.pop()
        if isinstance(at, _Piece):
            yield at
        else:
            waiting += reversed(list(_inside(at, outer)))


def _inside(block: LexborNode, outer: set[int]) -> Iterator[LexborNode | _Piece]:
    """The block's own pieces, and the elements in it that hold blocks themselves."""
    beside: list[LexborNode] = []
    for node in block.iter(include_text=True):
        is_break, holds_blocks = node.tag in _BREAKS, node.mem_id in outer
        if not is_break and not holds_blocks:
            beside.append(node)
            continue
        if beside:
            yield _piece(block, beside)
            beside = []
        if holds_blocks and not is_break:
            yield node
    if beside:
        yield _piece(block, beside)


def _piece(block: LexborNode, nodes: Sequence[LexborNode]) -> _Piece:
    said = [word for node in nodes for word in quote_html.words_shown(node)]
    style = (block.attributes.get("style") or "") if block.tag in ("p", "div", "pre") else ""
    return _Piece(tuple(nodes), tuple(said), style, block.tag == "pre", block.tag in _LISTS)


def _with_blocks(tree: LexborHTMLParser) -> set[int]:
    """The blocks, and the elements around them, by their place in memory; each is looked at once."""
    found: set[int] = set()
    for block in tree.css(_BLOCKS):
        at: LexborNode | None = block
        while at is not None and at.mem_id not in found:
            found.add(at.mem_id)
            at = at.parent
    return found
