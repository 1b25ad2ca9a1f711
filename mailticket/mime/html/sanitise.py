"""PURE: a stranger's HTML made harmless to show: an allow-list of elements, no script, nothing fetched from afar.

Images by cid: stay, as do small ones in data: URLs; remote ones keep their address in `data-blocked-src`, where no
program loads it, so that a reader may ask for them. Classes, ids, forms and everything that positions are gone.
"""

from __future__ import annotations

import re

import nh3
from selectolax.lexbor import LexborHTMLParser

_ELEMENTS = frozenset(
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "font figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_GONE_WITH_CONTENT = frozenset(
    "script style title template noscript svg math object iframe audio video select button textarea xml".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "lang", "style", "title"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width", "color"},
    "img": {"alt", "src", "width", "height", "data-blocked-src"},
    "li": {"value", "type"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": {"bgcolor", "colspan", "rowspan", "width", "height", "valign", "nowrap"},
    "th": {"bgcolor", "colspan", "rowspan", "width", "height", "valign", "nowrap"},
    "tr": {"bgcolor", "valign"},
}
_STYLES = frozenset(
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right "
    "border-spacing border-style border-top border-width color direction font font-family font-size font-style "
    "font-variant font-weight letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top max-width padding padding-bottom padding-left padding-right padding-top text-align text-decoration "
    "text-indent text-transform vertical-align white-space width word-break word-wrap".split()
)
# Values that load or run something, or hide that they do (CSS escapes).
_STYLE_TRICK = re.compile(r"url\s*\(|expression|image-set|@import|\\|/\*|<", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_HAS_REMOTE = re.compile(r"<im(?:g|age)\b", re.IGNORECASE)


def _allowed(element: str, attribute: str, value: str) -> str | None:
    """nh3's filter: the value that stays, or None."""
    if attribute == "style":
        return ";".join(one for one in value.split(";") if not _STYLE_TRICK.search(one))
    if element == "img" and attribute == "src":
        return value if value.lower().startswith("cid:") or _PICTURE.match(value) else None
    if attribute == "data-blocked-src":
        return value if _REMOTE.match(value) else None
    if attribute == "href" and value.strip().lower().startswith(("data:", "cid:")):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_ELEMENTS),
    clean_content_tags=set(_GONE_WITH_CONTENT),
    attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
    attribute_filter=_allowed,
    filter_style_properties=set(_STYLES),
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


def sanitise(html: str) -> str:
    """The fragment that may be shown; "" if nothing is left to see."""
    if not html.strip():
        return ""
    return _CLEANER.clean(_with_remote_images_moved(html)).strip()


def _with_remote_images_moved(html: str) -> str:
    if not _HAS_REMOTE.search(html):
        return html
    page = LexborHTMLParser(html)
    moved = False
    for image in page.css("img"):
        source = (image.attributes.get("src") or "").strip().replace("\\", "/")
        if _REMOTE.match(source):
            image.attrs["data-blocked-src"] = source
            del image.attrs["src"]
            moved = True
    return (page.html or html) if moved else html
