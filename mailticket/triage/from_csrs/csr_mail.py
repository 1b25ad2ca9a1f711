"""PURE: what a proven CSR wants with a mail: an answer, commands with or without text, or something that must be
refused. One outcome for each mail; what is private is decided here, once, for all its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailticket.domain.case import Case, Status, Words
from mailticket.domain.case_intents import Merge, Restore, SetStatus, Split
from mailticket.domain.intents import (
    NO_WORDS,
    AddNote,
    AddToBlacklist,
    Answer,
    Append,
    HoldAnswer,
    Inquire,
    Intent,
    Refuse,
    ReleaseHeld,
)
from mailticket.domain.people import Door
from mailticket.triage.commands import command, mail_link
from mailticket.triage.commands.arguments import Desk, Unclear
from mailticket.triage.commands.command import Asked, Below, Parsed
from mailticket.triage.commands.mail_link import MailLink
from mailticket.triage.commands.wishes import Manner
from mailticket.triage.from_csrs import availability, forward, held_reply
from mailticket.triage.question import Question, Reading

_UNCUT = "the mail that you quoted could not be told from your own words"
_LOST = (
    "nothing is known here of the mail that you answered, most likely because an older backup was restored since; "
    "see whether this is the right case, and what has been written on it"
)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A CSR's mail, its commands found. `opening` is what is done with a mail that it passes on, before all else."""

    question: Question
    desk: Desk
    parsed: Parsed
    opening: Intent | None = None


def reading(question: Question) -> Reading:
    """The intents of a CSR's mail; a single Refuse where it cannot be done whole."""
    by, case = question.by, question.thread.case
    reason = f"{question.thread.reason}; {by.reason}"
    spoken = availability.asked(question)
    if spoken:
        return Reading(by, None, spoken, reason)
    if case is not None and question.thread.is_lost:
        held = HoldAnswer(by, held_words(question), _LOST, question.mail.message_id)
        return Reading(by, case, (held,), f"{reason}; it answers a letter that the database does not know")
    try:
        link = linked(question)
        asking = _by_link(question, link) if link else _asking(question)
        intents = _wants(asking)
        opens = any(isinstance(one, Inquire) for one in intents)
        return Reading(by, None if opens else asking.desk.case, intents, reason)
    except Unclear as unclear:
        refuse = Refuse(by, unclear.what, unclear.fix, question.words.text)
        return Reading(by, case, (refuse,), reason)


def is_for_the_desk(question: Question) -> bool:
    """Does the mail ask for something that only a CSR can ask for, so that it is no inquiry of their own?"""
    text = question.words.text
    is_passed_on = question.mail.forwarded is not None
    return is_passed_on or bool(command.parse(text).asked or linked(question) or availability.asked(question))


def linked(question: Question) -> MailLink | None:
    """The mail link in the subject, genuine or not."""
    csr = question.trust.config.csr_at(question.by.csr)
    return mail_link.find(question.mail.subject, csr.keys if csr else (), question.trust.keys)


def held_words(question: Question) -> Words:
    """What is kept of a mail that nobody is proven to have written. The text of a mail link is private, so it gets the
    command that makes it so: as it stands it can never be sent."""
    link = linked(question)
    if link is None:
        return question.words
    return replace(question.words, text=f"#{link.action}\n\n{question.words.text}", html="")


def _by_link(question: Question, link: MailLink) -> _Asking:
    """The subject asks, and all text is private. Where the seal is not ours, it was still meant to be."""
    asked = link.asked
    case = question.known.cases.get(link.case)
    if not link.is_genuine or asked is None or case is None:
        what = f'The link "{link.action}" in your subject is not one that we sent you, so nothing was done.'
        raise Unclear(what, "Use the links of the newest mail about the case, or reply to it with a command.")
    question = replace(question, by=replace(question.by, door=Door.MAIL_LINK))
    below = command.parse(question.words.text)
    parsed = Parsed((asked, *below.asked), below.below, below.unknown, is_aside=True)
    return _Asking(question, _desk(question, case), parsed)


