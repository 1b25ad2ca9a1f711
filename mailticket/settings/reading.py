"""I/O: find the config file and read it into a Config, or say every mistake in it at once."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mailticket.config.fits import misfits
from mailticket.config.models import Config
from mailticket.errors import ConfigError, Permanent
from mailticket.law.rules.rule_mistakes import rule_mistakes
from mailticket.settings.answers import with_answer_files
from mailticket.settings.mistakes import SECRET_WORDS, Loc, loc_of_misfit, sentence, where
from mailticket.settings.passwords import Mistake, Places, filled_in, with_variables
from mailticket.settings.text_files import Unreadable, text_of

VARIABLE = "MAILTICKET_CONFIG"
SYSTEM_WIDE = Path("/etc/mailticket/config.toml")

#: What stands in for a missing value, so that the rest of the file can be looked at as well.
_STAND_INS: Mapping[str, Any] = {
    "host": "missing.invalid",
    "username": "missing",
    "imap": {"host": "missing.invalid", "username": "missing"},
    "smtp": {"host": "missing.invalid"},
    "members": (),
    "on": "case.created",
    "then": (),
}
_TOML_PLACE = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)")


def find(option: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The config file: --config, $MAILTICKET_CONFIG, ./config.toml, /etc/mailticket/config.toml; the first there is.

    Raises Permanent if there is none, or the named one does not exist.
    """
    named = (os.environ if environ is None else environ).get(VARIABLE, "")
    chosen = option or (Path(named) if named else None)
    if chosen:
        if not chosen.is_file():
            what = f"{chosen} is no config file" if chosen.exists() else f"There is no config file {chosen}"
            by = "--config" if option else f"${VARIABLE}"
            raise Permanent(f"{what}; {by} names it.", "`mailticket init ADDRESS` writes a new one.")
        return chosen.absolute()
    for path in (Path("config.toml"), SYSTEM_WIDE):
        if path.is_file():
            return path.absolute()
    raise Permanent(
        f"There is no config file: neither ./config.toml nor {SYSTEM_WIDE}, and ${VARIABLE} is not set.",
        "`mailticket init ADDRESS` writes one; if there is one elsewhere, name it with --config.",
    )


def load(
    path: Path,
    *,
    credentials: Path | None = None,
    environ: Mapping[str, str] | None = None,
    with_passwords: bool = True,
) -> Config:
    """The Config in a file: paths absolute, passwords filled in, `${NAME}` replaced. Raises ConfigError.

    `environ` defaults to the process's, `credentials` to systemd's $CREDENTIALS_DIRECTORY in it. Commands that talk
    to no mail server go without passwords: who may list cases need not be able to read the mailbox's password.
    """
    path = path.absolute()
    places = _places(path, credentials, environ)
    raw = _read(path)
    config, mistakes = _validated(raw)
    if config:
        later = [loc_of_misfit(line) for line in misfits(config)]
        later += rule_mistakes(config)
        config, wrong = _with_variables_and_paths(config, path.parent, places.environ)
        later += wrong
        config, wrong = with_answer_files(config)
        later += wrong
        if with_passwords:
            config, wrong = filled_in(config, places)
            later += wrong
        mistakes += [one for one in later if not _follows_from(one[0], mistakes)]
    if mistakes or not config:
        raise ConfigError([f"{where(loc, raw)}: {what}" for loc, what in mistakes])
    return config


def load_with_what_is_there(path: Path) -> tuple[Config, list[str]]:
    """As `load`, but a password that is missing hides no other service: its mistake is given, not raised."""
    path = path.absolute()
    config = load(path, with_passwords=False)
    config, mistakes = filled_in(config, _places(path, None, None))
    raw = _read(path)
    return config, [f"{where(loc, raw)}: {what}" for loc, what in mistakes]


def _places(path: Path, credentials: Path | None, environ: Mapping[str, str] | None) -> Places:
    environ = os.environ if environ is None else environ
    named = environ.get("CREDENTIALS_DIRECTORY", "")
    return Places(path.parent, credentials or (Path(named) if named else None), environ)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = text_of(path)
    except Unreadable as wrong:
        raise ConfigError([str(wrong)]) from wrong
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path, text, str(error))]) from error


def _syntax(path: Path, text: str, message: str) -> str:
    """Where the TOML breaks, with the line as it stands; what may be a secret in it is left out."""
    match = _TOML_PLACE.fullmatch(message)
    if not match:
        return f"{path}: {message}"
    number = int(match["line"])
    shown = _without_secret((text.splitlines() or [""])[min(number, len(text.splitlines())) - 1].strip())
    return f"{path}, line {number}, column {match['column']}: {match['what']}" + (
        f"; the line is: {shown}" if shown else ""
    )


def _without_secret(line: str) -> str:
    """The line up to the name of a secret; nothing of a line that may be the middle of a longer text."""
    if "=" not in line and not line.startswith("["):
        return ""
    secret = SECRET_WORDS.search(line)
    return f"{line[: secret.start()]}{secret[0]}... (a secret, not shown)" if secret else line


def _validated(raw: dict[str, Any]) -> tuple[Config | None, list[Mistake]]:
    """The config and its mistakes. With mistakes it is a mended one, good only for finding further ones."""
    try:
        return Config.model_validate(raw), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    mistakes: list[Mistake] = [(one["loc"], sentence(one)) for one in details]
    try:
        return Config.model_validate(_mended(raw, [one["loc"] for one in details])), mistakes
    except ValidationError:
        return None, mistakes


def _mended(raw: dict[str, Any], locs: list[Loc]) -> dict[str, Any]:
    """A copy without the wrong values; what is required gets a stand-in."""
    mended = copy.deepcopy(raw)
    for loc in sorted(locs, key=lambda loc: [str(part).zfill(9) for part in loc], reverse=True):
        *table, key = (part for part in loc if part != "[key]")
        holder: Any = mended
        for part in table:
            holder = holder[part]
        if isinstance(holder, list) and isinstance(key, int):
            del holder[key]
        elif isinstance(holder, dict):
            holder.pop(key, None)
            if key in _STAND_INS:
                holder[key] = _STAND_INS[str(key)]
            elif (*table[:1], key) == ("csr", "name"):  # other names are pointed at: none of them may be invented
                holder[key] = "missing"
    return mended


def _with_variables_and_paths(config: Config, folder: Path, environ: Mapping[str, str]) -> tuple[Config, list[Mistake]]:
    """Paths relative to the config file made absolute; `${NAME}` replaced in the values that may hold a secret."""
    desk = config.mailticket
    update = {key: str(folder / getattr(desk, key)) for key in ("data", "templates", "answers")}
    mistakes: list[Mistake] = []
    for key in ("database", "alarm_webhook"):
        update[key], missing = with_variables(getattr(desk, key), environ)
        mistakes += [(("mailticket", key), f"the environment has no {name}") for name in missing]
    return config.model_copy(update={"mailticket": desk.model_copy(update=update)}), mistakes


def _follows_from(loc: Loc, mistakes: list[Mistake]) -> bool:
    """Is this only the shadow of a mistake above or below it?"""
    return any(_is_above(loc, other) or _is_above(other, loc) for other, _what in mistakes)


def _is_above(upper: Loc, lower: Loc) -> bool:
    return lower[: len(upper)] == upper
