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

# Skin tones and joiners only change the sign before them, and clients lose them.
_SIGN = re.compile("[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001f3fa\U0001f400-\U0001faff]|(?<!\\S)[:;]-?[()]+(?!\\S)")


def words(text: str) -> list[str]:
    """The words of a text in order, case folded, without links; each Chinese or Japanese character is a word."""
    folded = text.casefold()
    if any(sign in folded for sign in _SHOWS_INVISIBLE):
        folded = _INVISIBLE_TEXT.sub(" ", folded)
    return _WORD.findall(folded)


def signs(text: str) -> list[str]:
    """Emoji and smileys: what somebody may say without a word."""
    return _SIGN.findall(text)


def begins_with_a_sign(text: str) -> bool:
    """Whether an emoji or a smiley stands before the first word."""
    first = _WORD.search(text)
    return bool(signs(text[: first.start()] if first else text))


def links(text: str) -> list[str]:
    """The web addresses in a text, as written."""
    return _LINK.findall(text)
