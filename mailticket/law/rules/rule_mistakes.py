"""PURE: everything wrong with the rules of a config, before any of them runs: unknown names, wrong values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailticket.conditions import mistakes_in
from mailticket.config.models import Config
from mailticket.domain.near_names import hint
from mailticket.law.rules.rule_actions import ACTIONS
from mailticket.law.rules.rule_values import names

#: The path of a key, items counted from 0, and what is wrong with it.
Mistake = tuple[tuple[int | str, ...], str]


def rule_mistakes(config: Config) -> Iterator[Mistake]:
    """Of all triggers and workflows."""
    known = names(config)
    for table, rules in (("trigger", config.trigger), ("workflow", config.workflow)):
        for name, count in Counter(one.name for one in rules).items():
            if count > 1:
                yield (table,), f'there are {count} with the name "{name}"; give each its own'
    for number, trigger in enumerate(config.trigger):
        for what in mistakes_in(trigger.when, known):
            yield ("trigger", number, "when"), what
        yield from _wrong_steps(("trigger", number, "then"), trigger.then, config)
    for number, workflow in enumerate(config.workflow):
        yield from _wrong_steps(("workflow", number, "then"), workflow.then, config)


def _wrong_steps(path: tuple[int | str, ...], steps: Sequence[Mapping[str, Any]], config: Config) -> Iterator[Mistake]:
    if not any(steps):
        yield path, f"does nothing; an action is one of {', '.join(ACTIONS)}"
    for place, step in enumerate(steps):
        for name, value in step.items():
            action = ACTIONS.get(name)
            if action is None:
                yield (*path, place, name), f"there is no such action{hint(name, ACTIONS)}"
            else:
                yield from (((*path, place, name), what) for what in action.wrong(value, config))
