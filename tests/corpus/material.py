"""I/O: the corpus on disk, each mail read once by the real parser, with the time that it took."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mailticket.domain.mail import InboundMail
from mailticket.mime import parse

_REPOSITORY = Path(__file__).parents[2]
_NO_MAILS = frozenset({"MANIFEST.tsv", "expect.jsonl"})
# Sources whose files are bodies of mails, without any header.
_BODY_HEADS = {".html": b"Content-Type: text/html; charset=utf-8\n\n"}
_BODY_HEAD = b"Content-Type: text/plain; charset=utf-8\n\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A file of the corpus, how we read it, the seconds of processor time it took, and what its source expects.

    `expect`: one item for each of the source's own tests of the file, which may contradict each other.
    """

    path: str
    raw: bytes
    mail: InboundMail
    seconds: float
    expect: tuple[dict[str, Any], ...]

    @property
    def source(self) -> str:
        return self.path.partition("/")[0]


def folder() -> Path:
    """Where the corpus is, or would be."""
    return Path(os.environ.get("MAILTICKET_CORPUS") or _REPOSITORY.parent / "shared" / "corpus")


def missing() -> str:
    """Why the corpus cannot be read; "" if it can."""
    expectations = folder() / "expect.jsonl"
    return "" if expectations.is_file() else f"no corpus: {expectations} does not exist (set MAILTICKET_CORPUS)"


@cache
def cases() -> tuple[Case, ...]:
    """Every mail of the corpus, in the order of its paths."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    expected: dict[str, list[dict[str, Any]]] = {}
    with (folder() / "expect.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            expected.setdefault(one["path"], []).append(one["expect"])
    bodies = _bodies()
    parse.parse(b"Subject: warm\n\nup\n")
    for path in sorted(folder().rglob("*")):
        if path.is_file() and path.name not in _NO_MAILS:
            name = path.relative_to(folder()).as_posix()
            raw = path.read_bytes()
            if name in bodies:
                raw = _BODY_HEADS.get(path.suffix, _BODY_HEAD) + raw
            began = time.process_time()
            mail = parse.parse(raw)
            yield Case(name, raw, mail, time.process_time() - began, tuple(expected.get(name, ())))


def _bodies() -> frozenset[str]:
    """The files that are bodies of mails, without any header."""
    with (folder() / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        rows = [line.split("\t") for line in lines]
    return frozenset(row[0] for row in rows if "body-only" in row[2])
