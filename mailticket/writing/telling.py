"""PURE: what a letter may tell: a customer's from PublicEntry alone, a CSR's from all entries of the case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from mailticket import tokens
from mailticket.config.models import Config, Csr
from mailticket.domain.case import Case, Entry, EntryKind, PublicEntry, public
from mailticket.domain.decision import LetterKind
from mailticket.domain.people import Door, Participant
from mailticket.errors import Permanent
from mailticket.letters import links
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.csr_values import csr_values
from mailticket.letters.desk_card import desk_card_values
from mailticket.letters.links import Act, Link, Sealing
from mailticket.letters.occasion import Card, ForAdmin, ForColleague, ForCsr, ForCustomer, ForDesk, Occasion
from mailticket.letters.values import Values, admin_values, colleague_values, customer_values
from mailticket.triage.commands.command import help_lines
from mailticket.writing.matter import Matter, Stationery


def values(matter: Matter, stationery: Stationery) -> Values:
    """What the templates of this letter may use. Raises Permanent if it has lost its reader or its case."""
    send = matter.send
    reader = LETTERS[send.letter].reader
    if reader is Reader.CUSTOMER:
        return _customer_values(matter, stationery)
    if reader is Reader.ADMIN:
        told = ForAdmin(send.extra["alarms"], send.extra["more"])
        return admin_values(told, _occasion(matter, stationery, ""))
    if reader is Reader.COLLEAGUE:
        return colleague_values(ForColleague(_case_of(matter), send.reason), _occasion(matter, stationery, ""))
    csr = stationery.config.csr_at(send.csr)
    if csr is None:
        raise Permanent(f"{send.csr} is no CSR any more.")
    sealing = Sealing(stationery.config, stationery.keys, csr, tokens.letter_name(matter.nonce), matter.now)
    occasion = _occasion(matter, stationery, csr.language)
    if send.letter is LetterKind.DESK_CARD:
        return desk_card_values(_desk(matter, stationery, csr, sealing), occasion)
    return _csr_values(matter, csr, sealing, occasion)


def shown(matter: Matter, stationery: Stationery) -> tuple[int, ...]:
    """The numbers of the entries that a customer's letter may hold."""
    if matter.case is None or LETTERS[matter.send.letter].reader is not Reader.CUSTOMER:
        return ()
    seen = _public(matter, _viewer(matter.case, matter), stationery.service(matter.service).sender.name)
    return tuple(one.number for one in seen)


def _case_of(matter: Matter) -> Case:
    if matter.case is None:
        raise Permanent(f"A {matter.send.letter} needs a case.")
    return matter.case


def _occasion(matter: Matter, stationery: Stationery, language: str) -> Occasion:
    config = stationery.config
    wanted = language or config.mailticket.language
    case_id = matter.case.id if matter.case else ""
    letter = tokens.letter_name(matter.nonce)
    file_links = links.FileLinks(config, stationery.keys, matter.send.to.key, letter, matter.now)
    return Occasion(
        config,
        stationery.service(matter.service),
        matter.now,
        stationery.zone,
        wanted,
        partial(file_links.url, case_id),
    )


def _customer_values(matter: Matter, stationery: Stationery) -> Values:
    """Nothing but what this one viewer may see comes near the template."""
    case, send = _case_of(matter), matter.send
    viewer = _viewer(case, matter)
    seen = _public(matter, viewer, stationery.service(matter.service).sender.name)
    brought = next((one for one in matter.entries if one.number == send.entry), None)
    letter = ForCustomer(
        case,
        viewer,
        seen,
        brings=send.entry,
        csr=stationery.config.csr_at(brought.csr) if brought and brought.csr else None,
        may_echo=bool(send.extra.get("may_echo", True)),
        answer_by=_promise(case, matter.now),
        is_greeted=brought is None or brought.words.greeting,
        subject=brought.subject if brought and brought.kind is EntryKind.REPLY else "",
        unread=matter.unread,
    )
    spoken = stationery.book.spoken(matter.service, case.language)
    return customer_values(letter, _occasion(matter, stationery, spoken))