def _asking(question: Question) -> _Asking:
    desk = _desk(question, question.thread.case)
    passed = forward.passed_on(question, desk)
    if passed is None:
        return _Asking(question, desk, command.parse(question.words.text))
    if isinstance(passed.wish, Inquire):
        desk = replace(desk, case=None)
    return _Asking(question, desk, passed.parsed, passed.wish)


def _desk(question: Question, case: Case | None) -> Desk:
    trust, mail = question.trust, question.mail
    return Desk(question.by, trust.config, trust.service, question.now, case, mail.subject, mail.message_id)


def _wants(asking: _Asking) -> tuple[Intent, ...]:
    """Raises Unclear."""
    question, parsed = asking.question, asking.parsed
    if parsed.are_too_many:
        what = f"Your mail begins with more than {command.MOST_COMMANDS} commands, so nothing was done."
        raise Unclear(what, "Send them in several mails.")
    if parsed.unknown:
        near = command.nearest(parsed.unknown)
        fix = f"Did you mean {near}?" if near else "Mail #help for the list of commands."
        raise Unclear(f'"{parsed.unknown}" is not a command, so nothing was done.', fix)
    opens = asking.opening is not None or parsed.named("customer")
    if asking.desk.case is None and not opens and not parsed.is_possible_anywhere:
        fix = "Reply to the mail about the case, or put its case ID into the subject, such as [#7F3K-9QX6]."
        raise Unclear("Your mail belongs to no case, so nobody but you has seen it.", fix)
    if not parsed.asked and asking.opening is None:
        return (_answer_or_hold(question),)
    return _carry_out(asking)


def _answer_or_hold(question: Question) -> Intent:
    """Where the quote could not be cut, private notes may stand in it: a human looks before it goes out."""
    if question.mail.reply.sure:
        return _answer(question, question.words)
    return HoldAnswer(question.by, question.words, _UNCUT, question.mail.message_id)


def _answer(question: Question, words: Words) -> Answer:
    letter = question.thread.answers
    return Answer(question.by, words, question.mail.message_id, answers=letter.message_id if letter else "")


def _carry_out(asking: _Asking) -> tuple[Intent, ...]:
    """The commands, and the text below them as what the table says, once."""
    question, parsed = asking.question, asking.parsed
    _refuse_mixed_inquiry(parsed)
    below = _below(asking)
    carrier = _carrier(parsed)
    made = [
        asked.command.make(asked.argument, below if asked is carrier else NO_WORDS, asking.desk)
        for asked in parsed.asked
    ]
    intents = [held_reply.named_by(question, one) for one in made if isinstance(one, Intent)]
    is_taken = any(getattr(one, "words", NO_WORDS) is not NO_WORDS for one in intents)
    is_ignored = bool(parsed.asked) and all(one.command.below is Below.IGNORED for one in parsed.asked)
    left = NO_WORDS if is_ignored or is_taken else below
    if parsed.is_private and not left.is_empty:
        intents.append(AddNote(question.by, left, question.mail.message_id, why=_why_private(parsed)))
    answer = NO_WORDS if parsed.is_private else left
    intents = _with_manners(question, intents, answer, [one for one in made if isinstance(one, Manner)])
    if asking.opening is not None:
        intents.append(asking.opening)
    _check(asking, intents)
    return tuple(sorted(intents, key=_turn))


def _why_private(parsed: Parsed) -> str:
    """What a CSR may not have meant: beside commands whose text is the answer stands one whose text is private."""
    private = next((one.line for one in parsed.asked if one.is_private), "")
    is_mixed = bool(private) and not all(one.is_private for one in parsed.asked)
    return f"not sent, because of {private}" if is_mixed else ""


def _refuse_mixed_inquiry(parsed: Parsed) -> None:
    """Mixed means private, and an inquiry that is private is none: the customer will read it. Raises Unclear."""
    private = next((one for one in parsed.asked if one.is_private), None)
    if parsed.named("customer") and private:
        what = (
            f"With #customer the text is the customer's inquiry, with {private.line} it is private: nothing was done."
        )
        raise Unclear(what, f"Send #customer first, and {private.line.split()[0]} in reply to the mail about the case.")


