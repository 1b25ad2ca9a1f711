"""The first config of a desk: written as an admin would write it, its password in a file of its own."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailticket.errors import Permanent

if TYPE_CHECKING:
    from mailticket.config.providers import MailServer


@dataclass(frozen=True, slots=True)
class Sign:
    """How the account is opened: by the password in a file, or by OAuth with these keys."""

    username: str
    password_file: str = ""
    oauth: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FirstConfig:
    """Everything that the file says. `service` names the service and its password's file."""

    address: str
    service: str
    imap: MailServer
    smtp: MailServer
    sign: Sign
    csr: tuple[str, str]
    role: str
    data: str
    admins: tuple[str, ...] = field(default=())

    def toml(self) -> str:
        """What `config.example.toml` explains, without what stays at its default."""
        email, name = self.csr
        return f"""# Written by `mailticket init {self.address}`. config.example.toml explains every other key.

[mailticket]
data = {_quoted(self.data)}
admins = {json.dumps(self.admins, ensure_ascii=False)}

[[csr]]
email = {_quoted(email)}
name = {_quoted(name)}

[[role]]
name = {_quoted(self.role)}
members = [{_quoted(email)}]

[[service]]
name = {_quoted(self.service)}
address = {_quoted(self.address)}
first_level = {_quoted(self.role)}
{self._server("imap", self.imap)}{self._server("smtp", self.smtp)}"""

    def _server(self, door: str, server: MailServer) -> str:
        lines = [
            f"\n[service.{door}]",
            f"host = {_quoted(server.host)}",
            f"port = {server.port}",
            f"security = {_quoted(server.security)}",
            f"username = {_quoted(self.sign.username)}",
        ]
        if self.sign.oauth:
            lines += [f"[service.{door}.oauth]", *(f"{key} = {_quoted(value)}" for key, value in self.sign.oauth)]
        else:
            lines.append(f"password_file = {_quoted(self.sign.password_file)}")
        return "\n".join(lines) + "\n"


def write(path: Path, text: str, replaces: bool) -> None:
    """The file whole or not at all, readable by its owner only; what root writes into a folder of the daemon's group
    is readable by that group. Raises Permanent if it exists and `replaces` is not set."""
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    group = path.parent.stat().st_gid
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0 and group != 0:
            os.fchown(descriptor, 0, group)
            os.fchmod(descriptor, 0o640)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replaces:
            os.replace(beside, path)
        else:
            os.link(beside, path)
            os.unlink(beside)
    except FileExistsError as error:
        os.unlink(beside)
        raise Permanent(f"{path} exists; nothing was changed.", "Use --force to replace it.") from error


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's (toml.io/en/v1.0.0#string)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
