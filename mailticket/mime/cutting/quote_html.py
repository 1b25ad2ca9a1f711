"""PURE: the HTML of a mail up to where the writer's words end; formatting and pictures of the answer survive.

The text was cut first. Here the same words are walked through the HTML, and what comes after the last one goes.
So no client's class names need to be known, and HTML that does not say the same as the text is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailticket.mime.cutting.words import words
from mailticket.mime.html import html_depth

_CAP = 2 * 1024 * 1024  # characters
_LOOK_AHEAD = 8  # words within which both must go on alike: one may have "[Logo]", "1." or a link's label more
_TOLERANCE = 0.05  # share of words that may differ in all
_SHOWN_EMPTY = frozenset({"img", "video", "audio", "svg", "table", "input"})
_ITEM_NUMBER = re.compile(r"^[ \t\xa0]{0,20}\d{1,3}[.)](?=\s)", re.MULTILINE)
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "iframe"})

#: Where clients put the sender's signature, as CSS: Gmail, Thunderbird, Outlook on the web, Outlook for iOS and
#: Android, Apple Mail, Proton.
SIGNATURES = (
    ".gmail_signature, .gmail_signature_prefix, .moz-signature, #Signature, #x_Signature, "
    "#ms-outlook-mobile-signature, #AppleMailSignature, .protonmail_signature_block"
)
#: Where clients put the mail that is answered: Gmail, Thunderbird, Apple Mail, Outlook on the web and desktop,
#: Yahoo, Proton, Zimbra, Lotus Notes.
QUOTES = (
    ".gmail_quote, .gmail_extra blockquote, .moz-cite-prefix, blockquote[type=cite], #divRplyFwdMsg, #appendonsend, "
    ".yahoo_quoted, #yahoo_quoted, .protonmail_quote, .zmail_extra, blockquote.replbq, #OLK_SRC_BODY_SECTION"
)
#: One of these stands in every HTML that QUOTES finds something in; looking for them first spares most mails a parse.
_QUOTE_SIGNS = ("quote", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend", "zmail_extra", "olk_src_body_section")


def up_to(html: str, kept: str) -> str:
    """The HTML that shows the words of the text `kept` and then ends; "" where the two say different things."""
    tree = tree_of(html)
    wanted = comparable(kept)
    if tree is None or not wanted:
        return ""
    for with_descriptions in (False, True):  # of pictures; some clients print them in the text
        shown = [(node, _words_of(node)) for node in _shown(tree) if with_descriptions or node.is_text_node]
        end = _end_of(wanted, [word for _, own in shown for word in own])
        if end is not None:
            return _inner(tree) if _cut_behind(tree, shown, end) else ""
    return ""


def down_from(html: str, kept: str) -> str:
    """The HTML that ends with the words of the text `kept`, from where they begin: an answer below the quote.

    "" where the two say different things, where the answer is typed into the quote's own element, and where a picture
    stands between quote and answer, which may belong to either.
    """
    tree = tree_of(html)
    wanted = comparable(kept)
    if tree is None or not wanted:
        return ""
    nodes = list(_shown(tree))
    for with_descriptions in (False, True):
        shown = [(node, _words_of(node) if with_descriptions or node.is_text_node else []) for node in nodes]
        found = [word for _, own in shown for word in own]
        # To the word: what stands around it may be our letter's, which is private.
        start = len(found) - len(wanted)
        if start >= 0 and found[start:] == wanted:
            return _inner(tree) if _cut_above(shown, start) else ""
    return ""


def goes_on_after(html: str, text: str) -> bool:
    """Whether the HTML says what the text says, and more after it: the quote, where a program quotes only there."""
    tree = tree_of(html)
    wanted = comparable(text)
    if tree is None or not wanted:
        return False
    shown = [word for node in _shown(tree) if node.is_text_node for word in _words_of(node)]
    end = _end_of(wanted, shown)
    return end is not None and end < len(shown)


def _cut_behind(tree: LexborHTMLParser, shown: Sequence[tuple[LexborNode, list[str]]], end: int) -> bool:
    """Remove what shows the words from number `end` on; False if answer and quote stand in one piece of text."""
    for node, own in shown:
        if own and end < len(own):
            if end:
                return False
            _remove_from(node)
            _trim_end(tree)
            return True
        end -= len(own)
    return True


def _cut_above(shown: Sequence[tuple[LexborNode, list[str]]], start: int) -> bool:
    """Remove what shows the words before number `start`; False where it is not clear what that is."""
    for at, (node, own) in enumerate(shown):
        if own and start < len(own):
            if start or _is_inside_quote(node) or (at and shown[at - 1][0].tag == "img"):
                return False
            _remove_above(node)
            return True
        start -= len(own)
    return False


def _is_inside_quote(node: LexborNode) -> bool:
    at = node.parent
    while at is not None:
        if at.tag in ("blockquote", "td"):
            return True
        at = at.parent
    return False


def words_shown(node: LexborNode) -> list[str]:
    """The words that a node shows, as they are compared."""
    return [word for one in shown_in(node) if one.is_text_node for word in _words_of(one)]


def comparable(text: str) -> list[str]:
    """The words without the numbers of list items, which HTML does not hold."""
    return words(_ITEM_NUMBER.sub("", text))


def _words_of(node: LexborNode) -> list[str]:
    if node.is_text_node:
        return comparable(node.text_content or "")
    return words(node.attributes.get("alt") or "")


def has_quote(html: str) -> bool:
    """Whether a client's own container for the answered mail stands in the HTML."""
    folded = html[:_CAP].lower()
    if not any(sign in folded for sign in _QUOTE_SIGNS):
        return False
    tree = tree_of(html)
    return tree is not None and bool(tree.css(QUOTES))


