"""PURE: where mail is handed in, and who we are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailticket.wire import sasl


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail is handed in. Timeouts in seconds, as RFC 5321 section 4.5.3.2 asks; `ca_file` (PEM) replaces
    the system's CAs. An empty `username`: no login; with `token` the login is by OAuth2, else by `password`. `helo`
    is the name that we greet with."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    helo: str = ""
    ca_file: str = ""
    connect_timeout: float = 30.0
    command_timeout: float = 300.0
    data_timeout: float = 180.0
    final_dot_timeout: float = 600.0
    token: sasl.TokenSource | None = field(default=None, repr=False)
