"""I/O: fill in the passwords: systemd's credential, a file, the environment, or the config itself, in that order.

No message here ever holds a secret's value.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from mailticket.config.models import Config, Imap, Service, Smtp
from mailticket.settings.mistakes import Loc
from mailticket.settings.text_files import Unreadable, text_of

_WHOLE_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")

Mistake = tuple[Loc, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where secrets may lie. `folder` is the config file's, `credentials` systemd's ($CREDENTIALS_DIRECTORY)."""

    folder: Path
    credentials: Path | None
    environ: Mapping[str, str]


class _Wrong(Exception):
    """One mistake: the key, and what is wrong with it."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key
        self.what = what


def credential_name(service: Service, door: str) -> str:
    """What LoadCredential= must call the password of a service's "imap" or "smtp": support-imap-password."""
    return f"{_NOT_IN_A_NAME.sub('-', service.name.lower())}-{door}-password"


def filled_in(config: Config, places: Places) -> tuple[Config, list[Mistake]]:
    """The config with the password of every mailbox and relay that needs one, and what is wrong with the rest."""
    mistakes: list[Mistake] = []
    services = []
    for number, service in enumerate(config.service):
        found: dict[str, Imap | Smtp] = {}
        for door, server in (("imap", service.imap), ("smtp", service.smtp)):
            try:
                password = _password(server, credential_name(service, door), places)
                if server.oauth and server.oauth.provider == "google":
                    _refuse_what_google_did_not_make(password)
                found[door] = server.model_copy(update={"password": SecretStr(password)})
            except _Wrong as wrong:
                loc: Loc = ("service", number, door, *filter(None, wrong.key.split(".")))
                mistakes.append((loc, wrong.what))
        services.append(service.model_copy(update=found))
    return config.model_copy(update={"service": tuple(services)}), mistakes


def with_variables(text: str, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """`text` with each ${NAME} replaced, and the names that the environment does not have."""
    missing = [name for name in _WHOLE_VARIABLE.findall(text) if name not in environ]
    return _WHOLE_VARIABLE.sub(lambda match: environ.get(match[1], ""), text), missing


def _password(server: Imap | Smtp, credential: str, places: Places) -> str:
    """The password, or OAuth's secret; "" where none is needed (a relay without a user name, a device code)."""
    if places.credentials and (places.credentials / credential).is_file():
        return _read(places.credentials / credential, "")
    if server.oauth:
        return _from_file(places.folder, server.oauth.client_secret_file, "oauth.client_secret_file")
    if server.password_file:
        return _from_file(places.folder, server.password_file, "password_file")
    written = server.password.get_secret_value()
    if variable := _WHOLE_VARIABLE.fullmatch(written):
        if not places.environ.get(variable[1]):
            raise _Wrong("password", f"the environment has no {variable[1]}")
        return places.environ[variable[1]]
    if not written and server.username:
        raise _Wrong("", f"no password; set password_file, or give systemd's credential {credential}")
    return written


def _refuse_what_google_did_not_make(secret: str) -> None:
    key = "oauth.client_secret_file"
    try:
        told = json.loads(secret) if secret else {"installed": {}}  # that none is named is told elsewhere
    except ValueError as error:
        raise _Wrong(key, "it is not the JSON file that Google gives; download it anew") from error
    if not isinstance(told, dict) or not (told.get("type") == "service_account" or "installed" in told):
        raise _Wrong(key, "it holds neither a service account's key nor a desktop application; see docs/oauth.md")


def _from_file(folder: Path, name: str, key: str) -> str:
    """What a secret's file holds, "" if none is named. Refuses one that everybody may read."""
    if not name:
        return ""
    path = folder / name
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise _Wrong(key, f"cannot read {path}: {error.strerror}") from error
    if mode & stat.S_IROTH:
        raise _Wrong(key, f"{path} can be read by everybody on this machine; run: chmod 600 {path}")
    return _read(path, key)


def _read(path: Path, key: str) -> str:
    """The first line's worth of a secret file: a line end at its end does not belong to the password."""
    try:
        password = text_of(path).rstrip("\n")
    except Unreadable as wrong:
        raise _Wrong(key, str(wrong)) from wrong
    if not password:
        raise _Wrong(key, f"{path} is empty")
    return password
