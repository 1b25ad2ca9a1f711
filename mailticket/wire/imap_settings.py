"""PURE: where a mailbox is, and how to get in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailticket.wire import sasl


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Where a mailbox is. `timeout` in seconds for each answer; `ca_file` (PEM) replaces the system's CAs.
    With `token` it signs in by OAuth2, else by `password`."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"
    timeout: float = 60.0
    ca_file: str = ""
    token: sasl.TokenSource | None = field(default=None, repr=False)
