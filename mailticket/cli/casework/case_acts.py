"""`mailticket case new|reply|note|assign|status|...`: what a CSR does by mail, typed. The same wishes, the same law."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from mailticket.cli.acting import Acting, acting, as_csr, id_of, tell, text_of, words_of
from mailticket.cli.words import ROW, Asked, Word
from mailticket.domain import resolution
from mailticket.domain.case import Case, Status, Words
from mailticket.domain.case_intents import Assign, Delete, Escalate, Merge, Restore, SetStatus, Split
from mailticket.domain.intents import AddNote, Answer, DropHeld, Intent, ReleaseHeld
from mailticket.errors import Permanent

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILE_HELP = "A file to go with it; may be given several times."
#: What `case status` takes: the statuses that can be set by hand, and the way out of the spam box.
STATUSES = ("opened", "pending", "resolved", "closed", "reopened", "spam", "restored")
case_argument = click.argument("case", metavar="CASE")


def loaded(written: str) -> Case:
    """The case, or the one that it was merged into. Raises Permanent."""
    from mailticket.store import cases

    known = id_of(written)
    found = cases.standing([known]).get(known)
    if found is None:
        raise Permanent(f"There is no case {known}.", "`mailticket case list` has them all.")
    return found


@click.command("reply", cls=Word)
@case_argument
@click.argument("text", default="")
@click.option("--file", "files", type=_FILE, multiple=True, metavar="FILE", help=_FILE_HELP)
@click.option("--send", "is_send", is_flag=True, help="Send the answer that is held, or TEXT in its place.")
@click.option("--drop", "is_drop", is_flag=True, help="Discard the answer that is held or that waits to go out.")
@click.option("--preview", "is_preview", is_flag=True, help="Hold it; the CSR gets the finished letter by mail first.")
@click.option("--template", metavar="NAME", default="", help="A ready answer, with TEXT below it if there is any.")
@as_csr
@click.pass_obj
def reply(
    asked: Asked, /, case: str, text: str, files: Sequence[Path], csr: str, template: str, **manner: bool
) -> None:
    """Answer the customer as the CSR of --as.

    TEXT is the answer; "-" reads it from stdin. It is checked and held as by mail.
    """
    from mailticket.triage.commands import ready_answer
    from mailticket.triage.commands.ready_answer import ReadyAnswer

    if not csr:
        raise click.UsageError("Say --as CSR: whose answer is it?")
    if sum(manner.values()) > 1:
        raise click.UsageError("Only one of --send, --drop and --preview at a time.")
    if template and manner["is_drop"]:
        raise click.UsageError("--drop discards an answer; it takes no --template.")
    with acting(asked, csr) as act:
        found = loaded(case)
        ready = ready_answer.filled_in(template, act.arguments(found)) if template else ReadyAnswer("")
        words = words_of("\n\n".join(filter(None, (ready.text, text_of(text)))), files)
        tell(asked, case, act.do(found.id, _reply(act, words, ready.subject, **manner)))


def _reply(act: Acting, words: Words, subject: str, *, is_send: bool, is_drop: bool, is_preview: bool) -> Intent:
    if is_send:
        return ReleaseHeld(act.by, words, subject=subject)
    return DropHeld(act.by) if is_drop else Answer(act.by, words, is_preview=is_preview, subject=subject)


@click.command("note", cls=Word)
@case_argument
@click.argument("text")
@click.option("--file", "files", type=_FILE, multiple=True, metavar="FILE", help=_FILE_HELP)
@as_csr
@click.pass_obj
def note(asked: Asked, case: str, text: str, files: Sequence[Path], csr: str) -> None:
    """Keep TEXT as a private note.

    "-" reads it from stdin.
    """
    with acting(asked, csr) as act:
        tell(asked, case, act.do(loaded(case).id, AddNote(act.by, words_of(text_of(text), files))))


@click.command("assign", cls=Word)
@case_argument
@click.argument("name", default="")
@click.option("--escalate", "is_escalated", is_flag=True, help="Escalate it; without NAME to the 2nd level.")
@click.option("--note", "text", default="", metavar="TEXT", help='A private text for whoever gets it; "-" for stdin.')
@as_csr
@click.pass_obj
def assign(asked: Asked, case: str, name: str, csr: str, is_escalated: bool, text: str) -> None:
    """Give the case to NAME, a CSR or a role."""
    from mailticket.triage.commands import arguments

    if not name and not is_escalated:
        raise click.UsageError("Name a CSR or a role.")
    with acting(asked, csr) as act:
        found = loaded(case)
        desk = act.arguments(found)
        to, role = arguments.receiver(name, desk) if name else ("", desk.service.second_level)
        if not to and not role:
            raise Permanent(f"The service {desk.service.name} has no second_level.", "Name a CSR or a role.")
        make = Escalate if is_escalated else Assign
        tell(asked, case, act.do(found.id, make(act.by, csr=to, role=role, words=Words(text_of(text)))))


@click.command("status", cls=Word)
@case_argument
@click.argument("status", metavar="STATUS")
@click.option("--until", default="", metavar="WHEN", help='Until when it is pending: "3d", "friday", "2026-12-01".')
@click.option("--reason", default="", metavar="REASON", help=f"Resolved internally: {', '.join(resolution.KINDS)}.")
@as_csr
@click.pass_obj
def status(asked: Asked, case: str, status: str, until: str, reason: str, csr: str) -> None:
    """Set the status, or restore from the spam box.

    STATUS is opened, pending, resolved, closed, reopened or spam; "restored" takes a case out of the spam box.
    --reason "duplicate CASE" names the other case.
    """
    with acting(asked, csr) as act:
        found = loaded(case)
        tell(asked, case, act.do(found.id, _status(act, found, status.lower(), until, reason.lower())))


def _status(act: Acting, case: Case, wanted: str, until: str, reason: str) -> Intent:
    from mailticket.triage.commands import arguments
    from mailticket.triage.commands.arguments import nearest

    if wanted not in STATUSES:
        fix = nearest(wanted, STATUSES, f"Possible are: {', '.join(STATUSES)}. --escalate belongs to `case assign`.")
        raise click.BadParameter(f'there is no status "{wanted}". {fix}', param_hint="STATUS")
    if wanted == "restored":
        return Restore(act.by)
    if until and wanted != "pending":
        raise click.UsageError("--until goes with pending.")
    if reason and wanted not in ("resolved", "spam"):
        raise click.UsageError("--reason goes with resolved.")
    moment = arguments.moment("pending", until, act.arguments(case), "Leave --until out.") if until else None
    becomes, why = Status(wanted), _resolution(reason)
    if becomes is Status.SPAM or why == "spam":
        becomes, why = Status.SPAM, "spam"
    return SetStatus(act.by, becomes, until=moment, resolution=why)


def _resolution(reason: str) -> str:
    """The reason in the words that the case keeps. Raises BadParameter."""
    from mailticket.triage.commands.arguments import nearest

    kind, _, of = reason.partition(" ")
    if reason and kind not in resolution.KINDS:
        fix = nearest(kind, resolution.KINDS, f"There are: {', '.join(resolution.KINDS)}.")
        raise click.BadParameter(f'there is no reason "{kind}". {fix}', param_hint="--reason")
    if of and kind != "duplicate":
        raise click.BadParameter("only a duplicate names a case.", param_hint="--reason")
    return resolution.duplicate_of(id_of(of.removeprefix("of "))) if of else kind


@click.command("merge", cls=Word)
@case_argument
@click.argument("into", metavar="INTO")
@click.option("--yes", is_flag=True, help="Even if INTO is another customer's case.")
@as_csr
@click.pass_obj
def merge(asked: Asked, case: str, into: str, yes: bool, csr: str) -> None:
    """Make CASE part of INTO.

    Both histories stand in order of time, and replies to CASE go to INTO.
    """
    with acting(asked, csr) as act:
        tell(asked, case, act.do(loaded(case).id, Merge(act.by, id_of(into), is_confirmed=yes)))


@click.command("split", cls=Word)
@case_argument
@click.argument("entries", type=ROW, nargs=-1, required=True, metavar="ENTRY...")
@click.option("--subject", default="", help="The subject of the new case; else that of the first entry.")
@as_csr
@click.pass_obj
def split(asked: Asked, case: str, entries: Sequence[int], subject: str, csr: str) -> None:
    """Make entries a case of their own.

    ENTRY is the number of one; the new case is linked to this one.
    """
    with acting(asked, csr) as act:
        tell(asked, case, act.do(loaded(case).id, Split(act.by, tuple(entries), subject.strip())))


@click.command("delete", cls=Word)
@case_argument
@click.option("--yes", is_flag=True, help="Without being asked.")
@as_csr
@click.pass_obj
def delete(asked: Asked, case: str, yes: bool, csr: str) -> None:
    """Delete a case of the spam box for good."""
    with acting(asked, csr) as act:
        found = loaded(case)
        if not yes and found.status is Status.SPAM:
            click.confirm(f"Delete case {found.id} ({found.subject}) for good?", abort=True, err=True)
        tell(asked, found.id, act.do(found.id, Delete(act.by)))
