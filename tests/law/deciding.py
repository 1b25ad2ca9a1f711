"""Asks the law the way the desk does, and looks at its Decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from mailticket.config.models import Service
from mailticket.domain.case import Case, Entry
from mailticket.domain.decision import Action, AddEntry, Decision, LetterKind, Send, Settle
from mailticket.domain.facts import Known
from mailticket.domain.intents import Inquire, Intent
from mailticket.domain.people import Actor
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from tests import cast
from tests.builders import NOW, Ids, known, words
from tests.cast import CARLA, as_customer

Kind = TypeVar("Kind", bound=Action)


def law(
    intents: Intent | Sequence[Intent],
    case: Case | None = None,
    service: Service | None = None,
    facts: Known | None = None,
) -> Decision:
    """What follows from one intent or several."""
    desk = service or cast.service()
    wishes = [intents] if isinstance(intents, Intent) else intents
    return decide(wishes, case, facts or known(), Policy(cast.config(desk), desk), NOW, Ids())


def inquiry(by: Actor | None = None, **changes: Any) -> Inquire:
    """Carla's new matter."""
    actor = by or as_customer()
    keys: dict[str, Any] = {"customer": CARLA, "subject": "A question", "words": words("Help!"), "message_id": "<m@x>"}
    return Inquire(actor, **keys | changes)


def of_kind(decision: Decision, kind: type[Kind]) -> list[Kind]:
    return [one for one in decision.actions if isinstance(one, kind)]


def letters(decision: Decision) -> list[tuple[LetterKind, str]]:
    """(letter, recipient's key) of everything that is sent, in order."""
    return [(one.letter, one.to.key) for one in of_kind(decision, Send)]


def entries(decision: Decision) -> list[Entry]:
    return [one.entry for one in of_kind(decision, AddEntry)]


def settled(decision: Decision) -> Settle:
    """The one Settle, which every Decision ends with."""
    [one] = of_kind(decision, Settle)
    assert decision.actions[-1] is one
    return one


def outcome(decision: Decision) -> str:
    return settled(decision).outcome


def the_case(decision: Decision) -> Case:
    assert decision.case is not None
    return decision.case


def refusal(decision: Decision) -> dict[str, Any]:
    """What a refused CSR is told; nothing else may have happened."""
    [send] = of_kind(decision, Send)
    assert (send.letter, outcome(decision), len(decision.actions)) == (LetterKind.CSR_RECEIPT, "refused", 2), decision
    return dict(send.extra)
