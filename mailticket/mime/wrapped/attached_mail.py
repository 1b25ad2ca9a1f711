"""PURE: the head under which an attached mail is shown: as programs write above a mail that they forward."""

from __future__ import annotations

from mailticket.mime.headers import HeaderView

_TITLE = "---------- Forwarded message ---------"
_SHOWN = ("From", "Date", "Subject", "To")
_LONGEST = 500


def head(view: HeaderView) -> str:
    """Title and header lines; the reader of a reply knows by them that nothing below is the sender's own."""
    lines = [f"{name}: {view.get(name)[:_LONGEST]}" for name in _SHOWN if name in view]
    return "\n".join((_TITLE, *lines))
