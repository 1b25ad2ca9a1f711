"""PURE: commands at the top of a CSR's mail: one table that parses them, explains them and says what is private."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mailticket.config.models import Config, Csr, Role, Service
from mailticket.domain.case import Status, Words
from mailticket.domain.intents import (
    AddNote,
    AskHelp,
    Assign,
    DropHeld,
    Escalate,
    Intent,
    ReleaseHeld,
    SetStatus,
    Take,
)
from mailticket.domain.people import Actor
from mailticket.triage.moments import parse_moment

#: "#" and a letter make a command line, whatever follows: what was meant as a private note must never go out as an
#: answer because somebody wrote "#note:". #4711 is text.
_LINE = re.compile(r"[#＃]([^\W\d_][\w-]*)[:;,.!]?(.*)")
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u00ad"
#: Why a case was resolved without an answer (PRODUCT.md section 5).
RESOLUTIONS = ("abuse", "test", "duplicate", "chat", "call", "other", "spam")


@dataclass(frozen=True, slots=True)
class Below:
    """What the text below a command is."""

    is_private: bool = False
    is_ignored: bool = False


ANSWER, PRIVATE, IGNORED = Below(), Below(is_private=True), Below(is_private=True, is_ignored=True)


class Unclear(ValueError):
    """The command cannot be carried out as it was written; `fix` tells what would do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command's argument is understood by."""

    by: Actor
    config: Config
    service: Service
    now: datetime


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `make(argument, text below, desk)` gives the intent or raises Unclear."""

    name: str
    usage: str
    below: Below
    help: str
    make: Callable[[str, Words, Desk], Intent]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line as it was written."""

    command: Command
    argument: str
    line: str

    @property
    def is_private(self) -> bool:
        """`#resolve internal` is the one whose privacy hangs on its argument."""
        is_internal = self.command.name == "resolve" and self.argument.lower().startswith("internal")
        return self.command.below.is_private or is_internal


@dataclass(frozen=True, slots=True)
class Parsed:
    """The command lines of a mail, what stands below them, and the first line that is no command of ours."""

    asked: tuple[Asked, ...]
    below: str
    unknown: str = ""

    @property
    def is_private(self) -> bool:
        """Mixed means private."""
        return any(one.is_private for one in self.asked)


def parse(text: str) -> Parsed:
    """Splits off the commands: lines at the very top that begin with # and a letter. `#4711` is text."""
    lines = text.split("\n")
    asked: list[Asked] = []
    position = 0
    for position, line in enumerate(lines):
        stripped = line.strip(_INVISIBLE + " \t\u00a0\u3000\r")
        if not stripped:
            continue
        match = _LINE.fullmatch(stripped)
        if not match:
            break
        command = COMMANDS.get(match[1].lower())
        if command is None:
            return Parsed(tuple(asked), "\n".join(lines[position:]), stripped)
        asked.append(Asked(command, " ".join(match[2].split()), stripped))
    else:
        position = len(lines)
    return Parsed(tuple(asked), "\n".join(lines[position:]).strip("\n") if asked else text)


def nearest(unknown: str) -> str:
    """The command that was probably meant, as "#note", or ""."""
    match = _LINE.fullmatch(unknown)
    found = difflib.get_close_matches(match[1].lower(), COMMANDS, n=1, cutoff=0.5) if match else []
    return f"#{found[0]}" if found else ""


def help_lines() -> tuple[tuple[str, str], ...]:
    """(usage, what it does) of every command, for `#help` and the documentation."""
    return tuple((one.usage, one.help) for one in COMMANDS.values())


def find_csr(name: str, config: Config) -> Csr | None:
    """The one CSR whom this means: address, full name, or an unambiguous part of either."""
    wanted = name.strip().strip("<>\"'").lower()
    if "@" in wanted:
        return config.csr_at(wanted)
    exact = [one for one in config.csr if one.name.lower() == wanted]
    parts = [one for one in config.csr if wanted in (*one.name.lower().split(), one.email.lower().partition("@")[0])]
    found = exact or parts
    return found[0] if wanted and len(found) == 1 else None


def find_role(name: str, config: Config) -> Role | None:
    return next((one for one in config.role if one.name.lower() == name.strip().lower()), None)


def _receiver(name: str, desk: Desk) -> tuple[str, str]:
    """(CSR key, role) for a name; exactly one of them is set."""
    csr, role = find_csr(name, desk.config), find_role(name, desk.config)
    if csr:
        return csr.key, ""
    if role:
        return "", role.name
    names = [*(one.name for one in desk.config.csr), *(one.name for one in desk.config.role)]
    words = {word: shown for shown in names for word in (shown.lower(), *shown.lower().split())}
    near = difflib.get_close_matches(name.lower(), words, n=1, cutoff=0.6)
    fix = f'Did you mean "{words[near[0]]}"?' if near else f"Known are: {', '.join(names)}."
    raise Unclear(f'Nobody here is called "{name}" for certain.', fix)