def _with_manners(
    question: Question, intents: Sequence[Intent], text: Words, manners: Sequence[Manner]
) -> list[Intent]:
    """The wishes with the answer, if there is one, in the manner that was asked for. Raises Unclear."""
    chosen = [one.ready for one in manners if one.ready]
    ready = "\n\n".join(one.text for one in chosen)
    subject = next((one.subject for one in chosen if one.subject), "")
    is_preview = any(one.is_preview for one in manners)
    greeting = all(one.greeting for one in manners)
    done: list[Intent] = []
    has_answer = False
    for one in intents:
        if isinstance(one, ReleaseHeld):
            if is_preview:
                raise Unclear("#preview and #send contradict each other.", "Leave one of them out.")
            words = replace(_with_ready(ready, one.words), greeting=greeting)
            one, has_answer = replace(one, words=words, subject=subject), True
        done.append(one)
    if not has_answer and (ready or not text.is_empty):
        words = replace(_with_ready(ready, text), greeting=greeting)
        done.insert(0, replace(_answer(question, words), is_preview=is_preview, subject=subject))
        has_answer = True
    if manners and not has_answer:
        raise Unclear("There is no answer to the customer in your mail, so nothing was done.", "Type it below.")
    return done


def _with_ready(ready: str, words: Words) -> Words:
    """The ready text before what the CSR typed."""
    if not ready:
        return words
    return replace(words, text="\n\n".join(filter(None, (ready, words.text.strip("\n")))), html="")


def _below(asking: _Asking) -> Words:
    """The text below the commands with its files. Pictures alone are a signature's, not something to send; the files
    of a mail that passes another on belong to that one."""
    words, text = asking.question.words, asking.parsed.below
    files = words.files if asking.opening is None else ()
    has_content = bool(text.strip()) or any(not one.inline for one in files)
    return Words(text, _html_below(asking), words.whole, words.method, files) if has_content else NO_WORDS


def _html_below(asking: _Asking) -> str:
    """The formatting of the same text, "" where it is not known: the HTML of the mail holds the commands, too."""
    words, reply = asking.question.words, asking.question.mail.reply
    if asking.opening is not None or not reply.sure:
        return ""
    return words.html if asking.parsed.below == words.text else reply.html_below


def _carrier(parsed: Parsed) -> Asked | None:
    """The command that the text below belongs to: those that need it before the others, and none that would make it
    public where another command makes it private."""
    fitting = [one for one in parsed.asked if one.is_private == parsed.is_private]
    return next((one for one in fitting if one.command.name in ("note", "customer", "send")), next(iter(fitting), None))


def _turn(intent: Intent) -> int:
    """Which case, reopening, the words, who gets the case (and reads them), its new status: in whatever order they
    were typed."""
    if isinstance(intent, Merge | Split | Inquire | Append):
        return -1
    if isinstance(intent, Restore):
        return 0
    if isinstance(intent, SetStatus):
        return 0 if intent.status in (Status.REOPENED, Status.OPENED) else 3
    if isinstance(intent, AddToBlacklist):
        return 3
    return 1 if isinstance(intent, AddNote | Answer | ReleaseHeld) else 2


def _check(asking: _Asking, intents: Sequence[Intent]) -> None:
    """Nothing goes out that is not the CSR's own words for the customer. Raises Unclear."""
    question = asking.question
    goes_out = [one.words for one in intents if isinstance(one, Answer | ReleaseHeld | Inquire)]
    is_uncut = not question.mail.reply.sure and asking.opening is None
    if any(not words.is_empty for words in goes_out) and is_uncut:
        raise Unclear(f"Nothing was done: {_UNCUT}.", "Delete the quoted mail from yours and send it again.")
    bare = next((one for one in intents if isinstance(one, ReleaseHeld) and one.words.is_empty), None)
    held = held_reply.meant_by(question, bare) if question.thread.case and bare else None
    if held is None:
        return
    commands = command.parse(held.words.text)
    if commands.asked or commands.unknown:
        line = commands.asked[0].line if commands.asked else commands.unknown
        fix = "Write the command again in a mail of your own, or #send with the answer below it; #drop discards it."
        raise Unclear(f'The mail that is held begins with "{line}", so it is no answer to send.', fix)
