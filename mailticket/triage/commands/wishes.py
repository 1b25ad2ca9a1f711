"""PURE: what each command asks for: from its argument and the text below it to an intent. Raises Unclear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mailticket.domain import case_id, resolution
from mailticket.domain.case import Priority, Status, Watching, Words
from mailticket.domain.case_intents import (
    AddTime,
    Assign,
    Escalate,
    LinkCases,
    Merge,
    Restore,
    SetDue,
    SetField,
    SetLanguage,
    SetPriority,
    SetStatus,
    SetTags,
    SetType,
    Split,
    Take,
    Watch,
)
from mailticket.domain.intents import AddNote, AddToBlacklist, Inquire, Intent, ReleaseHeld
from mailticket.domain.people import Actor
from mailticket.triage.commands import arguments, ready_answer
from mailticket.triage.commands.arguments import Desk, Unclear, nearest
from mailticket.triage.commands.ready_answer import ReadyAnswer
from mailticket.triage.subject import plain_subject

_LONGEST_TAG = 60
#: Digits of an entry's number.
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Manner:
    """No wish of its own, but how the answer is to go out: held for a look, without greeting, with a ready text."""

    is_preview: bool = False
    greeting: bool = True
    ready: ReadyAnswer | None = None


Wish = Intent | Manner
#: (argument, the text below, the desk) to what is asked.
Make = Callable[[str, Words, Desk], Wish]


def note(argument: str, below: Words, desk: Desk) -> Wish:
    """What stands on the line of the command is the note's beginning."""
    text = "\n".join(filter(None, (argument, below.text)))
    return AddNote(desk.by, replace(below, text=text) if argument else below, desk.message_id)


def assign(argument: str, below: Words, desk: Desk) -> Wish:
    if not argument:
        raise Unclear("#assign needs a name.", "Write for example: #assign Jane Doe")
    csr, role = arguments.receiver(argument, desk)
    return Assign(desk.by, csr=csr, role=role, words=below)


def escalate(argument: str, below: Words, desk: Desk) -> Wish:
    csr, role = arguments.receiver(argument, desk) if argument else ("", desk.service.second_level)
    if not csr and not role:
        fix = "Name a CSR or a role: #escalate Jane Doe"
        raise Unclear(f"The service {desk.service.name} has no 2nd level to escalate to.", fix)
    return Escalate(desk.by, csr=csr, role=role, words=below)


def take(argument: str, _below: Words, desk: Desk) -> Wish:
    role = arguments.find_role(argument, desk.config) if argument else None
    if argument and role is None:
        known = ", ".join(one.name for one in desk.config.role)
        raise Unclear(f'There is no role "{argument}".', f"Roles are: {known or 'none'}.")
    return Take(desk.by, role=role.name if role else "")


def spam(argument: str, _below: Words, desk: Desk) -> Wish:
    refuse_argument("spam", argument)
    return SetStatus(desk.by, Status.SPAM, resolution="spam")


def blacklist(argument: str, _below: Words, desk: Desk) -> Wish:
    """The customer's address; with "subject", only mail of theirs with the subject of this case."""
    if argument.lower() not in ("", "subject"):
        raise Unclear(f'#blacklist takes nothing or "subject", not "{argument[:60]}".', "Write #blacklist subject")
    case = desk.case
    if case is None:
        raise Unclear("#blacklist needs a case.", "Reply to the mail about the case.")
    return AddToBlacklist(desk.by, case.customer.address.address, plain_subject(case.subject) if argument else "")


def merge(argument: str, _below: Words, desk: Desk) -> Wish:
    written, _, rest = argument.partition(" ")
    into = case_id.parse(written)
    if into is None or rest.lower() not in ("", "yes"):
        raise Unclear(f'#merge {argument}: "{written}" is not a case ID.', "Write for example: #merge 7F3K-9QX6")
    return Merge(desk.by, into, is_confirmed=bool(rest))


def link(argument: str, _below: Words, desk: Desk) -> Wish:
    """ "7F3K-9QX6"; a minus takes the link away."""
    to = case_id.parse(argument.lstrip("- "))
    if to is None:
        what = f'#link: "{argument[:60]}" is not a case ID.' if argument else "#link needs a case ID."
        raise Unclear(what, "Write for example: #link 7F3K-9QX6, or #link -7F3K-9QX6 to take it away")
    return LinkCases(desk.by, to, is_off=argument.startswith("-"))


def split(argument: str, _below: Words, desk: Desk) -> Wish:
    """ "3 5": the entries by the numbers that stand in the mail about the case; nothing: the customer's newest mail."""
    written = argument.replace(",", " ").split()
    if any(not (one.isdecimal() and one.isascii()) or len(one) > _LONGEST_NUMBER for one in written):
        fix = "Write for example: #split 3 5, or #split alone for the customer's newest mail"
        raise Unclear(f"#split {argument[:60]}: entries are named by their numbers.", fix)
    return Split(desk.by, tuple(dict.fromkeys(int(one) for one in written)))


def reopen(argument: str, _below: Words, desk: Desk) -> Wish:
    """Whatever keeps it from being worked on: what has ended is reopened, what is put off or escalated is opened, what
    lies in the spam box is what it was before."""
    refuse_argument("reopen", argument)
    here = desk.case.status if desk.case else Status.CLOSED
    if here is Status.SPAM:
        return Restore(desk.by)
    return SetStatus(desk.by, Status.OPENED if here in (Status.PENDING, Status.ESCALATED) else Status.REOPENED)