def _promise(case: Case, now: datetime) -> datetime | None:
    """When the customer can expect an answer: the target, else the due date, while there is none yet."""
    if case.answered_at is not None or not case.is_open:
        return None
    promised = case.respond_by or case.due_at
    return promised if promised and promised > now else None


def _public(matter: Matter, viewer: Participant, our_name: str) -> list[PublicEntry]:
    """What this viewer may see of the case; only an answer and a watcher's copy tell any of it."""
    send = matter.send
    if send.letter not in (LetterKind.CUSTOMER_REPLY, LetterKind.WATCHER_COPY):
        return []
    is_copy = send.letter is LetterKind.WATCHER_COPY
    told = [one for one in matter.entries if not is_copy or one.number == send.entry]
    return [shown for one in told if (shown := public(one, viewer, our_name))]


def _viewer(case: Case, matter: Matter) -> Participant:
    """A CSR lets a watcher see what is new, as its customer does, and nothing that was before."""
    send = matter.send
    if send.letter is LetterKind.WATCHER_COPY:
        return Participant(send.to, True, send.entry)
    return case.participant(send.to) or Participant(send.to, False, case.entries)


def _csr_values(matter: Matter, csr: Csr, sealing: Sealing, occasion: Occasion) -> Values:
    send, case = matter.send, matter.case
    is_case = send.letter is LetterKind.CSR_CASE
    letter = ForCsr(
        csr,
        case,
        matter.entries,
        brings=send.entry or (_private_text(matter.entries, send.extra.get("waited_since")) if is_case else 0),
        commands=help_lines() if is_case else (),
        earlier=matter.earlier,
        away=matter.away,
        links=links.letter_links(occasion.service, case, sealing) if is_case and case else None,
        acts=_acts(matter, sealing),
        solved=[(one, links.reuse_link(case, one.case, sealing)) for one in matter.solved] if case else (),
        extra=send.extra,
        about=matter.about,
        unread=matter.unread,
    )
    return csr_values(letter, occasion)


def _private_text(entries: Sequence[Entry], waited_since: datetime | None) -> int:
    """The newest note of one of us since the case began to wait: what was meant for whoever gets it next.

    Where it did not wait, only if nobody has written anything since.
    """
    words = [one for one in entries if one.kind is not EntryKind.EVENT]
    recent = [one for one in words if one.at >= waited_since] if waited_since else words[-1:]
    notes = [one.number for one in recent if one.kind is EntryKind.NOTE and _is_by_one_of_us(one)]
    return notes[-1] if notes else 0


def _is_by_one_of_us(note: Entry) -> bool:
    """Not what a machine sent or a rule added: a CSR wrote it, or an admin at the command line or the console."""
    return bool(note.csr) or note.door.startswith((Door.CLI, Door.CONSOLE))


def _acts(matter: Matter, sealing: Sealing) -> tuple[Link, ...]:
    """What can be clicked about the answer that is held, or that waits a while before it goes out; or about a
    thank-you that was more than that."""
    case, send = matter.case, matter.send
    if case is None:
        return ()
    if send.extra.get("reopen"):
        return (links.reopen_link(case, sealing),)
    if send.letter is LetterKind.HOLD_NOTICE and send.entry:
        return links.held_links(case, send.entry, sealing)
    recallable = int(send.extra.get("recall", 0))
    return (links.recall_link(case, recallable, sealing),) if recallable else ()


def _desk(matter: Matter, stationery: Stationery, csr: Csr, sealing: Sealing) -> ForDesk:
    lies = matter.on_desk
    if lies is None:
        raise Permanent(f"A {matter.send.letter} needs to know what lies on the desk.")
    roles = roles_of(stationery.config, csr)
    return ForDesk(
        csr,
        [Card(one, sealing.both("Write a note", one, Act.NOTE, "", "note")) for one in lies.mine],
        [Card(one, links.take_link(one, sealing)) for one in lies.free],
        (lies.own - len(lies.mine), lies.waiting - len(lies.free)),
        [one for one in roles if (one, csr.key) in matter.away],
    )


def roles_of(config: Config, csr: Csr) -> list[str]:
    """The names of the roles that the CSR is in, in the config's order."""
    return [one.name for one in config.role if csr in config.members(one.name)]
