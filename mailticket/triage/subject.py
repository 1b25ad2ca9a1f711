"""PURE: the subject as its writer meant it: without reply prefixes, gateways' tags and case IDs."""

from __future__ import annotations

import re

from mailticket.domain import case_id

#: What clients put before the subject of an answer or a forward, by language.
_ANSWERS = "re|aw|antw|sv|vs|rif|r|res|odp|ynt|回复|回覆|答复|返信"
_FORWARDS = "fw|fwd|wg|tr|rv|enc|i|vb|vl|pd|doorst|ilt|转发|轉寄|転送"
_PREFIX = re.compile(rf"(?:{_ANSWERS}|{_FORWARDS})\s?(?:[\[(]\d{{1,3}}[\])]|\*\d{{1,3}})?\s?[:：]\s?", re.IGNORECASE)
#: What mail gateways put before the subject of mail from outside.
_TAG = re.compile(
    r"(?:[\[{(]\s?(?:external|ext|extern|spam\??|caution)\s?[\])}]|\*{3}\s?spam\s?\*{3})\s?:?\s?", re.IGNORECASE
)


def plain_subject(subject: str) -> str:
    """ "Re: [EXTERNAL] AW: [#7F3K-9QX6] Invoice" as "Invoice"; white space closed up. Linear in its length."""
    plain = case_id.cut(subject)
    end = 0
    while match := _PREFIX.match(plain, end) or _TAG.match(plain, end):
        end = match.end()
    return plain[end:].strip()


def says_answer(subject: str) -> bool:
    """Does it begin, gateways' tags apart, as clients begin the subject of an answer or a forward?"""
    end = 0
    while match := _TAG.match(subject, end):
        end = match.end()
    return _PREFIX.match(subject, end) is not None
