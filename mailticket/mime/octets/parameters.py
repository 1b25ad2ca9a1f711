"""PURE: the value of Content-Type and Content-Disposition: a token and its parameters (RFC 2045, 2183, 2231).

Tolerated: unquoted values with blanks, encoded words in values (RFC 2047 forbids them, everybody sends them),
raw 8-bit names, backslashes of Windows paths, missing or doubled semicolons, a missing first one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from mailticket.mime.octets import charset, encoded_words, limits

# One parameter. Linear: the quoted form and the bare form begin differently, each ends at its own delimiter.
_PARAMETER = re.compile(rb';[;\s]*([^=;\s"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_TOKEN = re.compile(rb"\s*\"?([!-~]+?)(?=[\s;(\"]|\Z)")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")
_ESCAPED = re.compile(rb'\\(["\\])')


def parse(value: bytes, fallback: str = "") -> tuple[str, dict[str, str]]:
    """(token in lower case, parameters by lower-case name, decoded) of one header field, folded or not.

    `fallback` is the charset of raw 8-bit values that are not UTF-8.
    """
    if not value:
        return "", {}
    token, found = _split(value)
    sections: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for one in islice(found, limits.PARAMETERS):
        _file(sections, one[1], one[2], one[3])
    return token, {name: _joined(pieces, fallback) for name, pieces in sections.items()}


def are_too_many(value: bytes) -> bool:
    """Whether `parse` leaves parameters of this field out."""
    if value.count(b";") < limits.PARAMETERS:  # nearly every field there is
        return False
    return next(islice(_split(value)[1], limits.PARAMETERS, None), None) is not None


def _split(value: bytes) -> tuple[str, Iterator[re.Match[bytes]]]:
    """The token in lower case, and each parameter as it is written."""
    line = encoded_words.unfold(value)
    match = _TOKEN.match(line)
    if match and b"=" in match[1]:  # "filename=x.pdf": the token itself was forgotten
        match, line = None, b";" + line
    elif match:
        line = b";" + line[match.end() :]
    return match[1].decode("ascii").lower() if match else "", _PARAMETER.finditer(line)


def _file(
    sections: dict[str, dict[int, tuple[bool, bytes]]], name: bytes, quoted: bytes | None, bare: bytes | None
) -> None:
    """Put one parameter under its name. Number -1 is the plain form, 0 and up are RFC 2231's continuations."""
    parts = _SECTION.match(name.decode("ascii", "replace").lower())
    if parts is None:
        return
    value = _ESCAPED.sub(rb"\1", quoted) if quoted is not None else (bare or b"").strip()
    extended = parts[3] is not None
    number = int(parts[2]) if parts[2] else 0 if extended else -1
    sections.setdefault(parts[1], {}).setdefault(number, (extended, value))


def _joined(pieces: dict[int, tuple[bool, bytes]], fallback: str) -> str:
    """One parameter's text. The extended form wins over the plain one (RFC 6266 section 4.3 says why)."""
    if 0 not in pieces:
        return encoded_words.decode(pieces[-1][1], fallback) if -1 in pieces else ""
    first_is_extended, first = pieces[0]
    name = ""
    if first_is_extended and first.count(b"'") >= 2:
        raw_name, _, first = first.split(b"'", 2)
        name = raw_name.decode("ascii", "replace")
    whole = bytearray(unquote_to_bytes(first) if first_is_extended else first)
    number = 1
    while number in pieces:
        extended, value = pieces[number]
        whole += unquote_to_bytes(value) if extended else value
        number += 1
    if name:
        return encoded_words.tidy(charset.decode(bytes(whole), name))
    return encoded_words.decode(bytes(whole), fallback)
