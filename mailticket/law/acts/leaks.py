"""PURE: a CSR's mail took our letter out of the house: the CSR is warned, and the letter proves nothing any more."""

from __future__ import annotations

from mailticket import tokens
from mailticket.domain.decision import RevokeLetter
from mailticket.domain.intents import WarnOutsiders
from mailticket.law.draft import Draft

_SHOWN = 5


def warn_outsiders(draft: Draft, intent: WarnOutsiders) -> None:
    """The mail itself is carried out as it was meant; its letter's links and tokens are dead from now on."""
    people = [one.address for one in intent.outsiders[:_SHOWN]]
    if len(intent.outsiders) > _SHOWN:
        more = len(intent.outsiders) - _SHOWN
        people.append("one other" if more == 1 else f"{more} others")
    reason = f"{intent.by.address.shown}'s mail also went to {', '.join(people)}"
    letter = tokens.letter_named(intent.letter)
    csr = draft.policy.config.csr_at(intent.by.csr)
    standing = [tokens.standing_name(draft.here.id, key) for key in sorted(csr.keys)] if csr else []
    draft.actions += [RevokeLetter(one, reason) for one in (letter, *standing) if one]
    draft.event(intent.by, f"{reason}, so the links of that letter work no more.")
    draft.warnings.append(
        f"Your mail also went to {', '.join(people)}. If it quoted ours, they have seen our history and private "
        "notes. The links in that letter are dead now. Reply to support alone, without others in Cc."
    )
