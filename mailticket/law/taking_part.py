"""PURE: who takes part in a case: whose words they are, and whom a mail names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailticket.domain.address import Address
from mailticket.domain.people import Actor, ActorKind, Participant
from mailticket.law.draft import Draft

#: An answer is a letter to each of them, so a stranger's mail to a thousand people must not make it a thousand.
MOST_PEOPLE = 200


def writer_of(by: Actor, author: Address | None) -> Actor:
    """Whose words they are: of the customer whose mail a CSR passes on, or who wrote through them."""
    return by if author is None else Actor(ActorKind.CUSTOMER, author, f"passed on by {by.address.shown}")


def newcomers(there: Sequence[Participant], named: Iterable[Address], since: int) -> tuple[Participant, ...]:
    """Those who are named and do not take part yet, each once, from entry number `since` on."""
    known = {one.address.key for one in there}
    return tuple(
        Participant(one, False, since) for key, one in {one.key: one for one in named}.items() if key not in known
    )


def with_room(there: Sequence[Participant], new: Sequence[Participant]) -> tuple[tuple[Participant, ...], str]:
    """As many of the newcomers as there is room for, and what is said of the others ("" if all take part)."""
    room = max(0, MOST_PEOPLE - len(there))
    left = len(new) - room
    if left <= 0:
        return tuple(new), ""
    who = "One more in To and Cc takes" if left == 1 else f"{left} more in To and Cc take"
    return tuple(new[:room]), f"{who} no part in this case: at most {MOST_PEOPLE} people do."


def let_in(draft: Draft, named: Iterable[Address], writer: Address) -> str:
    """Whom a mail names takes part from its entry on, and its writer by another address of the customer's too.

    Returns what is to be said of those for whom there is no room.
    """
    there = draft.here.participants
    new, left_out = with_room(there, newcomers(there, named, draft.here.entries + 1))
    if new:
        draft.change("people in the mail's To and Cc", participants=(*there, *new))
    if all(one.address.key != writer.key for one in there) and draft.known.is_customer_of(draft.here, writer):
        another = Participant(writer, True)
        draft.change("another address of the customer's", participants=(*draft.here.participants, another))
    return left_out
