"""PURE: a text as the words a reader sees, so that two renderings of one text can be compared.

Mail clients wrap, bullet, star and link what they quote; the words survive.
"""

from __future__ import annotations

import re

# Every alternative starts with another character and is followed by nothing that could match it again: linear.
_INVISIBLE_TEXT = re.compile(
    r"(?:https?://|www\.|mailto:|cid:|tel:)[^\s<>\"]{1,4000}"  # links: clients print, hide and rewrite them
    r"|\[(?:cid:|image:)[^\]\n]{0,200}\]"  # where a picture stood
)
_SHOWS_INVISIBLE = ("://", "www.", "mailto:", "cid:", "tel:", "image:")  # searching for these first is ten times faster
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,4000}", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text in order, case folded, without links; each Chinese or Japanese character is a word."""
    folded = text.casefold()
    if any(sign in folded for sign in _SHOWS_INVISIBLE):
        folded = _INVISIBLE_TEXT.sub(" ", folded)
    return _WORD.findall(folded)


def links(text: str) -> list[str]:
    """The web addresses in a text, as written."""
    return _LINK.findall(text)
