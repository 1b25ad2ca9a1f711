"""PURE: the demo's config file, written as an admin would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mailticket.demo.cast import CSRS, FIRST_LEVEL, PASSWORD, ROLES, SECOND_LEVEL, SERVICE, SUPPORT
from mailticket.demo.servers import HOST, NAME


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens on the loopback: its mail servers, and the desk's own web server."""

    imap: int
    smtp: int
    web: int


def config_text(data: Path, ports: Ports) -> str:
    """TOML for one service with two CSRs, on mail servers at these loopback ports."""
    return f"""# The demo's config: a real one, loaded as `mailticket run` would load it.

[mailticket]
data = {_quoted(str(data))}

[web]
listen = "{HOST}:{ports.web}"
url = "http://{HOST}:{ports.web}"
{_people()}{_roles()}
[[service]]
name = {_quoted(SERVICE)}
address = {_quoted(SUPPORT.address)}
from_name = {_quoted(SUPPORT.name)}
first_level = {_quoted(FIRST_LEVEL)}
second_level = {_quoted(SECOND_LEVEL)}
first_run = "process"
poll = "10s"
trust = "verified"
authserv_ids = [{_quoted(NAME)}]
{_server("imap", ports.imap)}{_server("smtp", ports.smtp)}
  [service.letters]
  signature = {_quoted(SUPPORT.name)}
"""


def _people() -> str:
    return "".join(
        f"\n[[csr]]\nemail = {_quoted(one.address.address)}\nname = {_quoted(one.address.name)}\n" for one in CSRS
    )


def _roles() -> str:
    return "".join(
        f"\n[[role]]\nname = {_quoted(name)}\nmembers = [{_listed(one.address.address for one in members)}]\n"
        for name, members in ROLES.items()
    )


def _server(kind: str, port: int) -> str:
    lines = (
        f"[service.{kind}]",
        f"host = {_quoted(HOST)}",
        f"port = {port}",
        'security = "none"',
        f"username = {_quoted(SUPPORT.address)}",
        f"password = {_quoted(PASSWORD)}",
    )
    return "\n" + "".join(f"  {line}\n" for line in lines)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(_quoted, values))


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's (toml.io/en/v1.0.0#string)."""
    return json.dumps(value, ensure_ascii=False)
