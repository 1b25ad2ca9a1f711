"""PURE: format=flowed text put back into paragraphs (RFC 3676)."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflow(text: str, delsp: bool = False) -> str:
    """Lines that end in a blank joined with the next of the same quote depth. `delsp`: that blank is no letter.

    Quote marks come out as "> " before each line, one mark a level, as other clients write them.
    """
    paragraphs: list[str] = []
    open_depth = -1  # the depth of the line that waits for its rest; -1: none waits
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")  # space-stuffing, section 4.4
        is_flowed = content.endswith(" ") and content != _SIGNATURE
        shown = content[:-1] if is_flowed and delsp else content
        if open_depth == depth and content != _SIGNATURE:
            paragraphs[-1] += shown
        else:
            paragraphs.append(f"{'>' * depth} {shown}" if depth else shown)
        open_depth = depth if is_flowed else -1
    return "\n".join(paragraphs)
