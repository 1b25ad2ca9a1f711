"""PURE: the law. Intents over a case become one Decision: all of it happens, or a refusal does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mailticket.domain import case_intents as case_wish
from mailticket.domain import intents as wish
from mailticket.domain.case import Case, Status, Words
from mailticket.domain.decision import (
    AddEntry,
    Alarm,
    ChangeBlacklist,
    ChangeCase,
    ChangeEntry,
    ChangePerson,
    Decision,
    JoinCase,
    LetterKind,
    OpenCase,
)
from mailticket.domain.facts import Known
from mailticket.errors import Refused
from mailticket.law import deadline, fields, inbound, opening, rings
from mailticket.law.acts import answers, blacklist, case_acts, csr_acts, customer_acts, leaks, merge, relations, undo
from mailticket.law.draft import Draft, Ids, Policy
from mailticket.law.rules import trigger
from mailticket.law.watchers import tell_watchers

#: What each wish leads to.
STEPS: dict[type[wish.Intent], Callable[[Draft, Any], None]] = {
    wish.Inquire: opening.inquire,
    wish.Join: inbound.join,
    wish.Append: inbound.append,
    wish.AppendAutomatic: inbound.append_automatic,
    wish.NoteBounce: inbound.note_bounce,
    wish.SetAway: inbound.set_away,
    wish.Discard: inbound.discard,
    wish.Answer: answers.answer,
    wish.HoldAnswer: answers.hold_answer,
    wish.ReleaseHeld: answers.release_held,
    wish.DropHeld: answers.drop_held,
    wish.NoteUnsent: answers.note_unsent,
    wish.WarnOutsiders: leaks.warn_outsiders,
    wish.AddNote: csr_acts.add_note,
    case_wish.Assign: csr_acts.assign,
    case_wish.Escalate: csr_acts.escalate,
    case_wish.Take: csr_acts.take,
    case_wish.SetStatus: relations.set_status,
    case_wish.Restore: undo.restore,
    case_wish.Undo: undo.undo,
    wish.AddToBlacklist: blacklist.add_to_blacklist,
    wish.RemoveFromBlacklist: blacklist.remove_from_blacklist,
    case_wish.SetPriority: case_acts.set_priority,
    case_wish.SetDue: case_acts.set_due,
    case_wish.SetTags: case_acts.set_tags,
    case_wish.AddSkills: case_acts.add_skills,
    case_wish.Want: csr_acts.want,
    case_wish.Ring: rings.ring,
    case_wish.LookIdle: rings.look_idle,
    case_wish.Watch: case_acts.watch,
    case_wish.AddTime: case_acts.add_time,
    case_wish.SetField: case_acts.set_field,
    case_wish.SetType: case_acts.set_type,
    case_wish.SetLanguage: case_acts.set_language,
    case_wish.AddPeople: case_acts.add_people,
    case_wish.Merge: merge.merge,
    case_wish.LinkCases: relations.link_cases,
    case_wish.Split: relations.split,
    case_wish.Delete: relations.delete,
    wish.AskWhy: case_acts.ask_why,
    wish.AskDeskCard: case_acts.ask_desk_card,
    wish.AskHelp: csr_acts.ask_help,
    wish.Refuse: csr_acts.refuse,
    **customer_acts.STEPS,
}


def decide(
    intents: Sequence[wish.Intent], case: Case | None, known: Known, policy: Policy, now: datetime, ids: Ids
) -> Decision:
    """Folds the intents over the case: all is done, or the whole is refused.

    A refusal is mailed. It is raised as Refused only where the asker looks at a page that will say so.
    """
    draft = _draft(intents, case, known, policy, now, ids)
    try:
        for intent in intents:
            if not draft.is_over or isinstance(intent, _IN_ANY_CASE):
                STEPS[type(intent)](draft, intent)
        fields.refuse_incomplete(draft, intents)
    except Refused as refused:
        if intents[0].by.sees_outcome:
            raise
        draft = _draft(intents, case, known, policy, now, ids)
        csr_acts.refuse(draft, wish.Refuse(intents[0].by, refused.what, refused.fix, _text(intents)))
        for intent in (one for one in intents if isinstance(one, _IN_ANY_CASE)):
            STEPS[type(intent)](draft, intent)
        _confirm(draft, intents)
        return draft.done(f"refused: {refused.what}")
    if not any(isinstance(one, _UNWATCHED) for one in intents):
        tell_watchers(draft, intents[0].by.csr)
    _confirm(draft, intents)
    before = _before(draft, case)
    trigger.run(draft, intents, before)
    deadline.keep(draft, before, intents[0].by.kind)
    if any(isinstance(one, AddEntry | ChangeCase | ChangeEntry) for one in draft.actions):
        draft.change("the moment of this change", updated_at=now)
    return draft.done(_reason(draft, intents))


def _before(draft: Draft, case: Case | None) -> Case | None:
    """The case that this came to be about, as it was: not the one that was asked about, where that led to another."""
    if draft.case is None or any(isinstance(one, OpenCase) for one in draft.actions):
        return None
    return case if case is not None and case.id == draft.case.id else draft.known.cases.get(draft.case.id)


def _draft(
    intents: Sequence[wish.Intent], case: Case | None, known: Known, policy: Policy, now: datetime, ids: Ids
) -> Draft:
    status_is_asked = any(isinstance(one, case_wish.SetStatus) and one.status is not Status.REOPENED for one in intents)
    return Draft(case, known, policy, now, ids, intents[0].by, answer_sets_status=not status_is_asked)


#: Of what was done, so much names the receipt; receipts of the same name have a budget.
_LONGEST_REASON = 300

#: Carried out even where an answer is held or the rest is refused.
_IN_ANY_CASE = (wish.WarnOutsiders,)

#: What nobody is answered for: a machine wrote it (a receipt could start a loop), or history is read in.
_UNANSWERED = (wish.Inquire, wish.Join, wish.AppendAutomatic, wish.NoteBounce, wish.Discard)


#: What is kept without any effect is no news for those who watch.
_UNWATCHED = (wish.AppendAutomatic, wish.Join, wish.Discard, wish.HoldAnswer)


def _confirm(draft: Draft, intents: Sequence[wish.Intent]) -> None:
    """A receipt for a CSR whose commands show no other result: quiet where the result is seen anyway."""
    by = intents[0].by
    if not by.is_csr or any(_is_unanswered(one) for one in intents):
        return
    done = [] if by.sees_outcome or by.csr in draft.told or _is_quiet(draft, intents) else _events(draft)
    done = [*draft.promises, *done]
    if done or draft.warnings:
        told = {"done": done, "warnings": list(draft.warnings), "recall": draft.recallable}
        reason = " ".join(done)[:_LONGEST_REASON] or "a warning"
        draft.tell(LetterKind.CSR_RECEIPT, by.csr, reason, told, entry=draft.recallable)


def _is_unanswered(intent: wish.Intent) -> bool:
    """A case that a CSR opens in a customer's name has a receipt; the history that is read in has none."""
    if isinstance(intent, wish.Inquire) and intent.by.is_csr:
        return intent.is_silent
    return isinstance(intent, _UNANSWERED)


