"""PURE: who watches a case gets a copy of what is new on it; nothing private goes to anybody who is no CSR."""

from __future__ import annotations

from collections.abc import Sequence

from mailticket.domain.address import Address
from mailticket.domain.case import Entry, EntryKind, Watching
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.law.draft import THE_LAW, Draft

_WHY = "you watch this case"


def tell_watchers(draft: Draft, by: str) -> None:
    """One copy each of the newest entry; none to `by`, the CSR who made it, and to whom a letter brings it anyway."""
    if draft.case is None or not draft.here.watchers:
        return
    news = [one for one in draft.new_entries() if one.kind is not EntryKind.EVENT and not one.held]
    if not news:
        return
    for csr in _csrs(draft, news[-1]):
        if csr != by and csr not in draft.told:
            draft.notify(csr, _WHY, news[-1].number)
    public = [one for one in news if not one.is_private]
    for address in _outsiders(draft, public[-1:]):
        if address.key not in public[-1].parties:
            _copy(draft, address, public[-1])


#: The kinds of entries that each choice of a watcher is about.
_CHOSEN = {
    Watching.CUSTOMER: EntryKind.CUSTOMER_MAIL,
    Watching.ANSWERS: EntryKind.REPLY,
    Watching.NOTES: EntryKind.NOTE,
}


def _wants(draft: Draft, watcher: str, entry: Entry) -> bool:
    chosen = draft.here.watching.get(watcher, Watching.ALL)
    return chosen == Watching.ALL or _CHOSEN.get(Watching(chosen)) is entry.kind


def _csrs(draft: Draft, entry: Entry) -> list[str]:
    """The keys of all CSRs who watch such entries, those of watching roles included, each once."""
    config = draft.policy.config
    found = [
        csr.key
        for one in draft.here.watchers
        if _wants(draft, one, entry)
        for csr in ((config.csr_at(one),) if "@" in one else config.members(one))
        if csr is not None
    ]
    return list(dict.fromkeys(found))


def _outsiders(draft: Draft, news: Sequence[Entry]) -> list[Address]:
    """Watchers of such entries who are none of us; those who take part get every letter anyway."""
    people = [Address("", one) for one in draft.here.watchers for new in news if "@" in one and _wants(draft, one, new)]
    ours = draft.policy.config.our_keys
    return [one for one in people if one.key not in ours and not draft.here.participant(one) and one.can_get_mail]


def _copy(draft: Draft, to: Address, entry: Entry) -> None:
    key = f"watcher_copy:{draft.here.id}:{entry.number}:{to.key}"
    why = "they watch the case"
    why_not = draft.send_within_budget(Send(LetterKind.WATCHER_COPY, SendKind.AUTO, to, key, why, entry=entry.number))
    if why_not:
        draft.event(THE_LAW, f"No copy for {to.address}, who watches the case: {why_not}.")
