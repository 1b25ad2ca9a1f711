"""Text from mails made harmless for a terminal: nothing in it moves the cursor or turns the line around."""

from __future__ import annotations

import re

# C0 and C1 controls, line and paragraph separators, bidirectional controls, lone surrogates, the byte order mark.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
_IN_A_LINE = re.compile(f"[{_UNSAFE}]")
_IN_JSON = re.compile(r"[\x7f-\x9f" + _UNSAFE[_UNSAFE.index("\u061c") :] + "]")


def visible(text: str) -> str:
    """One line: every unsafe character as an escape that can be read, such as \\x1b or \\u202e; line ends as blanks."""
    return _IN_A_LINE.sub(_escaped, " ".join(text.splitlines()) if "\n" in text or "\r" in text else text)


def visible_lines(text: str) -> list[str]:
    """The lines of a longer text, each as `visible` gives it, tabs as blanks."""
    return [visible(line.expandtabs(4).rstrip()) for line in text.replace("\r\n", "\n").split("\n")]


def visible_json(text: str) -> str:
    """A JSON text in which unsafe characters are written as \\u escapes: the same values, harmless to look at."""
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
