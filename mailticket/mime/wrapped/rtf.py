"""PURE: the compressed RTF in which Outlook keeps a body (MS-OXRTFCP), and the text that a reader finds in it."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from mailticket.mime.octets import charset, limits

_HEAD = struct.Struct("<IIII")  # compressed size, size, kind, CRC
_COMPRESSED, _STORED = 0x75465A4C, 0x414C454D
# What the dictionary holds before the first octet (section 2.1.2.1).
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096

_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(\*|[^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_NO_TEXT = frozenset(
    "fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable "
    "listoverridetable rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl mmathPr".split()
)
_LETTERS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "—",
    "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n"}


def decompressed(data: bytes) -> bytes:
    """The RTF; as much of it as is whole, "" of what is none. At most limits.TEXT octets."""
    if len(data) < _HEAD.size:
        return b""
    _size, size, kind, _crc = _HEAD.unpack_from(data)
    if kind == _STORED:
        return data[_HEAD.size : _HEAD.size + min(size, limits.TEXT)]
    return _lzfu(data, min(size, limits.TEXT)) if kind == _COMPRESSED else b""


def is_too_long(data: bytes) -> bool:
    """Whether the RTF says that it is longer than `decompressed` makes it."""
    return len(data) >= _HEAD.size and int(_HEAD.unpack_from(data)[1]) > limits.TEXT


def _lzfu(data: bytes, size: int) -> bytes:
    """Runs of eight literals or references into the last 4096 octets, each run led by its flags."""
    out = bytearray(_DICTIONARY)
    start = len(out)
    at = _HEAD.size
    while at < len(data) and len(out) - start < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            pair = int.from_bytes(data[at : at + 2], "big")
            at += 2
            # The offset counts in a ring of 4096 octets; how far back it lies is what is needed here.
            back = (len(out) - (pair >> 4)) % _WINDOW
            if back == 0 or back > len(out):
                return bytes(out[start : start + size])
            for _ in range((pair & 15) + 2):
                out.append(out[-back])
    return bytes(out[start : start + size])


@dataclass(slots=True)
class _Page:
    """What is shown so far, and what holds where the reader is."""

    encoding: str
    shown: list[str] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    outer: list[bool] = field(default_factory=list)
    is_hidden: bool = False
    is_rtf_only: bool = False  # stands in for HTML that is there as well (MS-OXRTFEX)
    skips: int = 0  # how many letters follow that stand in for the last Unicode one

    def read(self, match: re.Match[str]) -> None:
        word, number, code, symbol, brace, plain = match.groups()
        if brace:
            self._bound(brace)
        elif symbol == "*" or word in _NO_TEXT:
            self.is_hidden = True
        elif word == "htmlrtf":
            self.is_rtf_only = number != "0"
        elif not (self.is_hidden or self.is_rtf_only):
            self._show(word, number, code, symbol or "", plain or "")

    def end(self) -> None:
        """Decode the octets that stand together: letters of Asian charsets have two."""
        if self.octets:
            self.shown.append(charset.decode(bytes(self.octets), self.encoding))
            self.octets.clear()

    def _bound(self, brace: str) -> None:
        self.end()
        if brace == "{":
            self.outer.append(self.is_hidden)
        else:
            self.is_hidden = self.outer.pop() if self.outer else False

    def _show(self, word: str | None, number: str | None, code: str | None, symbol: str, plain: str) -> None:
        if code:
            self.octets += b"" if self.skips else bytes([int(code, 16)])
            self.skips = 0
            return
        self.end()
        if word == "u" and number:
            self.shown.append(chr(int(number) % 0x10000))
            self.skips = 1
        elif word:
            self.shown.append(_LETTERS.get(word, ""))
        else:
            self.shown.append(_SYMBOLS.get(symbol, "") + plain[self.skips :])
            self.skips = 0


def text(data: bytes) -> str:
    """What the RTF shows: no fonts, pictures or styles, and of HTML inside it only the words."""
    written = data.decode("latin-1")
    named = _CODE_PAGE.search(written[:1_000])
    page = _Page(f"cp{named[1]}" if named else "cp1252")
    for match in _TOKEN.finditer(written):
        page.read(match)
    page.end()
    return charset.clean("".join(page.shown)).strip()
