"""PURE: what a proven CSR wants with a mail: an answer, commands with or without text, or something that must be
refused. One outcome for each mail; what is private is decided here, once, for all its words."""

from __future__ import annotations

from dataclasses import replace

from mailticket.domain.case import Status, Words
from mailticket.domain.intents import (
    NO_WORDS,
    AddNote,
    Answer,
    HoldAnswer,
    Intent,
    Refuse,
    ReleaseHeld,
    SetStatus,
)
from mailticket.triage import command
from mailticket.triage.command import Asked, Parsed
from mailticket.triage.question import Question

_UNCUT = "the mail that you quoted could not be told from your own words"


def wants(question: Question, parsed: Parsed) -> tuple[Intent, ...]:
    """The intents of a CSR's mail whose commands are `parsed`; a single Refuse where it cannot be done whole."""
    by, text = question.by, question.words.text
    if parsed.unknown:
        near = command.nearest(parsed.unknown)
        fix = f"Did you mean {near}?" if near else "Mail #help for the list of commands."
        return (Refuse(by, f'"{parsed.unknown}" is not a command, so nothing was done.', fix, text),)
    is_only_help = bool(parsed.asked) and all(one.command.name == "help" for one in parsed.asked)
    if question.thread.case is None and not is_only_help:
        fix = "Reply to the mail about the case, or put its case ID into the subject, such as [#7F3K-9QX6]."
        return (Refuse(by, "Your mail belongs to no case, so nobody but you has seen it.", fix, text),)
    if not parsed.asked:
        return (_answer_or_hold(question),)
    try:
        return _carry_out(question, parsed)
    except command.Unclear as unclear:
        return (Refuse(by, unclear.what, unclear.fix, text),)


def _answer_or_hold(question: Question) -> Intent:
    """Where the quote could not be cut, private notes may stand in it: a human looks before it goes out."""
    if question.mail.reply.sure:
        return _answer(question, question.words)
    return HoldAnswer(question.by, question.words, _UNCUT, question.mail.message_id)


def _answer(question: Question, words: Words) -> Answer:
    letter = question.thread.answers
    return Answer(question.by, words, question.mail.message_id, answers=letter.message_id if letter else "")


def _carry_out(question: Question, parsed: Parsed) -> tuple[Intent, ...]:
    """The commands, and the text below them as what the table says, once."""
    below = _below(question, parsed)
    desk = command.Desk(question.by, question.trust.config, question.trust.service, question.now)
    carrier = _carrier(parsed)
    made = [asked.command.make(asked.argument, below if asked is carrier else NO_WORDS, desk) for asked in parsed.asked]
    message_id = question.mail.message_id
    intents = [replace(one, message_id=message_id) if isinstance(one, AddNote) else one for one in made]
    is_taken = any(getattr(one, "words", NO_WORDS) is not NO_WORDS for one in intents)
    is_ignored = all(one.command.below.is_ignored for one in parsed.asked)
    if not (below.is_empty or is_ignored or is_taken):
        own = AddNote(question.by, below, message_id) if parsed.is_private else _answer(question, below)
        intents.insert(0, own)
    _check(question, intents)
    return tuple(sorted(intents, key=_turn))


def _below(question: Question, parsed: Parsed) -> Words:
    """The text below the commands with its files. Pictures alone are a signature's, not something to send."""
    words = question.words
    has_content = bool(parsed.below.strip()) or any(not one.inline for one in words.files)
    return Words(parsed.below, "", words.whole, words.method, words.files) if has_content else NO_WORDS


def _carrier(parsed: Parsed) -> Asked:
    """The command that the text below belongs to: #note before the others, and none that would make it public where
    another command makes it private."""
    fitting = [one for one in parsed.asked if one.is_private == parsed.is_private]
    return next((one for one in fitting if one.command.name == "note"), fitting[0])


def _turn(intent: Intent) -> int:
    """Reopening, the words, who gets the case (and reads them), its new status: in whatever order they were typed."""
    if isinstance(intent, SetStatus):
        return 0 if intent.status is Status.REOPENED else 3
    return 1 if isinstance(intent, AddNote | Answer | ReleaseHeld) else 2


def _check(question: Question, intents: list[Intent]) -> None:
    """Nothing goes out that is not the CSR's own words for the customer. Raises Unclear."""
    goes_out = [one.words for one in intents if isinstance(one, Answer | ReleaseHeld)]
    if any(not words.is_empty for words in goes_out) and not question.mail.reply.sure:
        raise command.Unclear(f"Nothing was done: {_UNCUT}.", "Delete the quoted mail from yours and send it again.")
    case = question.thread.case
    held = question.known.held.get(case.id) if case else None
    if held is None or not any(isinstance(one, ReleaseHeld) and one.words.is_empty for one in intents):
        return
    commands = command.parse(held.words.text)
    if commands.asked or commands.unknown:
        line = commands.asked[0].line if commands.asked else commands.unknown
        fix = "Write the command again in a mail of your own, or #send with the answer below it; #drop discards it."
        raise command.Unclear(f'The mail that is held begins with "{line}", so it is no answer to send.', fix)
