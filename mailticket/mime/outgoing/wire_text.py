"""PURE: a mail as SMTP takes it after DATA: whatever stands in it, nothing but its own end ends it."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class WireText(bytes):
    """What `on_the_wire` made, and so need not be looked through again."""

    __slots__ = ()


def on_the_wire(mail: bytes) -> WireText:
    """Lines in CRLF, leading dots doubled (RFC 5321 section 4.5.2), the last line ended.

    A bare CR or LF is made a line end: some servers take "\\n.\\n" for the end of the mail and the rest for
    commands (SMTP smuggling, CVE-2023-51764).
    """
    if isinstance(mail, WireText):
        return mail
    # Our own letters have neither, and looking for them is much faster than replacing.
    has_bare_ends = not mail.count(b"\r\n") == mail.count(b"\n") == mail.count(b"\r")
    text = _LINE_END.sub(b"\r\n", mail) if has_bare_ends else mail
    if text.startswith(b".") or b"\r\n." in text:
        text = _LEADING_DOT.sub(b"..", text)
    return WireText(text if text.endswith(b"\r\n") or not text else text + b"\r\n")
