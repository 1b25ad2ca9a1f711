"""PURE: `#template NAME`: a ready answer of the admin's with the case's values in it. What customers wrote is data.

A value that the case does not have is never left empty in an answer: the answer is refused, and says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailticket.config.models import Config
from mailticket.config.rules import AnswerTemplate, CustomField
from mailticket.domain.case import Case
from mailticket.sandbox import TemplateMistake, absent, compile_line, rendered
from mailticket.triage.commands.arguments import Desk, Unclear, nearest

_LONGEST = 100_000
_LONGEST_SUBJECT = 250
#: What stands for a field's value when a ready answer is tried out.
_SAMPLES = {"text": "sample", "number": "1", "date": "2026-01-31", "choice": "sample", "checkbox": "yes"}


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """A ready answer with the case's values in it. `subject` is "" where the answer keeps the case's."""

    text: str
    subject: str = ""


def filled_in(name: str, desk: Desk) -> ReadyAnswer:
    """The ready answer of this name for the desk's case. Raises Unclear."""
    template = _named(name, desk)
    if desk.case is None:
        raise Unclear(f"#template {name} needs a case.", "Reply to the mail about the case.")
    try:
        ready = _written(template, values(desk.case, desk))
    except TemplateMistake as mistake:
        what = f'The ready answer "{template.name}" cannot be used here: {mistake.what}.'
        raise Unclear(
            what, "Fill in what is missing (#set NAME=VALUE), or write the answer yourself and tell the admin."
        ) from mistake
    if not ready.text or len(ready.text) > _LONGEST:
        raise Unclear(f'The ready answer "{template.name}" is empty or far too long.', "Tell the admin.")
    return ready


def _written(template: AnswerTemplate, known: dict[str, Any]) -> ReadyAnswer:
    text = rendered(compile_line(template.text), known).strip()
    subject = " ".join(rendered(compile_line(template.subject), known).split())[:_LONGEST_SUBJECT]
    return ReadyAnswer(text, subject)


def values(case: Case, desk: Desk) -> dict[str, Any]:
    """What a ready answer may name: customer, case, csr, service, and the fields that a customer may see."""
    csr, service, customer = desk.csr, desk.service, case.customer
    nobody = f"nobody knows the name of {customer.address.address}"
    return {
        "customer": {
            "name": customer.name or absent(nobody),
            "first_name": customer.first_name or absent(nobody),
            "address": customer.address.address,
        },
        "case": {
            "id": case.id,
            "tag": service.subject_tag.replace("{id}", case.id),
            "subject": case.subject or absent("the case has no subject"),
            "created": f"{case.created_at:%Y-%m-%d}",
        },
        "csr": {"name": csr.name if csr else service.sender.name},
        "service": {"name": service.name, "from_name": service.sender.name, "address": service.address},
        "fields": {
            one.name: case.fields.get(one.name) or absent(f'the case has no value in the field "{one.name}"')
            for one in _shown_fields(desk.config)
        },
    }


def mistakes(template: AnswerTemplate, config: Config) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) of a ready answer that no case could use, tried with a made-up case that has everything."""
    known = {
        "customer": {"name": "Carla Jensen", "first_name": "Carla", "address": "carla@customers.example"},
        "case": {"id": "7F3K-9QX6", "tag": "[#7F3K-9QX6]", "subject": "A question", "created": "2026-01-31"},
        "csr": {"name": "Ann Berg"},
        "service": {"name": "support", "from_name": "Example Support", "address": "support@example.com"},
        "fields": {one.name: _SAMPLES[one.kind] for one in _shown_fields(config)},
    }
    for key, source in (("text", template.text), ("subject", template.subject)):
        try:
            rendered(compile_line(source), known)
        except TemplateMistake as mistake:
            yield key, f"line {mistake.line}: {mistake.what}" if mistake.line else mistake.what


def _shown_fields(config: Config) -> list[CustomField]:
    return [one for one in config.field if one.visible == "customer"]


def _named(name: str, desk: Desk) -> AnswerTemplate:
    known = desk.config.answer
    found = next((one for one in known if one.name.lower() == name.lower()), None)
    if found is None:
        names = [one.name for one in known]
        fix = f"There are: {', '.join(names[:20])}." if names else "The config has no [[answer]] and no answers folder."
        raise Unclear(
            f'There is no ready answer "{name}".' if name else "#template needs a name.", nearest(name, names, fix)
        )
    return found
