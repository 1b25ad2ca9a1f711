"""PURE: which held reply do #send and #drop mean? The one that the answered notice showed, else the newest."""

from __future__ import annotations

from dataclasses import replace

from mailticket.domain.case import Entry
from mailticket.domain.decision import LetterKind
from mailticket.domain.intents import DropHeld, Intent, ReleaseHeld
from mailticket.triage.question import Question

#: The letters that show one certain reply, as the entry that they bring.
_SHOW_IT = (LetterKind.HOLD_NOTICE, LetterKind.CSR_RECEIPT)


def named_by(question: Question, intent: Intent) -> Intent:
    """The wish with the number of the reply that it means, and the letter that it answers; others as they are."""
    letter = question.thread.answers
    entry = letter.entry if letter and letter.letter in _SHOW_IT else 0
    if isinstance(intent, ReleaseHeld):
        answers = letter.message_id if letter else ""
        return replace(intent, message_id=question.mail.message_id, answers=answers, entry=entry)
    return replace(intent, entry=entry) if isinstance(intent, DropHeld) else intent


def meant_by(question: Question, wish: ReleaseHeld) -> Entry | None:
    """The held reply that would go out; None if there is none."""
    case = question.thread.case
    held = question.known.held_replies(case.id) if case else ()
    return next((one for one in reversed(held) if wish.entry in (0, one.number)), None)