def _note(argument: str, below: Words, desk: Desk) -> Intent:
    """What stands on the line of the command is the note's beginning."""
    text = "\n".join(filter(None, (argument, below.text)))
    return AddNote(desk.by, replace(below, text=text) if argument else below)


def _assign(argument: str, below: Words, desk: Desk) -> Intent:
    if not argument:
        raise Unclear("#assign needs a name.", "Write for example: #assign Jane Doe")
    csr, role = _receiver(argument, desk)
    return Assign(desk.by, csr=csr, role=role, words=below)


def _escalate(argument: str, below: Words, desk: Desk) -> Intent:
    csr, role = _receiver(argument, desk) if argument else ("", desk.service.second_level)
    if not csr and not role:
        fix = "Name a CSR or a role: #escalate Jane Doe"
        raise Unclear(f"The service {desk.service.name} has no 2nd level to escalate to.", fix)
    return Escalate(desk.by, csr=csr, role=role, words=below)


def _take(argument: str, _below: Words, desk: Desk) -> Intent:
    role = find_role(argument, desk.config) if argument else None
    if argument and role is None:
        known = ", ".join(one.name for one in desk.config.role)
        raise Unclear(f'There is no role "{argument}".', f"Roles are: {known or 'none'}.")
    return Take(desk.by, role=role.name if role else "")


def _pending(argument: str, _below: Words, desk: Desk) -> Intent:
    if not argument:
        return SetStatus(desk.by, Status.PENDING)
    try:
        until = parse_moment(argument, desk.now, desk.config.mailticket.timezone)
    except ValueError as error:
        raise Unclear(
            f"#pending {argument}: {error}.", "Or write #pending alone, until the customer writes."
        ) from error
    return SetStatus(desk.by, Status.PENDING, until=until)


def _resolve(argument: str, _below: Words, desk: Desk) -> Intent:
    first, _, reason = argument.lower().partition(" ")
    if not argument:
        return SetStatus(desk.by, Status.RESOLVED)
    if first != "internal" or reason.strip() not in RESOLUTIONS:
        fix = f"Write #resolve, or #resolve internal with one of: {', '.join(RESOLUTIONS)}."
        raise Unclear(f"#resolve {argument} is not understood.", fix)
    status = Status.SPAM if reason.strip() == "spam" else Status.RESOLVED
    return SetStatus(desk.by, status, resolution=reason.strip())


def _send(argument: str, below: Words, desk: Desk) -> Intent:
    _refuse_argument("send", argument)
    return ReleaseHeld(desk.by, below)


def _plain(name: str, make: Callable[[Actor], Intent]) -> Callable[[str, Words, Desk], Intent]:
    def intent(argument: str, _below: Words, desk: Desk) -> Intent:
        _refuse_argument(name, argument)
        return make(desk.by)

    return intent


def _refuse_argument(name: str, argument: str) -> None:
    if argument:
        fix = f"Write #{name} on a line of its own and your text below it."
        raise Unclear(f'#{name} takes nothing on its line, but there stands "{argument[:60]}".', fix)


COMMANDS: dict[str, Command] = {
    one.name: one
    for one in (
        Command("note", "#note", PRIVATE, "keep the text as a private note", _note),
        Command(
            "assign", "#assign NAME", PRIVATE, "give the case to a CSR or a role; the text is a private note", _assign
        ),
        Command(
            "escalate",
            "#escalate [NAME]",
            PRIVATE,
            "hand it to the 2nd level or to NAME, with a private note",
            _escalate,
        ),
        Command("take", "#take [ROLE]", PRIVATE, "the case becomes yours", _take),
        Command(
            "pending",
            "#pending [3d|friday|2026-12-01]",
            ANSWER,
            "wait until then, or until the customer writes",
            _pending,
        ),
        Command("resolve", "#resolve", ANSWER, "resolved, with the text as a last answer if there is one", _resolve),
        Command(
            "close",
            "#close",
            ANSWER,
            "closed for good, with a last answer",
            _plain("close", lambda by: SetStatus(by, Status.CLOSED)),
        ),
        Command(
            "reopen",
            "#reopen",
            ANSWER,
            "open it again",
            _plain("reopen", lambda by: SetStatus(by, Status.REOPENED)),
        ),
        Command("send", "#send", ANSWER, "send the answer that is held, or the new text", _send),
        Command("drop", "#drop", IGNORED, "discard the answer that is held", _plain("drop", DropHeld)),
        Command("help", "#help", IGNORED, "mail me this list", _plain("help", lambda by: AskHelp(by, help_lines()))),
    )
}
