"""PURE: which lines of a CSR's mail are command lines, and where the text below them begins."""

from __future__ import annotations

import re
from collections.abc import Sequence

# "#" and a letter make a command line, whatever follows: what was meant as a private note must never go out as an
# answer because somebody wrote "#note:". #4711 is text.
SIGNS = "#＃"
_LINE = re.compile(rf"[{SIGNS}]([^\W\d_][\w-]*)[:;,.!]?(.*)")
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u00ad"


def shown(line: str) -> str:
    """The line without what nobody sees around it."""
    return line.strip(_INVISIBLE + " \t\u00a0\u3000\r")


def name_and_argument(line: str) -> tuple[str, str] | None:
    """("due", "friday") of "#Due: friday"; None if it is no command line."""
    match = _LINE.fullmatch(shown(line))
    return (match[1].lower(), " ".join(match[2].split())) if match else None


def below(text: str) -> str:
    """What stands below the command lines at the very top; "" if there are none, or nothing else."""
    lines = text.split("\n")
    start = _end(lines)
    return "\n".join(lines[start:]).strip("\n") if start else ""


def _end(lines: Sequence[str]) -> int:
    """The number of lines up to the last command line at the top, empty ones among them."""
    end = 0
    for number, line in enumerate(lines, 1):
        if not shown(line):
            continue
        if name_and_argument(line) is None:
            break
        end = number
    return end
