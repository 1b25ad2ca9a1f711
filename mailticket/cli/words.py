"""How a command is made: `--config` and `--json` before or after its words, and errors that say what to do."""

from __future__ import annotations

import errno
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click

from mailticket.cli.visible import visible
from mailticket.domain import near_names
from mailticket.domain.texts.counted import counted
from mailticket.errors import ConfigError, MailticketError, Temporary

#: EX_TEMPFAIL of sysexits.h: an MTA keeps the mail and tries again.
TRY_AGAIN = 75


@dataclass
class Asked:
    """What the options said, wherever among the words they stood."""

    config: Path | None = None
    as_json: bool = False


def _remember_config(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    asked = context.find_root().ensure_object(Asked)
    asked.config = value or asked.config


def _remember_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    asked = context.find_root().ensure_object(Asked)
    asked.as_json = value or asked.as_json


def _options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            expose_value=False,
            is_eager=True,
            callback=_remember_config,
            help="The config file.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_remember_json,
            help="Print JSON.",
        ),
    ]


class Whole(click.types.IntParamType):
    """A whole number from `least` on, up to `most`."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter."""
        written = str(value)
        is_number = re.fullmatch(r"[0-9]+", written)
        if is_number and self._most == _LARGEST and len(written) >= len(str(_LARGEST)) and int(written[:20]) > _LARGEST:
            self.fail(f"{written[:20]}{'...' if written[20:] else ''} is too large a number", param, ctx)
        if not is_number or len(written) > len(str(_LARGEST)) or not self._least <= int(written) <= self._most:
            upto = "" if self._most == _LARGEST else f" to {self._most}"
            self.fail(f'"{value}" is no whole number from {self._least}{upto or " on"}', param, ctx)
        return int(written)


#: No database takes a larger number.
_LARGEST = 2**63 - 1
#: The number of a row, and a number of things.
ROW = Whole(0, _LARGEST)
COUNT = Whole(1, _LARGEST)


class Name(click.Choice[str]):
    """One of some names; for another the nearest is told."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return f'there is no "{value}"{near_names.hint(str(value), self.choices)}'


class Word(click.Command):
    """A command that takes `--config` and `--json`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += _options()


class Words(click.Group):
    """A group of commands, which takes `--config` and `--json` as well."""

    command_class = Word

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += _options()

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The word that comes next; for one that there is not the nearest is told."""
        known = self.list_commands(context)
        if args[0] not in known:
            raise click.UsageError(f'there is no command "{args[0]}"{near_names.hint(args[0], known)}', context)
        return super().resolve_command(context, args)

    def list_commands(self, context: click.Context) -> list[str]:
        """In the order in which they are written down, which tells more than the alphabet."""
        return list(self.commands)


class Failed(click.ClickException):
    """An error of ours on its way to the screen: what happened and how to mend it, no traceback."""

    def __init__(self, error: MailticketError) -> None:
        super().__init__(error.what)
        self.error = error

    @classmethod
    def by(cls, error: MailticketError) -> Failed:
        """The failure with the exit code that fits: what may work later by itself is to be tried again."""
        return TryAgain(error) if isinstance(error, Temporary) else cls(error)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on stderr, one line for each thing to know."""
        out = file or sys.stderr
        if isinstance(self.error, ConfigError):
            count = len(self.error.mistakes)
            click.echo(f"mailticket: the config has {counted(count, 'mistake')}:", file=out)
            for line in self.error.mistakes:
                click.echo(f"  {visible(line)}", file=out)
            return
        click.echo(f"mailticket: {visible(self.error.what)}", file=out)
        if self.error.fix:
            click.echo(f"  {visible(self.error.fix)}", file=out)


class TryAgain(Failed):
    """A failure that may pass: whoever called is to call again."""

    exit_code = TRY_AGAIN


def as_ours(error: OSError) -> MailticketError:
    """The system's refusal in our words. A full disk may have room again; a missing right needs somebody."""
    what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE):
        return Temporary(what + ".", "Nothing was lost; make room and try again.")
    return MailticketError(what + ".", "Check the path and its owner, or run this as mailticket's user.")
