"""PURE: HTML as a person would read it in plain text. Iterative: nesting of any depth costs no stack and no text.

Links keep their target, quotes get "> ", lists their marks, hidden elements are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_LEFT_OUT = frozenset(
    "script style head title template noscript svg math object iframe audio video select button option".split()
)
_LINES = frozenset(
    "div tr li section article header footer main nav aside form dl dt dd center address hr caption thead tbody tfoot "
    "fieldset figure figcaption details summary".split()
)
_PARAGRAPHS = frozenset("p table ul ol h1 h2 h3 h4 h5 h6 pre blockquote".split())
_CELLS = frozenset({"td", "th"})
_VERBATIM = frozenset({"pre", "textarea", "xmp", "plaintext", "listing"})
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|mso-hide\s{0,9}:\s{0,9}all|visibility\s{0,9}:\s{0,9}hidden", re.I)
# Outlook's paragraphs have no margin: an empty one is its blank line.
_WITHOUT_MARGIN = re.compile(r"Mso(?!Title)|margin(?:-top|-bottom)?\s{0,9}:\s{0,9}0", re.I)
_LINKS = ("http://", "https://", "mailto:", "tel:")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_DEEPEST_QUOTE = 20
_DEEPEST_LIST = 10


@dataclass(slots=True)
class _Context:
    """What holds for everything inside an element."""

    quotes: int = 0
    lists: int = 0
    verbatim: bool = False
    numbered: list[int] | None = None  # the last number given in the innermost <ol>; None in <ul>


@dataclass(slots=True)
class _Page:
    """The lines so far, and the one that grows."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    prefix: str = ""
    ends_in_space: bool = True
    blanks_due: int = 0

    def write(self, text: str, context: _Context) -> None:
        if not self.line:
            if self.blanks_due and self.lines:
                quoted = min(len(self.prefix), context.quotes)
                self.lines += [(">" * quoted)] * self.blanks_due
            self.blanks_due = 0
            self.prefix = ">" * context.quotes
        self.line.append(text)

    def words(self, text: str, context: _Context) -> None:
        """Text with white space closed up, as browsers do; no-break spaces stay blanks."""
        plain = _SPACE.sub(" ", text).replace("\u00a0", " ")
        if self.ends_in_space and not (plain.strip(" ") == "" and "\u00a0" in text):
            plain = plain.lstrip(" ") if not text.startswith("\u00a0") else plain
        if plain:
            self.write(plain, context)
            self.ends_in_space = plain.endswith(" ")

    def break_line(self) -> None:
        """End the line, also an empty one."""
        content = "".join(self.line).rstrip()
        self.lines.append(f"{self.prefix} {content}".rstrip() if self.prefix else content)
        self.line, self.ends_in_space = [], True

    def end_line(self) -> None:
        """End the line if there is one."""
        if self.line:
            self.break_line()

    def gap(self) -> None:
        """At least one blank line before what comes next."""
        self.end_line()
        if self.lines and self.lines[-1].strip(">"):
            self.blanks_due = 1


def text(html: str) -> str:
    """The text of a document or fragment, lines ended by LF, "" if there is nothing to read."""
    root = LexborHTMLParser(html).body
    if root is None:
        return ""
    page = _Page()
    may_hide = _HIDDEN.search(html) is not None
    waiting: list[tuple[LexborNode, _Context, bool]] = [(root, _Context(), False)]
    while waiting:
        node, context, leaving = waiting.pop()
        tag = node.tag or ""
        if leaving:
            _leave(page, node, tag, context)
        elif tag == "-text":
            _text(page, node.text_content or "", context)
        elif tag not in _LEFT_OUT and tag[:1] not in "-_!" and not (may_hide and _is_hidden(node)):
            inner = _enter(page, node, tag, context)
            waiting.append((node, context, True))
            waiting += [(child, inner, False) for child in _children_backwards(node)]
    page.end_line()
    return "\n".join(page.lines).strip("\n")


def _children_backwards(node: LexborNode) -> list[LexborNode]:
    children = []
    child = node.last_child
    while child is not None:
        children.append(child)
        child = child.prev
    return children


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style") or "") is not None


def _text(page: _Page, written: str, context: _Context) -> None:
    if not context.verbatim:
        page.words(written, context)
        return
    for number, piece in enumerate(written.replace("\r\n", "\n").split("\n")):
        if number:
            page.break_line()
        if piece:
            page.write(piece.replace("\u00a0", " "), context)


def _enter(page: _Page, node: LexborNode, tag: str, context: _Context) -> _Context:
    """Begin an element; the context of its children."""
    if tag in _PARAGRAPHS:
        page.end_line() if _is_tight(node, tag, context) else page.gap()
    elif tag in _LINES:
        page.end_line()
    if tag == "br":
        page.break_line()
    elif tag == "img":
        _picture(page, node, context)
    elif tag == "li":
        _item(page, context)
    elif tag == "blockquote":
        return _Context(min(context.quotes + 1, _DEEPEST_QUOTE), 0, context.verbatim)
    elif tag in ("ul", "ol"):
        number = [0] if tag == "ol" else None
        return _Context(context.quotes, min(context.lists + 1, _DEEPEST_LIST), context.verbatim, number)
    elif tag in _VERBATIM:
        return _Context(context.quotes, context.lists, True)
    return context


def _leave(page: _Page, node: LexborNode, tag: str, context: _Context) -> None:
    if tag == "a":
        _target(page, node, context)
    elif tag in _CELLS and page.line:
        page.write("  ", context)
        page.ends_in_space = True
    elif tag in _PARAGRAPHS:
        page.end_line() if _is_tight(node, tag, context) else page.gap()
    elif tag in _LINES:
        page.end_line()


def _is_tight(node: LexborNode, tag: str, context: _Context) -> bool:
    """Whether no blank line stands around this block."""
    if tag in ("ul", "ol"):
        return context.lists > 0
    if tag == "table":
        return True
    if tag != "p":
        return False
    attributes = node.attributes
    return _WITHOUT_MARGIN.search(f"{attributes.get('class') or ''} {attributes.get('style') or ''}") is not None


def _picture(page: _Page, node: LexborNode, context: _Context) -> None:
    words = " ".join((node.attributes.get("alt") or "").split())
    if words:
        page.words(f"[{words}]", context)


def _item(page: _Page, context: _Context) -> None:
    mark = "* "
    if context.numbered is not None:
        context.numbered[0] += 1
        mark = f"{context.numbered[0]}. "
    page.write("  " * max(0, context.lists - 1) + mark, context)
    page.ends_in_space = True


def _target(page: _Page, node: LexborNode, context: _Context) -> None:
    """Where a link leads, unless its words say so already."""
    href = " ".join((node.attributes.get("href") or "").split())
    words = (node.text(deep=True) or "").strip()
    plain = href.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
    is_told = words and (
        words.rstrip("/") in (plain, href.rstrip("/")) or plain.partition("://")[2] == words.rstrip("/")
    )
    if href.lower().startswith(_LINKS) and words and not is_told:
        page.words(f" <{href}>", context)
