"""PURE: what follows from a CSR's word that somebody is not to be listened to any more, or is again."""

from __future__ import annotations

from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.decision import ChangeBlacklist
from mailticket.domain.intents import AddToBlacklist, RemoveFromBlacklist
from mailticket.errors import Refused
from mailticket.law import status
from mailticket.law.acts import csr_acts
from mailticket.law.draft import Draft


def add_to_blacklist(draft: Draft, intent: AddToBlacklist) -> None:
    """The address is listed; an open case of theirs is spam."""
    pattern = Address("", intent.address).key
    _refuse_ours(draft, pattern)
    who = f"{pattern}{_about(intent.subject)}"
    reason = f"{intent.by.address.shown} put {who} on the blacklist"
    draft.actions.append(ChangeBlacklist(pattern, intent.subject, True, intent.by.csr or intent.by.kind, reason))
    draft.event(intent.by, f"{reason}.")
    if status.is_allowed(status.Event.MARK_SPAM, draft.here.status):
        csr_acts.set_status(
            draft, SetStatus(intent.by, Status.SPAM, resolution="spam", why="the sender is blacklisted")
        )
    draft.settle("done")


def remove_from_blacklist(draft: Draft, intent: RemoveFromBlacklist) -> None:
    """The entry goes; what a case of theirs became meanwhile is for other wishes to say."""
    pattern = Address("", intent.address).key
    reason = f"{intent.by.address.shown} took {pattern}{_about(intent.subject)} off the blacklist"
    draft.actions.append(ChangeBlacklist(pattern, intent.subject, False, intent.by.csr or intent.by.kind, reason))
    draft.event(intent.by, f"{reason}.")
    draft.settle("done")


def _refuse_ours(draft: Draft, pattern: str) -> None:
    """Our own addresses are never rejected: whoever lists one would wonder why nothing happens."""
    ours = draft.policy.config.our_keys
    hit = any(key.endswith(pattern[1:]) for key in ours) if pattern.startswith("*@") else pattern in ours
    if hit:
        raise Refused(f"{pattern} is one of ours, a CSR or a service.", "These are never rejected.")


def _about(subject: str) -> str:
    return f' with the subject "{subject}"' if subject else ""
