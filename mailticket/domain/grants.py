"""PURE: what a sign-in gave: an access token, until when it is good, and what gets the next one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """`refresh_token` is "" where the application's own secret gets the next token."""

    access_token: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime
    refresh_token: str = field(default="", repr=False)
