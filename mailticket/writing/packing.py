"""PURE: long texts that are much alike, packed: a letter of ours takes a tenth of its length, and is the same again.

DEFLATE with a preset dictionary (RFC 1950 section 2.2) of what all such letters say. The packed text is text too, so
that both databases, their dumps and their tools keep it like any other. The dictionary is a part of the program.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from importlib import resources

from mailticket.errors import Permanent

#: Begins a packed text, and names its dictionary. Old ones stay: what was packed by them is read by them.
_DICTIONARIES = {"z1:": "letters-1.txt"}
_NEWEST = "z1:"
#: Packs as well as any higher one where a dictionary knows most of it, and is the quickest.
_LEVEL = 3
#: What is shorter gains nothing.
_SHORTEST = 100


class PackedText(str):
    """Text as `packed` gives it: the store keeps it as it is."""

    __slots__ = ()


def packed(text: str) -> PackedText:
    """What `unpacked` makes this text of again, to the byte. What gains nothing stays as it is."""
    if len(text) < _SHORTEST and not _is_packed(text):
        return PackedText(text)
    packer = _packer(_NEWEST).copy()
    octets = packer.compress(text.encode("utf-8")) + packer.flush()
    return PackedText(_NEWEST + base64.b64encode(octets).decode("ascii"))


def unpacked(text: str) -> str:
    """The text itself. Raises Permanent for one that was packed by a newer version, or was damaged."""
    if not _is_packed(text):
        return text
    mark, octets = text[:3], text[3:]
    if mark not in _DICTIONARIES:
        raise Permanent("A stored text was packed by a newer mailticket.", "Upgrade this one.")
    try:
        reader = zlib.decompressobj(zdict=dictionary(mark))
        whole = reader.decompress(base64.b64decode(octets, validate=True)) + reader.flush()
        if not reader.eof:
            raise ValueError("it is cut off")
        return whole.decode("utf-8")
    except (ValueError, zlib.error) as error:
        raise Permanent(f"A stored text is damaged: {error}.", "Restore it from a backup.") from error


def _is_packed(text: str) -> bool:
    return text[:1] == "z" and text[2:3] == ":"


@cache
def dictionary(mark: str) -> bytes:
    """What the texts that begin with this mark were packed by."""
    return resources.files(__package__).joinpath(_DICTIONARIES[mark]).read_bytes()


@cache
def _packer(mark: str) -> zlib._Compress:
    """Has read the dictionary and nothing else: copies of it are made for each text."""
    return zlib.compressobj(_LEVEL, zdict=dictionary(mark))
