"""PURE: how a CSR's act is taken back: spam restored, and what a link did a moment ago undone."""

from __future__ import annotations

from mailticket.domain.case import ACTIVE, Status
from mailticket.domain.case_intents import Restore, Undo
from mailticket.domain.decision import LetterKind
from mailticket.law import status
from mailticket.law.draft import Draft
from mailticket.law.waiting import wait


def restore(draft: Draft, intent: Restore) -> None:
    """A case that is no spam after all becomes what it was before; the blacklist stays as it is."""
    status.move(status.Event.RESTORE, draft.here.status)
    becomes = Status(draft.here.before_spam or Status.OPENED)
    why = f"{intent.by.address.shown} says it is no spam"
    draft.change(why, status=becomes, before_spam="", resolution="", closed_at=None)
    draft.event(intent.by, f"Spam to {becomes}: {why}.")
    if becomes in ACTIVE and not draft.here.csr:
        wait(draft, "it waits for a CSR again")
    draft.settle("done")


def undo(draft: Draft, intent: Undo) -> None:
    """The old values come back as they were; a CSR who loses the case by it is told."""
    had_it = draft.here.csr
    why = f"{intent.by.address.shown} undid: {intent.what}"
    draft.change(why, **intent.fields)
    draft.event(intent.by, f"{why}.")
    if had_it and had_it not in (draft.here.csr, intent.by.csr):
        told = {"done": [f"{intent.by.address.shown} took the case back, so it is no longer yours."]}
        draft.tell(LetterKind.CSR_RECEIPT, had_it, why, told)
    draft.settle("done")
