"""PURE: the text of our own mails on the wire: format=flowed (RFC 3676), quoted-printable, CRLF, nothing else."""

from __future__ import annotations

import binascii
import re

#: RFC 3676 section 4.2 allows 78; the last of ours is the blank that says "goes on".
_WIDTH = 76
_MOST_IN_LINE = 998
_QUOTE = re.compile(r">(?:[> ]{0,60}>)? ?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_CONTROLS = bytes(one for one in (*range(0x20), 0x7F) if one not in b"\t\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIGNATURE = "-- "
#: A short line that is neither quoted, stuffed nor joined with the next: most are, and it is told at once.
_IS_AS_IT_IS = re.compile(rf"(?!From )(?:[^ >\n](?:[^\n]{{0,{_WIDTH - 2}}}[^ \n])?)?").fullmatch


def unified(text: str) -> str:
    """The text with "\\n" as its only line end and without controls, so that SMTP sees no stray CR, LF or NUL."""
    if _is_unified(text):
        return text
    return _SURROGATE.sub("\ufffd", _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def _is_unified(text: str) -> bool:
    """Most texts are: told from their octets, in a tenth of the time that the expressions need."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:  # a surrogate
        return False
    return len(octets.translate(None, _CONTROLS)) == len(octets) and "\ufffe" not in text and "\uffff" not in text


def flowed(text: str) -> str:
    """The text in lines of at most 76 characters; one that ends in a blank goes on in the next."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line == _SIGNATURE or _IS_AS_IT_IS(line):
            lines.append(line)
            continue
        prefix = _quote_prefix(line)
        content = line[len(prefix) :].rstrip(" ")
        lines.extend(_wrapped(f"{prefix.replace(' ', '')} " if prefix else "", content))
    return "\n".join(lines)


def encoded(text: str) -> tuple[str, bytes]:
    """The transfer encoding and the octets of a text whose lines end in "\\n"."""
    if text.isascii() and max(map(len, text.split("\n"))) <= _MOST_IN_LINE:
        return "7bit", text.replace("\n", "\r\n").encode("ascii")
    octets = binascii.b2a_qp(text.encode("utf-8"), istext=True)
    return "quoted-printable", octets.replace(b"\n", b"\r\n")


def _quote_prefix(line: str) -> str:
    found = _QUOTE.match(line)
    return found[0] if found else ""


def _wrapped(prefix: str, content: str) -> list[str]:
    """One paragraph as lines; only what stands unquoted needs stuffing (section 4.4)."""
    room = max(_WIDTH - len(prefix), 20)
    lines: list[str] = []
    while len(content) > room:
        cut = content.rfind(" ", 0, room)
        if cut <= 0 or not content[:cut].strip():
            cut = content.find(" ", room)
        if cut < 0:
            break
        lines.append(content[: cut + 1])
        content = content[cut + 1 :]
    lines.append(content)
    return [prefix + one if prefix else _stuffed(one) for one in lines]


def _stuffed(line: str) -> str:
    return f" {line}" if line.startswith((" ", ">", "From ")) else line
