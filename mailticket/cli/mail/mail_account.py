"""PURE but for its last function, which prints: a mail that was read, as plain values and as an account for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

import click

from mailticket.cli import show
from mailticket.domain import decision as does
from mailticket.domain.address import Address
from mailticket.domain.mail import Bounce, InboundMail

if TYPE_CHECKING:
    from mailticket.cli.mail.would_do import Outcome

#: What tells an action from others of its kind, besides its reason.
_DETAILS: dict[type[does.Action], tuple[str, Callable[[Any], Mapping[str, Any]]]] = {
    does.OpenCase: (
        "open_case",
        lambda one: {"subject": one.case.subject, "customer": _person(one.case.customer.address)},
    ),
    does.ChangeCase: ("change_case", lambda one: {"changes": {name: str(new) for name, new in one.changes.items()}}),
    does.AddEntry: ("add_entry", lambda one: {"kind": str(one.entry.kind), "text": one.entry.words.text}),
    does.ChangeEntry: ("change_entry", lambda one: {"entry": one.entry}),
    does.Send: ("send", lambda one: {"letter": str(one.letter), "to": _person(one.to)}),
    does.ChangePerson: ("change_person", lambda one: {"csr": one.csr, "is_away": one.is_away, "role": one.role}),
    does.Settle: ("settle", lambda one: {"outcome": one.outcome, "delete_from_server": one.delete_from_server}),
    does.Alarm: ("alarm", lambda _one: {}),
    does.Call: ("call", lambda one: {"url": one.url}),
    does.JoinCase: ("join_case", lambda one: {"source": one.source.id}),
    does.Recall: ("recall", lambda one: {"entry": one.entry}),
    does.CameBack: ("came_back", lambda one: {"outbox": one.outbox}),
    does.RevokeLetter: ("revoke_letter", lambda _one: {}),
    does.ChangeBlacklist: ("change_blacklist", lambda one: {"address": one.address, "is_listed": one.is_listed}),
}


def row(file: str, mail: InboundMail, outcome: Outcome | None) -> dict[str, Any]:
    """The mail as `replay --json` prints it. Without an outcome `sender`, `case` and `actions` are None."""
    return {
        "file": file,
        "subject": mail.subject,
        "from": _people(mail.from_),
        "to": _people(mail.to),
        "cc": _people(mail.cc),
        "reply_to": _people(mail.reply_to),
        "date": mail.date,
        "message_id": mail.message_id,
        "text": mail.text,
        "html": mail.html,
        "reply": mail.reply.text,
        "reply_method": str(mail.reply.method),
        "reply_sure": mail.reply.sure,
        "attachments": [
            {"name": one.name, "type": one.type, "size": one.size, "sha256": one.sha256, "inline": one.inline}
            for one in mail.attachments
        ],
        "markers": list(dict.fromkeys(str(one.mark) for one in mail.markers)),
        "bounce": _bounce(mail.bounce),
        **_decided(outcome),
        "defects": list(mail.defects),
    }


def _decided(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {"sender": None, "case": None, "actions": None}
    by = outcome.sender
    return {
        "sender": {"kind": str(by.kind), **_person(by.address), "reason": by.reason},
        "case": outcome.case or None,
        "actions": [_action(one) for one in outcome.actions],
        "rules": [
            {"rule": one.rule, "event": one.event, "fires": one.has_fired, "reason": one.told} for one in outcome.rules
        ],
    }


def _action(action: does.Action) -> dict[str, Any]:
    name, details = _DETAILS[type(action)]
    reason = action.text if isinstance(action, does.Alarm) else action.reason
    return {"action": name, "reason": reason, **details(action)}


def _person(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _people(addresses: Iterable[Address]) -> list[dict[str, str]]:
    return [_person(one) for one in addresses]


def _bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    failed = [{"address": one.address, "permanent": one.permanent, "status": one.status} for one in bounce.recipients]
    return {"recipients": failed, "original_message_id": bounce.original_message_id}


def account(told: Mapping[str, Any], zone: tzinfo = UTC) -> None:
    """Print a `row` for people: its head, its text with the new words first, its files, what would happen."""
    show.heading(told["file"])
    show.facts(
        [
            ("Subject", told["subject"]),
            *((name, _names(told[key])) for name, key in _HEAD),
            ("Date", show.moment(told["date"], zone)),
            ("Message-ID", told["message_id"]),
            ("Marks", told["markers"]),
            ("Bounce of", _failed(told["bounce"])),
            ("Files", [f"{one['name']} ({one['type']}, {one['size']} octets)" for one in told["attachments"]]),
            ("Defects", told["defects"]),
            ("Sender", f"{told['sender']['kind']}: {told['sender']['reason']}" if told["sender"] else ""),
            ("Case", told["case"]),
        ]
    )
    is_cut = told["reply"] != told["text"]
    if is_cut:
        click.echo(f"\nThe new words ({told['reply_method']}, {'sure' if told['reply_sure'] else 'not sure'}):")
        show.long_text(told["reply"])
    click.echo("\nThe whole text:" if is_cut else "\nThe text:")
    show.long_text(told["text"])
    for number, action in enumerate(_worth_telling(told["actions"] or ()), 1):
        click.echo("\nWhat would happen:" if number == 1 else "", nl=number == 1)
        show.long_text(f"{number}. {action['action'].replace('_', ' ')}: {action['reason']}")

    for number, rule in enumerate(told.get("rules", ()), 1):
        click.echo("\nThe rules:" if number == 1 else "", nl=number == 1)
        does_what = "fires" if rule["fires"] else "does not fire"
        show.long_text(f"{rule['rule']} on {rule['event']} {does_what}: {rule['reason']}")


def _worth_telling(actions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without the changes of a case whose event says the same, and what was said already. --json has them all."""
    events = {one["reason"] for one in actions if one["action"] != "change_case"}
    seen: set[str] = set()
    found = []
    for one in actions:
        if one["action"] != "change_case" or one["reason"] not in events | seen:
            found.append(one)
        seen.add(one["reason"])
    return found


_HEAD = (("From", "from"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to"))


def _names(people: Iterable[Mapping[str, str]]) -> list[str]:
    return [str(Address(one["name"], one["address"])) for one in people]


def _failed(bounce: Mapping[str, Any] | None) -> list[str]:
    if bounce is None:
        return []
    return [f"{one['address']} {one['status']}".strip() for one in bounce["recipients"]] or ["an unnamed recipient"]
