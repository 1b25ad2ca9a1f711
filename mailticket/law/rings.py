"""PURE: what follows where the moment of a timer has come: who is warned, who is reminded, what admins hear of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailticket.domain.case import Case
from mailticket.domain.case_intents import LookIdle, Ring
from mailticket.domain.decision import Alarm, LetterKind, Send, SendKind
from mailticket.law.deadline import DUE, RESOLUTION, RESPONSE
from mailticket.law.draft import Draft


@dataclass(frozen=True, slots=True)
class Bell:
    """What a timer tells: `what` happened or will, `fix` what helps, `moment` what it is about; whether admins hear it
    too, by an alarm of this kind."""

    what: str
    fix: str
    moment: Callable[[Case], datetime | None]
    alarm: str = ""
    to_role: bool = False


#: In this order they are told, if several come at once.
BELLS: dict[str, Bell] = {
    RESPONSE.soon: Bell(
        "Nobody has answered yet.", "Answer it, or pass it on.", lambda case: case.respond_by, to_role=True
    ),
    RESPONSE.late: Bell(
        "Nobody has answered, and the first response is late.",
        "Answer it now, or pass it on.",
        lambda case: case.respond_by,
        alarm="late-response",
        to_role=True,
    ),
    RESOLUTION.soon: Bell("It should be resolved soon.", "Resolve it, or escalate it.", lambda case: case.resolve_by),
    RESOLUTION.late: Bell(
        "It should have been resolved by now.",
        "Resolve it, or escalate it.",
        lambda case: case.resolve_by,
        alarm="late-resolution",
    ),
    DUE: Bell("It is due.", "Act on it, or put it off: #due and a moment.", lambda case: case.due_at),
}


def ring(draft: Draft, intent: Ring) -> None:
    """Each timer whose moment has come rings once: it is gone from the case in the same decision."""
    case = draft.here
    rung = [name for name in BELLS if name in case.timers and case.timers[name] <= draft.now]
    draft.change(
        "the moment of a timer has come", timers={name: at for name, at in case.timers.items() if name not in rung}
    )
    for name in rung:
        bell = BELLS[name]
        told = _remind(draft, name, bell)
        draft.event(intent.by, f"{bell.what} {_told_whom(draft, told)}")
        if bell.alarm:
            text = f"{draft.policy.service.name}: case {case.id}. {bell.what} {_told_whom(draft, told)}"
            draft.actions.append(Alarm(f"{bell.alarm}:{draft.policy.service.name}", text))
    draft.settle("rang" if rung else "quiet")


def look_idle(draft: Draft, _intent: LookIdle) -> None:
    """The rules do the rest."""
    draft.settle("idle")


def _remind(draft: Draft, timer: str, bell: Bell) -> list[str]:
    """One letter to the CSR of the case, and to the available ones of its role if that is asked or nobody has it."""
    told: list[str] = []
    moment = bell.moment(draft.here)
    for csr in _whom(draft, bell):
        found = draft.policy.config.csr_at(csr)
        if found is None:
            continue
        key = f"reminder:{draft.here.id}:{timer}:{moment:%Y%m%d%H%M%S}:{csr}"
        extra = {"problem": bell.what, "fix": bell.fix, "moment": moment}
        draft.send(Send(LetterKind.REMINDER, SendKind.NOTIFY, found.address, key, bell.what, csr, extra=extra))
        told.append(found.name)
    return told


def _whom(draft: Draft, bell: Bell) -> list[str]:
    case, policy = draft.here, draft.policy
    role = case.role or policy.service.first_level
    here = [one.key for one in policy.config.members(role) if (role, one.key) not in draft.known.away]
    wanted = [case.csr] if case.csr else []
    return list(dict.fromkeys((*wanted, *here))) if bell.to_role or not case.csr else wanted


def _told_whom(draft: Draft, told: list[str]) -> str:
    return f"Told: {', '.join(told)}." if told else "Nobody of the role is there to be told."
