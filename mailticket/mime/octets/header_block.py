"""PURE: the head of a mail or part, split into raw fields, linear and within limits. What follows is its body.

Tolerated: bare LF or CR, an mbox "From " line, blank lines before the first field, blanks before the colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from mailticket.mime.octets import limits

# One field with its folded lines. Linear: each piece ends where the next can begin.
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\r\n]*(?:(?:\r?\n|\r)[ \t][^\r\n]*)*)(?:\r?\n|\r|\Z)")
_BLANK = re.compile(rb"[ \t]*(?:\r?\n|\r)")
_MBOX = re.compile(rb">?From [^\r\n]*(?:\r?\n|\r|\Z)")
# Fields that hardly any text begins a line with: a first line that is none may stand above them.
_SURE_FIELD = re.compile(
    rb"[^\r\n]*\r?\n(?=(?:Return-Path|Received|From|Date|Message-ID|Delivered-To):)", re.IGNORECASE
)
_LATER_FIELD = re.compile(
    rb"[\r\n](?:Received|From|To|Date|Subject|Message-ID|MIME-Version|Content-Type):", re.IGNORECASE
)
_BLANK_LINE = re.compile(rb"(?:\r?\n|\r(?!\n))[ \t]*(?:\r?\n|\r(?!\n))")
_CUT_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*")  # of a field, where the limit falls into it
_LINE = re.compile(rb"[^\r\n]*(?:\r?\n|\r|\Z)")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Raw fields in order (name, octets with their folds), where the body starts, and what was left out."""

    fields: tuple[tuple[str, bytes], ...]
    body_at: int
    defects: tuple[str, ...] = ()

    def message(self) -> Message:
        """The same fields in a compat32 Message without payload, 8-bit octets escaped as its own parser does."""
        message = Message()
        fill(message, self)
        return message


def fill(message: Message, block: Block) -> None:
    """Put the block's fields into a message that has none yet."""
    for name, value in block.fields:
        message.set_raw(name, value.decode("ascii", "surrogateescape"))


def with_line_feeds(raw: bytes) -> bytes:
    """The same mail with LF, if its lines end in bare CR (old Macs) as the only kind of line break."""
    return raw.replace(b"\r", b"\n") if b"\r" in raw and b"\n" not in raw else raw


def split(raw: bytes, start: int = 0, end: int | None = None) -> Block:
    """The header block in raw[start:end]. `body_at` is an index into `raw`, at most `end`."""
    stop = len(raw) if end is None else end
    at = _first_field(raw, start, stop)
    window = min(stop, at + limits.HEADER_BYTES)
    fields: list[tuple[str, bytes]] = []
    defects: list[str] = []
    last_field_at = -1  # where the last sure field begins; looked for when it matters
    while at < window:
        match = _FIELD.match(raw, at, window)
        if match:
            if len(fields) < limits.HEADER_LINES:
                is_cut = match.end() == window < stop and not _ends_line(raw, window)
                fields.append((match[1].decode("ascii"), (_whole(match[2]) if is_cut else match[2]).strip()))
            elif not defects:
                defects.append(f"more than {limits.HEADER_LINES} header fields; the rest was left out")
            at = match.end()
            continue
        blank = _BLANK.match(raw, at, stop)
        if blank:
            return Block(tuple(fields), blank.end(), tuple(defects))
        if fields and window < stop and _CUT_NAME.fullmatch(raw, at, window):
            break
        if last_field_at < 0:
            last_field_at = _last_sure_field(raw, at, window)
        # A line that lost the blank before it, as there are fields after it.
        passed = _MBOX.match(raw, at, stop) or (_LINE.match(raw, at, window) if fields and at < last_field_at else None)
        if not passed:
            defects.append("a line in the header is no field; the body was taken to begin there")
            return Block(tuple(fields), at, tuple(defects))
        at = passed.end()
    return _cut_off(raw, at, stop, fields, defects)


def _ends_line(raw: bytes, at: int) -> bool:
    """Whether a line ends at `at`, before or behind its line break."""
    return raw[at - 1 : at] in (b"\r", b"\n") or raw[at : at + 1] in (b"\r", b"\n")


def _whole(value: bytes) -> bytes:
    """A value that was cut, up to its last whole word: half an address is somebody else's."""
    return value[: max(value.rfind(mark) for mark in (b" ", b"\t", b"\n", b",")) + 1]


def _cut_off(raw: bytes, at: int, stop: int, fields: list[tuple[str, bytes]], defects: list[str]) -> Block:
    """A block whose fields go on to the end, or to the limit."""
    blank = _BLANK.match(raw, at, stop) if _is_line_start(raw, at) else None
    if blank:
        return Block(tuple(fields), blank.end(), tuple(defects))
    if at >= stop:
        return Block(tuple(fields), stop, tuple(defects))
    defects.append(f"more than {limits.HEADER_BYTES} octets of header; the rest was left out")
    return Block(tuple(fields), _end_of_block(raw, at, stop), tuple(defects))


def _last_sure_field(raw: bytes, at: int, window: int) -> int:
    """Where the last field before the next blank line begins that no text begins a line with; `at` if there is none."""
    blank = _BLANK_LINE.search(raw, at, window)
    found = at
    for match in _LATER_FIELD.finditer(raw, at, blank.start() if blank else window):
        found = match.end()
    return found


def _first_field(raw: bytes, start: int, stop: int) -> int:
    """Where the first field is. At the head of a mail: past what programs and people put above it.

    A part inside a mail begins where it begins: its header may be empty, and its text look like a field.
    """
    if start > 0:
        return start
    at = start + len(_BOM) if raw.startswith(_BOM, start) else start
    for pattern in (_BLANK, _MBOX):
        match = pattern.match(raw, at, stop)
        while match and match.end() > at:
            at = match.end()
            match = pattern.match(raw, at, stop)
    window = min(stop, at + limits.HEADER_BYTES)
    if _FIELD.match(raw, at, window):
        return at
    heading = _SURE_FIELD.match(raw, at, window)
    return heading.end() if heading else start


def _is_line_start(raw: bytes, at: int) -> bool:
    return raw[at - 1 : at] in (b"\r", b"\n") and raw[at - 1 : at + 1] != b"\r\n"


def _end_of_block(raw: bytes, at: int, stop: int) -> int:
    """Past the first blank line at or after `at`; `stop` if there is none."""
    found = _BLANK_LINE.search(raw, at, stop)
    return found.end() if found else stop
