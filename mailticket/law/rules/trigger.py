"""PURE: the admin's rules run on a decision: which fire, in what order, and why. None of them ever stops a mail."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailticket.conditions import ConditionMistake, compiled
from mailticket.config.rules import Trigger
from mailticket.domain.address import Address
from mailticket.domain.case import Case, EntryKind, Status
from mailticket.domain.case_intents import LookIdle, Ring
from mailticket.domain.decision import AddEntry, Alarm, OpenCase, RuleTrial
from mailticket.domain.intents import Append, Inquire, Intent
from mailticket.domain.people import Actor, ActorKind, Door
from mailticket.errors import Refused
from mailticket.law.deadline import DUE
from mailticket.law.draft import Draft
from mailticket.law.rules.rule_actions import ACTIONS, Run
from mailticket.law.rules.rule_values import Seen, values

#: The event of which the clock tells by looking, not because anything happened.
IDLE = "case.idle"
_ONCE = "a rule that fires once has fired"


@dataclass(frozen=True, slots=True)
class Rule:
    """A [[trigger]], or the [[workflow]] that stands in for assignment. `kind` is "rule" or "workflow"."""

    kind: str
    name: str
    when: str
    then: tuple[dict[str, Any], ...]
    once: bool = False

    @property
    def key(self) -> str:
        """What the case remembers it by."""
        return f"{self.kind}:{self.name}"

    @property
    def stops(self) -> bool:
        return any("stop" in one for one in self.then)


def run(draft: Draft, intents: Sequence[Intent], before: Case | None) -> None:
    """All rules on what has happened, then on what they did themselves. Each fires once, so this ends.

    `before` is the case as it was, None if it was not yet open.
    """
    if draft.case is None or not _has_rules(draft) or any(_is_quiet(one) for one in intents):
        return
    events = deque(_events(draft, intents, before))
    fired: set[str] = set()
    while events:
        event = events.popleft()
        rules = [one for one in _rules_on(event, draft) if one.key not in fired]
        for place, rule in enumerate(rules):
            was = draft.here
            trial = _tried(draft, rule, Seen(draft, event, before), intents)
            draft.rules.append(trial)
            if not trial.has_fired:
                continue
            fired.add(rule.key)
            events.extend(_changes(was, draft.here))
            if rule.stops:
                told = f'{rule.kind} "{rule.name}" stopped those behind it'
                draft.rules += [RuleTrial(one.name, event, False, told) for one in rules[place + 1 :]]
                break


def _has_rules(draft: Draft) -> bool:
    return bool(draft.policy.config.trigger) or draft.policy.service.assignment.new_case == "workflow"


def _is_quiet(intent: Intent) -> bool:
    """Imported history, and a machine's note that needs nobody."""
    return isinstance(intent, Inquire) and (intent.is_silent or intent.is_idle)


def _events(draft: Draft, intents: Sequence[Intent], before: Case | None) -> Iterator[str]:
    """What has happened, in the words of the config."""
    is_new = any(isinstance(one, OpenCase) for one in draft.actions)
    if is_new:
        yield "case.created"
    elif any(isinstance(one, Append) for one in intents) and draft.outcome == "appended":
        if draft.here.status is not Status.SPAM:
            yield "case.customer_replied"
    if any(one.kind is EntryKind.REPLY and not one.held for one in draft.new_entries()):
        yield "case.csr_replied"
    if before is not None:
        yield from _changes(before, draft.here)
    for intent in intents:
        if isinstance(intent, LookIdle):
            yield IDLE
        elif isinstance(intent, Ring) and before and DUE in before.timers and DUE not in draft.here.timers:
            yield "case.due"


def _changes(was: Case, now: Case) -> Iterator[str]:
    if was.status is not now.status:
        yield "case.status"
    if now.csr and was.csr != now.csr:
        yield "case.assigned"


def _rules_on(event: str, draft: Draft) -> Iterator[Rule]:
    """In the order of the config; the workflow that stands in for assignment comes last."""
    config, assignment = draft.policy.config, draft.policy.service.assignment
    for one in config.trigger:
        if one.on == event:
            yield Rule("rule", one.name, one.when, one.then, one.once)
    is_unassigned = event == "case.created" or (event == "case.customer_replied" and not draft.here.csr)
    if assignment.new_case == "workflow" and is_unassigned:
        for flow in config.workflow:
            if flow.name == assignment.workflow:
                yield Rule("workflow", flow.name, "", flow.then)


