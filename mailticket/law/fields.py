"""PURE: the custom fields of a case: what they hold at first, and which must be filled in before it ends."""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.config.models import Config
from mailticket.domain.case import Case, Status
from mailticket.domain.case_intents import SetStatus
from mailticket.domain.intents import Intent
from mailticket.errors import Refused
from mailticket.law.draft import Draft


def missing(case: Case, config: Config) -> tuple[str, ...]:
    """The names of the required fields that are empty."""
    return tuple(one.name for one in config.fields_of(case.type) if one.required and not case.fields.get(one.name))


def defaults(type: str, config: Config) -> dict[str, str]:
    """What the fields of a case with this submission type hold before anybody fills them in."""
    return {one.name: one.default for one in config.fields_of(type) if one.default}


def named(fields: Sequence[str]) -> str:
    """Field names as a sentence lists them."""
    return " and ".join(fields) if len(fields) < 3 else f"{', '.join(fields[:-1])} and {fields[-1]}"


def refuse_incomplete(draft: Draft, intents: Sequence[Intent]) -> None:
    """A person resolves or closes a case only with its required fields filled in; internally they may be empty.

    Looked at when all is done, so that one mail may fill in a field and resolve. Raises Refused.
    """
    ends = [one for one in intents if isinstance(one, SetStatus) and one.status in (Status.RESOLVED, Status.CLOSED)]
    if draft.case is None or not any(one.by.is_staff and not one.resolution for one in ends):
        return
    empty = missing(draft.here, draft.policy.config)
    if empty:
        what = f"Before the case can end, {named(empty)} must be filled in."
        raise Refused(what, f"For example: #set {empty[0]}=... in the same mail, or #resolve internal REASON.")
