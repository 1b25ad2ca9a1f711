"""The rules as `check` sees them: what the config may say, and which keeps a case waiting for ever."""

from __future__ import annotations

from collections.abc import Iterator

from mailticket.cli.setting_up.finding import Finding, ok, warning
from mailticket.config.models import Config, Service
from mailticket.law.rules.rule_checks import texts


def rules(config: Config) -> Iterator[Finding]:
    """Does every skill that a rule asks for belong to somebody who gets cases, where cases wait for it?"""
    waiting = [one for one in config.service if one.first_level and one.assignment.waits_for_the_able]
    lonely = [warned for service in waiting for warned in _skills_of_nobody(config, service)]
    counted = f"triggers: {len(config.trigger)}, workflows: {len(config.workflow)}"
    yield from lonely or [ok("rules", counted)]


def _skills_of_nobody(config: Config, service: Service) -> Iterator[Finding]:
    there = {skill.lower() for csr in config.members(service.first_level) for skill in csr.skills}
    for trigger in config.trigger:
        for skill in (one for step in trigger.then for one in texts(step.get("skill", ()))):
            if skill.lower() not in there:
                yield warning(
                    f"{service.name}: skills",
                    f'"{trigger.name}" asks for "{skill}", and nobody in {service.first_level} knows about it; '
                    "such a case waits for ever",
                    "Give somebody there the skill, or set nobody_able to another value.",
                )
