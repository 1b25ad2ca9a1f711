"""PURE: `#template NAME`: a ready answer of the admin's with the case's values in it. What customers wrote is data."""

from __future__ import annotations

from typing import Any

from mailticket.config.rules import AnswerTemplate
from mailticket.domain.case import Case
from mailticket.sandbox import TemplateMistake, compile_line, rendered
from mailticket.triage.arguments import Desk, Unclear, nearest

_LONGEST = 100_000


def text_of(name: str, desk: Desk) -> str:
    """The text of the ready answer of this name, filled in. Raises Unclear."""
    template = _named(name, desk)
    if desk.case is None:
        raise Unclear(f"#template {name} needs a case.", "Reply to the mail about the case.")
    try:
        text = rendered(compile_line(template.text), values(desk.case, desk)).strip()
    except TemplateMistake as mistake:
        what = f'The ready answer "{template.name}" cannot be used: {mistake.what}.'
        raise Unclear(what, "Tell the admin, and write the answer yourself.") from mistake
    if not text or len(text) > _LONGEST:
        raise Unclear(f'The ready answer "{template.name}" is empty or far too long.', "Tell the admin.")
    return text


def values(case: Case, desk: Desk) -> dict[str, Any]:
    """What a ready answer may name: customer, case, csr, service, and the fields that a customer may see."""
    csr, service = desk.csr, desk.service
    visible = {one.name for one in desk.config.field if one.visible == "customer"}
    return {
        "customer": {
            "name": case.customer.name,
            "first_name": case.customer.first_name,
            "address": case.customer.address.address,
        },
        "case": {
            "id": case.id,
            "tag": service.subject_tag.replace("{id}", case.id),
            "subject": case.subject,
            "created": f"{case.created_at:%Y-%m-%d}",
        },
        "csr": {"name": csr.name if csr else service.sender.name},
        "service": {"name": service.name, "from_name": service.sender.name, "address": service.address},
        "fields": {one.name: case.fields.get(one.name, "") for one in desk.config.field if one.name in visible},
    }


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
