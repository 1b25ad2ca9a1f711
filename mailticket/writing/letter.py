"""PURE: the letter itself: its values in its template, its headers and seals; frozen, so attempts are alike."""

from __future__ import annotations

from contextlib import suppress

from mailticket.config.models import Service
from mailticket.domain.address import Address
from mailticket.domain.case import Case, EntryKind
from mailticket.domain.decision import LetterKind
from mailticket.domain.texts.storable import clean
from mailticket.law.opening import DESK_TAG
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.enclosures import Way
from mailticket.letters.render import render
from mailticket.letters.specimen import specimens
from mailticket.letters.values import Values
from mailticket.mime import compose
from mailticket.mime.compose import FileRef, Skeleton
from mailticket.mime.outgoing import outgoing_headers
from mailticket.mime.outgoing.outgoing_headers import Heading
from mailticket.sandbox import TemplateMistake
from mailticket.tokens import Purpose, conversation_root, loop_seal, message_id, relayed
from mailticket.writing import telling
from mailticket.writing.matter import Letter, Matter, Stationery
from mailticket.writing.packing import packed


def write(matter: Matter, stationery: Stationery) -> Letter:
    """The finished letter. Raises Permanent if it cannot be written."""
    send, case = matter.send, matter.case
    service = stationery.service(matter.service)
    values = telling.values(matter, stationery)
    rendered = render(send.letter, values, stationery.book)
    is_for_customer = LETTERS[send.letter].reader is Reader.CUSTOMER
    purpose = Purpose.TO_CUSTOMER if is_for_customer else Purpose.TO_CSR
    own_id = message_id(
        stationery.keys, purpose, case.id if case else "", send.to.key, matter.nonce, service.sender.domain
    )
    in_reply_to, references = _thread(matter, stationery, service)
    heading = Heading(
        sender=_sender_for_csr(case, service) if send.csr else service.sender,
        to=(send.to if send.extra.get("may_echo", True) else Address("", send.to.address),),
        subject=rendered.subject,
        message_id=own_id,
        at=matter.now,
        in_reply_to=in_reply_to,
        references=references,
        extra=(*LETTERS[send.letter].headers, ("X-MailTicket-Loop", _loop_header(case, stationery, own_id))),
    )
    files = tuple(FileRef(one.name, one.type, one.sha256, one.inline, one.cid) for one in rendered.files)
    skeleton = Skeleton(outgoing_headers.written(heading), rendered.text, rendered.html, files, matter.boundary)
    return Letter(
        own_id,
        packed(clean(compose.freeze(skeleton))),
        rendered.files,
        telling.shown(matter, stationery),
        _left_out(send.letter, values),
        rendered.trouble,
    )


def _left_out(letter: LetterKind, values: Values) -> tuple[str, ...]:
    """The names of an answer's files that were too large to go along."""
    is_without = letter is LetterKind.CUSTOMER_REPLY and values["files_are"] == Way.LEFT_OUT
    return tuple(one["name"] for one in values["files"]) if is_without else ()


def _loop_header(case: Case | None, stationery: Stationery, own_id: str) -> str:
    """Between two desks a case that one of them opened for the other goes no further."""
    seal = loop_seal(stationery.keys, own_id)
    return relayed(seal) if case and DESK_TAG in case.tags else seal


def _sender_for_csr(case: Case | None, service: Service) -> Address:
    """The customer's name before ours: what a CSR looks for in a full inbox. The address is ours."""
    ours = service.sender
    name = case.customer.name if case else ""
    return Address(f"{name} via {ours.name}" if name and "@" not in name else ours.name, ours.address)


def _thread(matter: Matter, stationery: Stationery, service: Service) -> tuple[str, tuple[str, ...]]:
    """(In-Reply-To, References): one conversation a case. A customer's begins with their own first mail,
    a CSR's with an ID that is made for it and never sent."""
    send = matter.send
    is_for_customer = LETTERS[send.letter].reader is Reader.CUSTOMER
    if matter.case is None or not (is_for_customer or send.csr):
        return "", ()
    if not is_for_customer:
        root = conversation_root(stationery.keys, matter.case.id, send.csr, service.sender.domain)
        return root, (root,)
    theirs = [one for one in matter.entries if one.message_id and send.to.key in one.parties]
    ids = tuple(one.message_id for one in theirs if one.kind is EntryKind.CUSTOMER_MAIL)
    return (ids[-1], ids) if ids else ("", ())


def rehearse(stationery: Stationery) -> None:
    """Writes what every service writes most, about a made-up case: then its templates are compiled."""
    language = stationery.config.mailticket.language
    shelves = dict.fromkeys(stationery.book.shelves(one.name, language)[0] for one in stationery.config.service)
    for shelf in shelves:
        for kind in (LetterKind.AUTO_REPLY, LetterKind.CSR_CASE, LetterKind.CUSTOMER_REPLY):
            with suppress(TemplateMistake):  # its letter tells
                shelf.letter(LETTERS[kind].files, specimens(kind)[0])
