"""PURE: who hears of news on a case: the CSR who has it, or a new one, for whom it waits."""

from __future__ import annotations

from mailticket.law.draft import Draft


def notify_or_wait(draft: Draft, why: str, entry: int) -> None:
    """The assigned CSR if they are available, or if nobody else would get it; else the case waits for a new one."""
    case = draft.here
    is_available = draft.policy.is_available(case.csr, case.role, draft.known)
    if case.csr and (is_available or not assigns(draft, case.role)):
        draft.notify(case.csr, why, entry)
    elif case.csr:
        is_away = f"{draft.policy.name_of(case.csr)} is away, so the case waits for another CSR"
        wait(draft, is_away)
        draft.event(draft.asker, f"{is_away}.")
    elif case.waiting_since is None:
        wait(draft, "the case waits for a CSR")


def wait(draft: Draft, reason: str) -> None:
    """Let the case wait for assignment, if its service assigns at all."""
    if assigns(draft, draft.here.role):
        draft.change(reason, csr="", waiting_since=draft.now)


def assigns(draft: Draft, role: str) -> bool:
    """Does this service give cases to the CSRs of a role (by default the 1st level) by rule?"""
    service = draft.policy.service
    return bool(role or service.first_level) and service.assignment.new_case not in ("none", "workflow")
