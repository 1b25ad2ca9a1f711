"""PURE: commands at the top of a CSR's mail: one table that parses them, explains them and says what is private."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailticket.domain import case_id, near_names
from mailticket.domain.case import Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.command_lines import SIGNS, name_and_argument, shown
from mailticket.domain.intents import AskHelp, AskWhy, DropHeld
from mailticket.triage.commands import wishes
from mailticket.triage.commands.wishes import Make, plain


class Below(StrEnum):
    """What the text below a command is."""

    ANSWER = "the answer"
    PRIVATE = "private"
    INQUIRY = "the customer's inquiry"
    IGNORED = "ignored"


class Who(StrEnum):
    """Who may give a command. A customer's "#close" is text."""

    ON_CASE = "a CSR, on a case"
    ANYWHERE = "a CSR, with or without a case"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `make(argument, text below, desk)` gives the wish or raises Unclear."""

    name: str
    usage: str
    below: Below
    help: str
    make: Make
    who: Who = Who.ON_CASE


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line as it was written."""

    command: Command
    argument: str
    line: str

    @property
    def is_private(self) -> bool:
        """`#resolve internal` is the one whose privacy hangs on its argument. What is ignored goes to nobody."""
        is_internal = self.command.name == "resolve" and self.argument.lower().startswith("internal")
        return self.command.below in (Below.PRIVATE, Below.IGNORED) or is_internal


@dataclass(frozen=True, slots=True)
class Parsed:
    """The command lines of a mail, what stands below them, and the first line that is no command of ours or one too
    many.

    `is_aside`: the text is private whatever the commands say, for it stands beside them (a mail link, a forward).
    """

    asked: tuple[Asked, ...]
    below: str
    unknown: str = ""
    is_aside: bool = False

    @property
    def are_too_many(self) -> bool:
        return bool(self.unknown) and len(self.asked) >= MOST_COMMANDS

    @property
    def is_private(self) -> bool:
        """Mixed means private."""
        return self.is_aside or any(one.is_private for one in self.asked)

    @property
    def is_possible_anywhere(self) -> bool:
        return bool(self.asked) and all(one.command.who is Who.ANYWHERE for one in self.asked)

    def named(self, name: str) -> Asked | None:
        """The first command of this name."""
        return next((one for one in self.asked if one.command.name == name), None)


#: Commands of one mail: more are refused, and nothing is done. Anybody's mail is read for the cases that it names.
MOST_COMMANDS = 100


def parse(text: str) -> Parsed:
    """Splits off the commands: lines at the very top that begin with # and a letter. `#4711` is text."""
    lines = text.split("\n")
    asked: list[Asked] = []
    position = 0
    for position, line in enumerate(lines):
        stripped = shown(line)
        if not stripped:
            continue
        named = name_and_argument(line)
        if named is None:
            break
        command = COMMANDS.get(named[0])
        if command is None or len(asked) == MOST_COMMANDS:
            return Parsed(tuple(asked), "\n".join(lines[position:]), stripped)
        asked.append(Asked(command, named[1], stripped))
    else:
        position = len(lines)
    return Parsed(tuple(asked), "\n".join(lines[position:]).strip("\n") if asked else text)


def nearest(unknown: str) -> str:
    """The command that was probably meant, as "#note", or ""."""
    named = name_and_argument(unknown)
    meant = near_names.nearest(named[0], COMMANDS, likeness=0.5) if named else ""
    return f"#{meant}" if meant else ""


def help_lines() -> tuple[tuple[str, str], ...]:
    """(usage, what it does) of every command, for `#help` and the letters."""
    return tuple((one.usage, one.help) for one in COMMANDS.values())


def cases_named(text: str) -> list[str]:
    """The case IDs that the commands of a mail name: what must be known to carry them out."""
    if not any(sign in text for sign in SIGNS):  # as in most mails
        return []
    words = [(one.command.name, one.argument.split()) for one in parse(text).asked]
    written = [said[0] for name, said in words if name == "merge" and said]
    written += [said[-1].lstrip("-") for name, said in words if name == "link" and said]
    written += [said[-1] for name, said in words if name == "resolve" and "duplicate" in said]
    return [found for one in written if (found := case_id.parse(one))]


