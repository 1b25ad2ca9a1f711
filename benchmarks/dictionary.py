"""I/O: `make letters-dictionary`: writes down what letters of one kind have in common, for them to be packed by.

Made of the letters of two small desks, with links and without. Once a dictionary was released it stays as it is, for
what was packed by it is read by it: one that is better gets the next number (`mailticket.writing.packing`).
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.seed import sown
from benchmarks.servers import site
from mailticket.writing.packing import unpacked

_CASES = 8
#: The commonest and longest last: what stands nearest is found by the shortest distance.
_KINDS = ("auto_reply", "customer_reply", "csr_case")
_TOKEN = re.compile(r"\\n|[A-Za-z]+|[0-9]+|.", re.DOTALL)
_PIECE = re.compile(r"(?:[^>\\]|\\(?!n))*(?:>|\\n|$)", re.DOTALL)
#: Shorter pieces cost as much as they save.
_SHORTEST = 8
#: What zlib looks back to.
_LONGEST = 32_768


def main() -> None:
    target = Path(sys.argv[1])
    with site() as place:
        desks = []
        for name, url in (("plain", ""), ("linked", "https://support.example.com")):
            config = place.desk(name, [f"{name}@example.com"])
            config.write_text(config.read_text().replace("[web]\n", f'[web]\nurl = "{url}"\n' if url else "[web]\n"))
            sown(place, config, f"{name}@example.com", _CASES)
            desks.append(config.parent / "data" / "mailticket.db")
        text = _once([_common(path, kind) for kind in _KINDS for path in desks])
    target.write_text(text[-_LONGEST:], encoding="ascii", errors="ignore")
    print(f"{len(text)} characters, of which {min(len(text), _LONGEST)} were written to {target}")


def _once(texts: list[str]) -> str:
    """The texts one after the other, without what a later one says too, line by line and tag by tag."""
    whole = ""
    for text in reversed(texts):
        whole = "".join(piece for piece in _PIECE.findall(text) if piece not in whole) + whole
    return whole


def _common(path: Path, kind: str) -> str:
    """What the first and the last letter of the kind both say, in its order: neither's names, words and seals."""
    with closing(sqlite3.connect(path)) as line:
        rows = line.execute("SELECT skeleton FROM outbox WHERE letter = ? ORDER BY id", (kind,)).fetchall()
    one, other = (_TOKEN.findall(unpacked(row[0])) for row in (rows[0], rows[-1]))
    return "".join(_shared(one, other))


def _shared(one: list[str], other: list[str]) -> Iterator[str]:
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        piece = "".join(one[block.a : block.a + block.size])
        if len(piece) >= _SHORTEST:
            yield piece


if __name__ == "__main__":
    main()