def _tried(draft: Draft, rule: Rule, seen: Seen, intents: Sequence[Intent]) -> RuleTrial:
    """One rule: does it hold, and if so, all of its actions; one that fails is taken back whole."""
    if why_not := _is_over(rule, seen):
        return RuleTrial(rule.name, seen.event, False, why_not)
    kept = _Kept(draft)
    try:
        if not compiled(rule.when).holds(values(seen)):
            return RuleTrial(rule.name, seen.event, False, f"its condition does not hold: {rule.when}")
        _act(draft, rule, seen, intents)
    except Refused as refused:
        return _failed(draft, kept, rule, seen, f"{refused.what} {refused.fix}".strip())
    except ConditionMistake as mistake:
        return _failed(draft, kept, rule, seen, f"its condition failed: {mistake}")
    except Exception as error:  # whatever an admin's words break: the rule is skipped, and the mail goes on
        return _failed(draft, kept, rule, seen, str(error) or type(error).__name__)
    done = [action.reason for action in draft.actions[kept.length :] if isinstance(action, AddEntry)]
    why = f"{rule.when}: " if rule.when else ""
    kept.give_back_receipt(draft)
    if rule.once or seen.event == IDLE:
        draft.change(_ONCE, fired={**draft.here.fired, rule.key: draft.now})
    return RuleTrial(rule.name, seen.event, True, f"{why}{' '.join(done) or 'nothing was left to do'}")


def may_fire_idle(case: Case, triggers: Sequence[Trigger]) -> bool:
    """Has any of these rules for idle cases yet to fire on this one? Costs next to nothing, unlike looking closer."""
    return any(not _why_over(case, f"rule:{one.name}", IDLE, one.once) for one in triggers)


def _is_over(rule: Rule, seen: Seen) -> str:
    """Why it must not fire again, "" if it may: once for a case, once for each time that a case lies idle."""
    return _why_over(seen.case, rule.key, seen.event, rule.once)


def _why_over(case: Case, key: str, event: str, once: bool) -> str:
    fired_at = case.fired.get(key)
    if fired_at is None:
        return ""
    if once:
        return f"it fires once for a case, and did at {fired_at:%Y-%m-%d %H:%M} UTC"
    if event == IDLE and fired_at >= (case.acted_at or case.created_at):
        return f"it fired at {fired_at:%Y-%m-%d %H:%M} UTC, and nobody did anything since"
    return ""


def _act(draft: Draft, rule: Rule, seen: Seen, intents: Sequence[Intent]) -> None:
    name = f'the {rule.kind} "{rule.name}"'
    by = Actor(ActorKind.RULE, Address(name, draft.policy.service.address), f"{name} on {seen.event}", door=Door.RULE)
    is_automatic = any(isinstance(one, Inquire) and (one.is_automatic or one.is_from_desk) for one in intents)
    for step in rule.then:
        for action, value in step.items():
            ACTIONS[action].do(draft, Run(by, rule.name, seen.event, is_automatic), value)


class _Kept:
    """The decision as it was before a rule, so that one that fails leaves nothing behind."""

    def __init__(self, draft: Draft) -> None:
        self.case = draft.case
        self.actions = list(draft.actions)
        self.outcome = draft.outcome
        self.told = set(draft.told)
        self.warnings = list(draft.warnings)
        self.promises = list(draft.promises)
        self.over_budget = list(draft.over_budget)

    @property
    def length(self) -> int:
        return len(self.actions)

    def give_back(self, draft: Draft) -> None:
        draft.case, draft.actions, draft.outcome = self.case, list(self.actions), self.outcome
        draft.told, draft.over_budget = set(self.told), list(self.over_budget)
        self.give_back_receipt(draft)

    def give_back_receipt(self, draft: Draft) -> None:
        """What a rule found to be so already is nothing that the CSR asked for."""
        draft.warnings, draft.promises = list(self.warnings), list(self.promises)


def _failed(draft: Draft, kept: _Kept, rule: Rule, seen: Seen, why: str) -> RuleTrial:
    """Skipped, seen on the case, and an admin hears of it."""
    kept.give_back(draft)
    by = Actor(ActorKind.RULE, Address("mailticket", draft.policy.service.address), "a rule failed", door=Door.RULE)
    text = f'The {rule.kind} "{rule.name}" failed on {seen.event} and was skipped: {why}'
    draft.event(by, text)
    if seen.event == IDLE:  # else it would fail again every quarter of an hour
        draft.change(_ONCE, fired={**draft.here.fired, rule.key: draft.now})
    draft.actions.append(Alarm(f"rule:{rule.name}", f"{draft.policy.service.name}, case {draft.here.id}. {text}"))
    return RuleTrial(rule.name, seen.event, False, f"failed and was skipped: {why}")