#: In the order in which `#help` lists them.
_TABLE = (
    Command("note", "#note", Below.PRIVATE, "keep the text as a private note", wishes.note),
    Command("assign", "#assign NAME", Below.PRIVATE, "give the case to a CSR or a role", wishes.assign),
    Command(
        "escalate", "#escalate [ROLE|NAME]", Below.PRIVATE, "hand it to the 2nd level, or to NAME", wishes.escalate
    ),
    Command("take", "#take [ROLE]", Below.PRIVATE, "the case becomes yours", wishes.take),
    Command("spam", "#spam", Below.PRIVATE, "it is spam: into the spam box", wishes.spam),
    Command(
        "blacklist",
        "#blacklist [subject]",
        Below.PRIVATE,
        "reject further mail of this customer, or only mail with this subject",
        wishes.blacklist,
    ),
    Command(
        "merge", "#merge ID [yes]", Below.PRIVATE, "make it part of case ID; yes, if another customer's", wishes.merge
    ),
    Command(
        "split",
        "#split [NUMBERS]",
        Below.PRIVATE,
        "make entries (by their numbers) a case of their own; without a number, the customer's newest mail",
        wishes.split,
    ),
    Command(
        "resolve",
        "#resolve [internal REASON]",
        Below.ANSWER,
        "resolved, with the text as a last answer; internal: without one, the text is private",
        wishes.resolve,
    ),
    Command(
        "close", "#close", Below.ANSWER, "closed for good", plain("close", lambda by: SetStatus(by, Status.CLOSED))
    ),
    Command(
        "reopen",
        "#reopen",
        Below.ANSWER,
        "open it again: ended, put off, escalated to you, or no spam after all",
        wishes.reopen,
    ),
    Command(
        "pending",
        "#pending [3d|friday|2026-12-01]",
        Below.ANSWER,
        "wait until then, or until the customer writes",
        wishes.pending,
    ),
    Command("priority", "#priority low|normal|high|urgent", Below.ANSWER, "how soon it matters", wishes.priority),
    Command("due", "#due WHEN|none", Below.ANSWER, "when it must be done", wishes.due),
    Command("tag", "#tag T, -T", Below.ANSWER, "put tags on it, or (with a minus) take them away", wishes.tag),
    Command("link", "#link [-]ID", Below.ANSWER, "it has to do with case ID; with a minus no longer", wishes.link),
    Command(
        "watch",
        "#watch [-][ADDRESS|ROLE] [all|customer|answers|notes]",
        Below.ANSWER,
        "copies of what is new go there, or to you: all, or only what you name; with a minus no more",
        wishes.watch,
    ),
    Command(
        "template", "#template NAME", Below.ANSWER, "answer with a ready text, and yours below it", wishes.template
    ),
    Command("time", "#time 1h30m", Below.ANSWER, "add time that you worked; with a minus take some back", wishes.time),
    Command(
        "set",
        "#set FIELD=VALUE",
        Below.ANSWER,
        "fill in a custom field, or set type or language",
        wishes.set_field,
    ),
    Command("preview", "#preview", Below.ANSWER, "mail me the finished letter before it goes out", wishes.preview),
    Command("send", "#send", Below.ANSWER, "send the answer that is held, or the new text", wishes.send),
    Command("drop", "#drop", Below.IGNORED, "discard the answer that is held", plain("drop", DropHeld)),
    Command("greeting", "#greeting off", Below.ANSWER, "this answer goes without the greeting line", wishes.greeting),
    Command("why", "#why", Below.IGNORED, "mail me what happened on this case, and why", plain("why", AskWhy)),
    Command(
        "help",
        "#help",
        Below.IGNORED,
        "mail me this list",
        plain("help", lambda by: AskHelp(by, help_lines())),
        Who.ANYWHERE,
    ),
    Command(
        "customer",
        "#customer ADDRESS",
        Below.INQUIRY,
        "open a case in this customer's name",
        wishes.customer,
        Who.ANYWHERE,
    ),
)

COMMANDS: dict[str, Command] = {one.name: one for one in _TABLE}
