"""PURE: ISO-2022-JP as Japanese mail programs write it (RFC 1468): with the vendors' letters such as ① and ㈱.

Python's codec refuses those (row 13 of JIS X 0208 is empty in the standard), so each run is put into Shift_JIS,
whose Windows form, code page 932, has them all.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(?:\$@|\$B|\$\(D|\(B|\(J|\(I|\(H)")
_KANJI = frozenset({b"\x1b$@", b"\x1b$B"})
_KATAKANA = b"\x1b(I"


def decode(data: bytes) -> str | None:
    """The text, or None if it is not ISO-2022-JP: octets outside ASCII, or letters that exist nowhere."""
    if not data.isascii():
        return None
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        pieces = list(_runs(data))
    try:
        return "".join(run.decode("cp932") for run in pieces)
    except UnicodeDecodeError:
        return None


def _runs(data: bytes) -> list[bytes]:
    """The text between the escapes, each run in Shift_JIS."""
    runs = []
    mode = b"\x1b(B"
    end = 0
    for match in [*_ESCAPE.finditer(data), None]:
        run = data[end : match.start() if match else len(data)]
        runs.append(_kanji(run) if mode in _KANJI else _high(run) if mode == _KATAKANA else run)
        if match:
            mode, end = match[0], match.end()
    return runs


def _high(run: bytes) -> bytes:
    """Half-width katakana: JIS X 0201 with the high bit."""
    return bytes(octet | 0x80 if octet > 0x20 else octet for octet in run)


def _kanji(run: bytes) -> bytes:
    """Pairs of JIS X 0208 in their Shift_JIS places; a line break inside ends nothing but the line."""
    moved = bytearray()
    at = 0
    while at < len(run):
        if run[at] <= 0x20 or at + 1 == len(run):
            moved.append(run[at])
            at += 1
            continue
        row, cell = run[at] - 0x21, run[at + 1]
        moved.append((row >> 1) + (0x81 if row < 62 else 0xC1))
        moved.append(cell + 0x7E if row % 2 else cell + (0x1F if cell < 0x60 else 0x20))
        at += 2
    return bytes(moved)
