"""How a command acts: who does, the office that carries it out, and what came of it, told in words or JSON."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailticket.cli import show
from mailticket.cli.opened import Opened, admin, csr_named, opened
from mailticket.cli.visible import visible
from mailticket.cli.words import Asked
from mailticket.domain import case_id
from mailticket.domain.case import Case, EntryKind, StoredFile, Words
from mailticket.domain.decision import (
    AddEntry,
    ChangeEntry,
    Decision,
    DeleteCase,
    JoinCase,
    OpenCase,
    Settle,
)
from mailticket.domain.intents import Intent
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Permanent, Refused

if TYPE_CHECKING:
    from mailticket.config.models import Service
    from mailticket.desk.office import Office
    from mailticket.triage.commands.arguments import Desk

_BY_A_HUMAN = "typed on the command line"
_MOST_FILES = 100


#: The option --as, by which an admin acts in the name of a CSR.
as_csr = click.option(
    "--as",
    "csr",
    metavar="CSR",
    default="",
    help="In whose name: a CSR's address or name. The case keeps that you typed it.",
)


def text_of(written: str) -> str:
    """What was typed as TEXT; "-" reads it from stdin."""
    text = sys.stdin.read() if written == "-" else written
    return text.strip("\n")


@dataclass(frozen=True, slots=True)
class Acting:
    """A desk on which somebody acts. `by` is who."""

    desk: Opened
    office: Office
    by: Actor

    def arguments(self, case: Case | None, service: Service | None = None) -> Desk:
        """What names, moments and fields are understood by, as in a CSR's commands. Raises Permanent."""
        from mailticket.triage.commands.arguments import Desk

        config = self.desk.config
        found = service or (config.service_named(case.service) if case else None)
        if found is None:
            name = case.service if case else ""
            raise Permanent(f"The config has no service {name}.", "Add it again, or name another.")
        return Desk(self.by, config, found, datetime.now(UTC), case)

    def do(self, case: str, *intents: Intent) -> Decision:
        """Carried out as by every other door. Raises Refused, with nothing done."""
        from mailticket.desk.answer import carry_out

        decision = carry_out(self.office, intents, case, f"cli:{secrets.token_hex(8)}")
        self.wake()
        return decision

    def wake(self) -> None:
        """The daemons of other machines look at once; one on this machine's SQLite looks every second."""
        for verb in ("deliver", "assign"):
            self.desk.store.notify(verb)


@contextmanager
def acting(asked: Asked, csr: str = "") -> Iterator[Acting]:
    """The desk of --config, with everything that letters are written by."""
    from mailticket import settings
    from mailticket.children.pool import Parsers
    from mailticket.desk.office import Office
    from mailticket.store import blacklist, people
    from mailticket.store.privacy import key_file

    with opened(asked) as desk, Parsers(1) as parsers:
        config = desk.config
        by = _actor(desk, csr)
        book = settings.templates_of(config, settings.find(asked.config).parent)
        keys = key_file.read_or_make(Path(config.mailticket.data))
        with desk.store.transaction():  # the daemon may not have started with this config yet
            people.project(config, datetime.now(UTC))
            blacklist.project(config)
        office = Office(config, book, keys, desk.store, parsers, f"cli:{secrets.token_hex(4)}")
        with understood():
            yield Acting(desk, office, by)


@contextmanager
def understood() -> Iterator[None]:
    """What a CSR would be told by receipt is said on the screen."""
    from mailticket.triage.commands.arguments import Unclear

    try:
        yield
    except Unclear as unclear:
        raise Permanent(_for_the_shell(unclear.what), _for_the_shell(unclear.fix)) from unclear
    except Refused as refused:
        raise Permanent(_for_the_shell(refused.what), _for_the_shell(refused.fix)) from refused


