"""PURE: signing in with a token instead of a password: what is said, and what a server's refusal means."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Collection

from mailticket.errors import Permanent

#: Called before each login with the token that the server has just refused ("" if none was). Gives one to sign in
#: with; raises AccountTrouble if there is none to be had, Temporary if there is none now.
TokenSource = Callable[[str], str]

#: The first that a server offers is taken. Microsoft and Google: XOAUTH2 (developers.google.com/gmail/imap/xoauth2-
#: protocol); OAUTHBEARER is the standard (RFC 7628).
MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
#: What a client answers to the challenge that explains a refusal; only then the server says no.
GO_ON = {"XOAUTH2": b"", "OAUTHBEARER": b"\x01"}

#: What to do about a token that the provider gave and the mail server does not take.
NOT_ALLOWED = (
    "The provider gave the token, but the mail server does not take it for this mailbox: check username, and that the "
    "application may use this very mailbox (docs/oauth.md)."
)

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
_TOLD_CAP = 300


def chosen(offered: Collection[str]) -> str:
    """The mechanism to use of those offered (upper case), "" if the server takes no tokens."""
    return next((one for one in MECHANISMS if one in offered), "")


def first_words(mechanism: str, username: str, token: str, host: str, port: int) -> bytes:
    """The client's only message. Raises Permanent for a user name or token that would end a field."""
    if _UNSAFE.search(username) or _UNSAFE.search(token):
        raise Permanent("A user name or a token holds a control character.", "Check username in the config.")
    bearer = f"auth=Bearer {token}\x01\x01"
    if mechanism == "XOAUTH2":
        return f"user={username}\x01{bearer}".encode()
    name = username.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01{bearer}".encode()


def why_not(challenge: bytes) -> str:
    """What the server's JSON says of a refusal, base64 or not, on one line: 'status 401, scope https://...'."""
    try:
        told = json.loads(base64.b64decode(challenge, validate=True))
    except (binascii.Error, ValueError):
        try:
            told = json.loads(challenge)
        except ValueError:
            return ""
    if not isinstance(told, dict):
        return ""
    words = ", ".join(f"{key} {told[key]}" for key in ("status", "error", "scope") if told.get(key))
    return _UNSAFE.sub(" ", words)[:_TOLD_CAP]