def _is_quiet(draft: Draft, intents: Sequence[wish.Intent]) -> bool:
    """An answer that went out, and nothing else: the CSR sees it in their sent mail."""
    only_answered = all(isinstance(one, wish.Answer | wish.WarnOutsiders) for one in intents)
    return only_answered and draft.policy.service.letters.receipts == "problems"


def _events(draft: Draft) -> list[str]:
    """What happened, for a receipt: the reasons of all that was added or changed, each once."""
    reasons = [
        one.reason
        for one in draft.actions
        if isinstance(one, AddEntry | ChangeCase | ChangeEntry | ChangePerson | ChangeBlacklist | JoinCase)
    ]
    return list(dict.fromkeys(f"{one[0].upper()}{one[1:].rstrip('.')}." for one in reasons if one))


def _reason(draft: Draft, intents: Sequence[wish.Intent]) -> str:
    """Why the mail came to its outcome, in one line."""
    told = next((one.why for one in intents if isinstance(one, wish.Discard)), "")
    first = next((one.reason for one in draft.actions if not isinstance(one, Alarm)), "")
    return told or first or intents[0].by.reason


def _text(intents: Sequence[wish.Intent]) -> str:
    """The longest text that was asked to be used, so that a refusal can give it back."""
    words = (getattr(one, "words", None) for one in intents)
    return max((one.text for one in words if isinstance(one, Words)), key=len, default="")