def signatures(html: str) -> list[list[str]]:
    """The words of each signature that a client has marked as one."""
    tree = tree_of(html)
    return [words(node.text(separator=" ")) for node in tree.css(SIGNATURES)] if tree is not None else []


def _end_of(wanted: Sequence[str], found: Sequence[str]) -> int | None:
    """How many of the found words show all the wanted ones; None if the two went different ways."""
    allowed = 2 + int(_TOLERANCE * len(wanted))
    missed = here = there = 0
    while there < len(wanted) and here < len(found) and missed <= allowed:
        if found[here] != wanted[there]:
            skipped, only_found = _step_over(wanted[there : there + _LOOK_AHEAD], found[here : here + _LOOK_AHEAD])
            missed += skipped + only_found
            there += skipped
            here += only_found
            if not skipped and not only_found:
                return None
            continue
        here += 1
        there += 1
    if missed > allowed or there < len(wanted) or found[here - 1] != wanted[-1]:
        return None
    return here


def _step_over(wanted: Sequence[str], found: Sequence[str]) -> tuple[int, int]:
    """How many words to leave out on each side until both go on alike; (0, 0) if they do not."""
    for distance in range(1, len(wanted) + len(found) - 1):
        for skipped in range(min(distance, len(wanted) - 1) + 1):
            only_found = distance - skipped
            if only_found < len(found) and wanted[skipped] == found[only_found]:
                return skipped, only_found
    return 0, 0


def tree_of(html: str) -> LexborHTMLParser | None:
    """The document; None of nothing, and of what is too large or too deep to be cut."""
    if not html.strip() or len(html) > _CAP or html_depth.is_too_deep(html):
        return None
    tree = LexborHTMLParser(html)
    return tree if tree.body is not None else None


def _shown(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """The texts and pictures that a reader sees, in document order."""
    return shown_in(tree.body)


def shown_in(top: LexborNode | None) -> Iterator[LexborNode]:
    """The same inside one element."""
    stack = [top]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        if node.is_text_node or node.tag == "img":
            yield node
        elif node.tag not in _UNSEEN:
            stack.extend(reversed(_children(node)))


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=True))


def _remove_from(node: LexborNode) -> None:
    """Remove a node and all that comes after it in the document; what encloses it stays, closed there."""
    at: LexborNode | None = node
    own = True
    while at is not None and at.tag not in ("body", "html"):
        parent, doomed = at.parent, [at] if own else []
        following = at.next
        while following is not None:
            doomed.append(following)
            following = following.next
        for one in doomed:
            one.decompose()
        at, own = parent, False


def _remove_above(node: LexborNode) -> None:
    """Remove all that comes before a node in the document; what encloses it stays, opened there."""
    at: LexborNode | None = node
    while at is not None and at.tag not in ("body", "html"):
        before = at.prev
        while before is not None:
            before.decompose()
            before = at.prev
        at = at.parent


def _trim_end(tree: LexborHTMLParser) -> None:
    """Remove rules, line breaks and empty elements at the end, where the quote began."""
    at = tree.body
    while at is not None:
        last = at.last_child
        if last is None:
            if at.tag == "body":
                return
            emptied, at = at, at.parent
            emptied.decompose()
        elif last.is_text_node and (last.text_content or "").strip():
            return
        elif last.is_element_node and last.tag not in ("hr", "br"):
            if last.tag in _SHOWN_EMPTY:
                return
            at = last
        else:
            last.decompose()


def _inner(tree: LexborHTMLParser) -> str:
    return (tree.body.inner_html or "").strip() if tree.body is not None else ""
