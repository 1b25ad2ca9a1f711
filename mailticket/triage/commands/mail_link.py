"""PURE: mail links: a subject such as "[#7F3K-9QX6] assign jane@example.com <token>" that a letter of ours offered."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mailticket.domain import case_id
from mailticket.tokens import Keys, is_mail_link
from mailticket.triage.commands import command
from mailticket.triage.commands.command import Asked
from mailticket.triage.subject import plain_subject

_TOKEN = re.compile(r"[a-z2-7]{26}", re.IGNORECASE | re.ASCII)
_MOST_WORDS = 40  # before the token; a command and the name of a role or a ready answer have a few


@dataclass(frozen=True, slots=True)
class MailLink:
    """What a subject asks for: a case ID, and a command without its #. `is_genuine`: we offered it to this CSR."""

    case: str
    action: str
    is_genuine: bool

    @property
    def asked(self) -> Asked | None:
        """The command, None if there is no such command (any more)."""
        parsed = command.parse(f"#{self.action}")
        return parsed.asked[0] if parsed.asked else None


def find(subject: str, csrs: Collection[str], keys: Keys) -> MailLink | None:
    """The mail link in a subject; None for any other subject. `csrs` are the CSR's own addresses (their keys).

    Words of the service's subject tag may stand before the action, so the seal decides where it begins; a subject
    without a genuine seal that looks like one of ours is told apart, for its text was meant to be private.
    """
    cases = case_id.find(subject)
    *words, token = plain_subject(subject).split() or [""]
    if not cases or not words or not _TOKEN.fullmatch(token):
        return None
    words = words[-_MOST_WORDS:]
    actions = [" ".join(words[start:]) for start in range(len(words))]
    for action in actions:
        if is_mail_link(keys, token, cases[0], csrs, action):
            return MailLink(cases[0], action, True)
    claimed = next((one for one in actions if one.split()[0].lower() in command.COMMANDS), "")
    return MailLink(cases[0], claimed, False) if claimed else None
