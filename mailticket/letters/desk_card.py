"""PURE: the values of a desk card: a CSR's open cases, what is due first, and the cases that wait for anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Priority
from mailticket.domain.people import Customer
from mailticket.domain.times.spans import shown_span
from mailticket.letters.csr_links import clickable
from mailticket.letters.dates import moment
from mailticket.letters.occasion import Card, ForDesk, Occasion
from mailticket.letters.values import Values, case_values, shared_values

_NOBODY = Customer(0, Address("", ""))
_NEVER = datetime.max.replace(tzinfo=UTC)
_URGENCY = tuple(reversed(Priority))


def desk_card_values(letter: ForDesk, occasion: Occasion) -> Values:
    """What a desk card shows: what is due first stands first, then what is more urgent, then what is older."""
    mine, free = _in_order(letter.mine), _in_order(letter.free)
    late = [one for one in mine if _is_late(one.case, occasion.now)]
    own, waiting = letter.more
    return shared_values(None, _NOBODY, letter.csr, occasion) | {
        "mine": [_card(one, occasion) for one in mine],
        "free": [_card(one, occasion) for one in free],
        "late": len(late),
        "mine_more": own,
        "free_more": waiting,
        "away": list(letter.away),
        "availability": [
            {"label": word, "url": "", "mail_url": f"mailto:{quote(occasion.service.address, safe='@')}?subject={word}"}
            for word in ("away", "available")
        ],
    }


def _in_order(cards: Iterable[Card]) -> list[Card]:
    return sorted(cards, key=lambda one: _order(one.case))


def _order(case: Case) -> tuple[datetime, int, datetime]:
    return case.due_at or _NEVER, _URGENCY.index(Priority(case.priority)), case.created_at


def _is_late(case: Case, now: datetime) -> bool:
    return case.due_at is not None and case.due_at <= now


def _card(card: Card, occasion: Occasion) -> Values:
    case = card.case
    return case_values(case, occasion) | {
        "status": str(case.status),
        "priority": str(case.priority),
        "customer": case.customer.name or case.customer.address.address,
        "age": shown_span(occasion.now - case.created_at),
        "due": moment(case.due_at, occasion.zone, occasion.language) if case.due_at else "",
        "is_late": _is_late(case, occasion.now),
        "until": moment(case.pending_until, occasion.zone, occasion.language) if case.pending_until else "",
        "link": clickable(card.link),
    }