#: What receipts say to somebody who writes mail, and its twin for somebody who types commands.
_TWINS = (
    ("Put #reopen on the first line to open it again.", "`mailticket case status CASE reopened` opens it again."),
    (
        "Put #reopen on the first line to restore it from the spam box.",
        "`mailticket case status CASE restored` takes it out of the spam box.",
    ),
    (
        "in the same mail, or #resolve internal REASON.",
        "with `mailticket case change CASE --field`, or name a --reason.",
    ),
    ("If that is right: #merge", "If that is right, say --yes: mailticket case merge CASE"),
    ("To answer, reply without #send.", "To answer: mailticket case reply CASE TEXT"),
    ("Type it below #note.", 'Give it as TEXT, or "-" and type it on stdin.'),
    ("Put it in a #note.", "Keep it with `mailticket case note`."),
    ("#note it here.", "keep it here with `mailticket case note`."),
    ("#pending ", "--until "),
    ("Fill in what is missing (#set NAME=VALUE)", "Fill in what is missing (`mailticket case change --field`)"),
)
#: A command of a mail whose name an option has here.
_OPTION = re.compile(r"#(due|priority|type|language|tag|time|watch|cc|field|template)\b")


def _for_the_shell(text: str) -> str:
    for by_mail, here in _TWINS:
        text = text.replace(by_mail, here)
    return _OPTION.sub(r"--\1", text).replace("Or write --due none.", "Or say --due none.")


def _actor(desk: Opened, csr: str) -> Actor:
    """The CSR of --as, or the admin themselves. Either way it is known who typed."""
    typing = admin()
    if not csr:
        return typing
    found = csr_named(desk, csr)
    door = f"{Door.CLI}, {typing.address.name}"
    return Actor(ActorKind.CSR, found.address, _BY_A_HUMAN, found.key, sees_outcome=True, door=door)


def id_of(written: str) -> str:
    """A case ID as it was typed, in its one form. Raises Permanent."""
    known = case_id.parse(written)
    if known is None:
        raise Permanent(f"{written} is not a case ID.", "Is a letter mistyped? `mailticket case list` has them all.")
    return known


def words_of(text: str, files: Sequence[Path]) -> Words:
    """The text and the files, the files durable before any row names them."""
    if len(files) > _MOST_FILES:
        raise Permanent(f"At most {_MOST_FILES} files go at once.", "Pack them into one.")
    return Words(text, "", text, "whole", tuple(_stored(one) for one in files))


def _stored(path: Path) -> StoredFile:
    import mimetypes

    from mailticket.store.files import blobs

    with path.open("rb") as stream, blobs.Writer() as writer:
        while chunk := stream.read(1 << 20):
            writer.write(chunk)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StoredFile(path.name, kind, writer.size, writer.sha256)


def outcome(decision: Decision) -> str:
    return next(one.outcome for one in decision.actions if isinstance(one, Settle))


def tell(asked: Asked, case: str, decision: Decision) -> None:
    """What was done, a line each; as JSON the case with its outcome. An answer that is held makes the exit code 1."""
    done = list(dict.fromkeys(_told(decision)))
    became = decision.case.id if decision.case else case
    held = next((one.entry for one in _entries(decision) if one.entry.held), None)
    if asked.as_json:
        told = {"id": became, "outcome": outcome(decision), "done": done, "held": held.held if held else ""}
        click.echo(show.as_json(told))
    else:
        for line in done or ["It was so already."]:
            click.echo(visible(f"{became}  {line}"))
    if held is not None:
        click.echo(f"mailticket: Held, not sent: {visible(held.held)}.", err=True)
        click.echo("  The CSR has the finished letter by mail. `mailticket case reply CASE --send` sends it.", err=True)
        raise click.exceptions.Exit(1)


def _entries(decision: Decision) -> list[AddEntry]:
    return [one for one in decision.actions if isinstance(one, AddEntry)]


def _told(decision: Decision) -> Iterator[str]:
    """The events in their own words, and the reasons of what has none."""
    for one in decision.actions:
        if isinstance(one, AddEntry):
            is_event = one.entry.kind is EntryKind.EVENT
            yield _sentence(one.entry.words.text if is_event else one.reason)
        elif isinstance(one, OpenCase | JoinCase | DeleteCase):
            yield _sentence(one.reason)
        elif isinstance(one, ChangeEntry) and "held" in one.changes:
            yield _sentence(f"the answer that was held or waited: {one.changes['held']}")


def _sentence(text: str) -> str:
    """A mail address stays as it is written."""
    first = text.split("\n", 1)[0]
    start = first[:1] if "@" in first.partition(" ")[0] else first[:1].upper()
    return f"{start}{first[1:].rstrip('.')}." if first else ""
