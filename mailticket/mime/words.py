"""PURE: a text as the words a reader sees, so that two renderings of one text can be compared.

Mail clients wrap, bullet, star and link what they quote; the words survive.
"""

from __future__ import annotations

import re

# Every alternative starts with another character and is followed by nothing that could match it again: linear.
_INVISIBLE_TEXT = re.compile(
    r"(?:https?://|www\.|mailto:|cid:|tel:)[^\s<>\"]{1,4000}"  # links: clients print, hide and rewrite them
    r"|\[(?:cid:|image:)[^\]\n]{0,200}\]",  # where a picture stood
    re.IGNORECASE,
)
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,4000}", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text in order, case folded, without links; each Chinese or Japanese character is a word."""
    return _WORD.findall(_INVISIBLE_TEXT.sub(" ", text).casefold())


def links(text: str) -> list[str]:
    """The web addresses in a text, as written."""
    return _LINK.findall(text)
