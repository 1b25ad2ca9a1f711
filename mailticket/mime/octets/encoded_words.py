"""PURE: RFC 2047 encoded words in header fields, as real mail programs write them, right or wrong.

Tolerated: words longer than 75 characters, blanks and question marks inside, no blank between words, letters
split between two words (their octets are joined before decoding), words inside quoted strings, raw 8-bit text.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from mailticket.mime.octets import charset

# Linear: a text holds at most eight single question marks, and never the beginning of another word.
_WORD = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*(?:(?<!=)\?(?!=)[^?]*){0,8})\?=")
_FOLD = re.compile(rb"\r?\n(?=[ \t])|[\r\n]+")
_PADDING = re.compile(rb"=[=\s]*")
# A line of base64 below one that ends in padding; anything else behind it is rubbish.
_GOES_ON = re.compile(rb"=[ \t]*\r?\n(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)\s")
# White space and every control become one blank; embedding and overriding direction marks fool readers (T9).
_CONTROL = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_DIRECTION = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))


def octets(value: str) -> bytes:
    """The octets of a header value as the compat32 parser keeps them: 8-bit ones escaped as surrogates."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def unfold(raw: bytes) -> bytes:
    """The field on one line (RFC 5322 section 2.2.3)."""
    return _FOLD.sub(b"", raw).strip() if b"\n" in raw or b"\r" in raw else raw.strip()


def decode(raw: bytes, fallback: str = "") -> str:
    """A field's octets as one line of clean text. `fallback` is the charset of raw 8-bit text that is not UTF-8."""
    if not raw:
        return ""
    line = unfold(raw)
    if b"=?" not in line:
        return tidy(plain(line, fallback))
    return tidy("".join(charset.decode(data, name) if name else plain(data, fallback) for name, data in _runs(line)))


def plain(data: bytes, fallback: str = "") -> str:
    """Raw text of a header: UTF-8 (RFC 6532) if it is that, else the charset that the mail's body names."""
    try:
        return charset.clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        return charset.decode(data, fallback)


def tidy(text: str) -> str:
    """One line: white space closed up, controls and direction overrides gone."""
    if text.isprintable() and "  " not in text:  # then there is nothing of the kind
        return text.strip()
    return _CONTROL.sub(" ", text.translate(_DIRECTION)).strip()


def _runs(line: bytes) -> Iterator[tuple[str, bytes]]:
    """(charset, octets) of each run of encoded words in one charset; ("", octets) of plain text between."""
    run_name, run = "", bytearray()
    end = 0
    for match in _WORD.finditer(line):
        between = line[end : match.start()]
        end = match.end()
        name = match[1].decode("ascii", "replace").partition("*")[0].lower()
        if between.strip() or (between and not run) or name != run_name:
            if run:
                yield run_name, bytes(run)
            run = bytearray()
            # Blanks between two words belong to neither (RFC 2047 section 6.2).
            if between.strip() or (between and not run_name):
                yield "", between
        run_name = name
        run += _content(match[2], match[3])
    if run:
        yield run_name, bytes(run)
    if line[end:]:
        yield "", line[end:]


def _content(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    return base64(text)


def base64(data: bytes) -> bytes:
    """RFC 2045 base64 without ever failing: foreign characters skipped, a missing end made good.

    Several encodings one after the other (a list server's footer below a text) are decoded each to its end.
    """
    if _GOES_ON.search(data):
        return b"".join(_base64(piece) for piece in _PADDING.split(data))
    return _base64(data)


def _base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        whole = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