def pending(argument: str, _below: Words, desk: Desk) -> Wish:
    if not argument:
        return SetStatus(desk.by, Status.PENDING)
    otherwise = "Or write #pending alone, until the customer writes."
    return SetStatus(desk.by, Status.PENDING, until=arguments.moment("pending", argument, desk, otherwise))


def resolve(argument: str, _below: Words, desk: Desk) -> Wish:
    first, _, reason = argument.lower().partition(" ")
    if not argument:
        return SetStatus(desk.by, Status.RESOLVED)
    kind, _, of = reason.strip().partition(" ")
    of_case = case_id.parse(of.removeprefix("of ")) if kind == "duplicate" and of else None
    if first != "internal" or kind not in resolution.KINDS or (of and of_case is None):
        fix = f"Write #resolve, or #resolve internal with one of: {', '.join(resolution.KINDS)}."
        raise Unclear(f"#resolve {argument} is not understood.", fix)
    if of_case:
        return SetStatus(desk.by, Status.RESOLVED, resolution=resolution.duplicate_of(of_case))
    status = Status.SPAM if reason.strip() == "spam" else Status.RESOLVED
    return SetStatus(desk.by, status, resolution=reason.strip())


def priority(argument: str, _below: Words, desk: Desk) -> Wish:
    found = [one for one in Priority if argument and one.startswith(argument.lower())]
    if len(found) != 1:
        names = [str(one) for one in Priority]
        what = f'There is no priority "{argument}".' if argument else "#priority needs a priority."
        raise Unclear(what, nearest(argument, names, f"Priorities are: {', '.join(names)}."))
    return SetPriority(desk.by, found[0])


def due(argument: str, _below: Words, desk: Desk) -> Wish:
    if not argument:
        raise Unclear("#due needs a moment.", "Write for example: #due friday, or #due none")
    if argument.lower() in ("none", "never"):
        return SetDue(desk.by, None)
    return SetDue(desk.by, arguments.moment("due", argument, desk, "Or write #due none."))


def tag(argument: str, _below: Words, desk: Desk) -> Wish:
    """ "billing, -urgent": a minus takes a tag away."""
    tags = [one.strip() for one in argument.split(",") if one.strip(" -")]
    if not tags or any(len(one) > _LONGEST_TAG for one in tags):
        fix = "Write for example: #tag billing, or #tag -billing to take it away"
        raise Unclear(f"#tag needs a tag of at most {_LONGEST_TAG} characters.", fix)
    removed = tuple(one.lstrip("- ") for one in tags if one.startswith("-"))
    return SetTags(desk.by, tuple(one for one in tags if not one.startswith("-")), removed)


def watch(argument: str, _below: Words, desk: Desk) -> Wish:
    """Whoever names nobody watches themselves; a minus ends it; the last word may choose what comes."""
    is_off, name = argument.startswith("-"), argument.lstrip("- ")
    rest, _, last = name.rpartition(" ")
    what = next((one for one in Watching if one == last.lower()), None)
    name = rest if what else name
    return Watch(desk.by, arguments.watcher(name, desk) if name else desk.by.csr, is_off, what or Watching.ALL)


def time(argument: str, _below: Words, desk: Desk) -> Wish:
    return AddTime(desk.by, arguments.span(argument))


def set_field(argument: str, _below: Words, desk: Desk) -> Wish:
    name, equals, value = argument.partition("=")
    if not equals:
        raise Unclear(f"#set {argument}: there is no =.".replace("  ", " "), "Write for example: #set serial=4711")
    known = name.strip().lower()
    if known in ("type", "language") and all(one.name.lower() != known for one in desk.config.field):
        if known == "type":
            return SetType(desk.by, arguments.submission_type(value.strip(), desk))
        return SetLanguage(desk.by, arguments.language(value.strip()))
    field = arguments.custom_field(name.strip(), desk)
    return SetField(desk.by, field.name, arguments.field_value(field, value.strip(), desk))


def customer(argument: str, below: Words, desk: Desk) -> Wish:
    """A case in the name of this customer, with the text below as their inquiry."""
    address = arguments.outside_address("customer", argument, desk)
    if below.is_empty:
        raise Unclear("There is no inquiry in your mail, so no case was opened.", "Type it below #customer.")
    subject = plain_subject(desk.subject)
    return Inquire(desk.by, address, subject, below, desk.message_id, may_echo=True)


def send(argument: str, below: Words, desk: Desk) -> Wish:
    refuse_argument("send", argument)
    return ReleaseHeld(desk.by, below)


def preview(argument: str, _below: Words, _desk: Desk) -> Wish:
    refuse_argument("preview", argument)
    return Manner(is_preview=True)


def greeting(argument: str, _below: Words, _desk: Desk) -> Wish:
    if argument.lower() != "off":
        raise Unclear('#greeting takes only "off".', "Write #greeting off")
    return Manner(greeting=False)


def template(argument: str, _below: Words, desk: Desk) -> Wish:
    return Manner(ready=ready_answer.filled_in(argument, desk))


def plain(name: str, make: Callable[[Actor], Intent]) -> Make:
    """A command without an argument."""

    def wish(argument: str, _below: Words, desk: Desk) -> Wish:
        refuse_argument(name, argument)
        return make(desk.by)

    return wish


def refuse_argument(name: str, argument: str) -> None:
    if argument:
        fix = f"Write #{name} on a line of its own and your text below it."
        raise Unclear(f'#{name} takes nothing on its line, but there stands "{argument[:60]}".', fix)
