"""PURE: the plain values that templates may use, and nothing else of a case: strings, numbers, lists, dicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from mailticket.config.models import Csr, Letters, Service
from mailticket.domain import case_id
from mailticket.domain.address import Address
from mailticket.domain.case import Case, StoredFile
from mailticket.domain.people import Customer
from mailticket.domain.times.spans import shown_size
from mailticket.letters import courtesy
from mailticket.letters.dates import moment
from mailticket.letters.enclosures import Way, enclosed
from mailticket.letters.history import History, Item, cut, from_public, to_attach, with_own_ids
from mailticket.letters.occasion import ForAdmin, ForColleague, ForCustomer, Occasion
from mailticket.sandbox import TemplateMistake, render_line

Values = dict[str, Any]

_NO_SUBJECT = "(no subject)"
_SUBJECT_LIMIT = 180
_NAME_LIMIT = 60
_NO_NAME = re.compile(r"@|//|www\.|[<>{}|]", re.IGNORECASE)
#: Prefixes that clients put before a reply's subject; ours is put there anew.
_REPLY = re.compile(
    r"\A(?:\s*(?:re|aw|antw|sv|vs|odp|ynt|回复|答复|回覆)\s?(?:\[\d{1,3}\])?\s?[:：])+\s*", re.IGNORECASE
)


def customer_values(letter: ForCustomer, occasion: Occasion) -> Values:
    """What a letter to this customer may show. Only PublicEntry comes in here: no note can.

    Who is neither proven nor known gets nothing back of what they wrote, not even the name in their From.
    """
    items = [from_public(one) for one in letter.entries]
    answers = [with_own_ids(one) for one in items if one.number == letter.brings]
    past = cut(one for one in items if one.number != letter.brings)
    past = replace(past, more=past.more + letter.unread)
    viewer = Customer(0, letter.viewer.address if letter.may_echo else Address("", letter.viewer.address.address))
    values = shared_values(letter.case, viewer, letter.csr, occasion)
    values |= history_values(past, answers, occasion)
    answer_by = moment(letter.answer_by, occasion.zone, occasion.language) if letter.answer_by else ""
    values |= {"may_echo": letter.may_echo, "answer_by": answer_by}
    values["answer"] = item_values(answers[0], occasion) if answers else None
    values |= courtesy_values(answers[0].text if answers else "", values, letter.csr, occasion.service)
    if letter.subject:
        values["case"]["subject"] = plain_subject(letter.subject)
    return values if letter.is_greeted else values | {"greeting": ""}


def shared_values(case: Case | None, customer: Customer, csr: Csr | None, occasion: Occasion) -> Values:
    """What every letter knows: language, service, case, customer, CSR; and empty places for all the rest."""
    service = occasion.service
    return {
        "language": occasion.language or "en",
        "service": {"name": service.name, "from_name": service.sender.name, "address": service.address},
        "case": case_values(case, occasion) if case else None,
        "customer": _customer_values(customer),
        "csr": {"name": csr.name if csr else service.sender.name, "first_name": _first_name(csr)},
        "greeting": "",
        "sign_off": "",
        "signature": "",
        "answer": None,
        "answer_by": "",
        "may_echo": True,
        "history": {"entries": [], "more": 0, "count": 0, "numbered": False},
        "files": [],
        "files_are": str(Way.ATTACHED),
        "attached": (),
        "trouble": [],
    }


def colleague_values(letter: ForColleague, occasion: Occasion) -> Values:
    """What a rule's notice shows: which case it is and whose, never what anybody wrote."""
    case = letter.case
    assigned = occasion.config.csr_at(case.csr)
    values = shared_values(case, case.customer, None, occasion) | {"why": letter.why}
    facts = {"status": str(case.status), "priority": str(case.priority), "csr": assigned.name if assigned else ""}
    return values | {"case": values["case"] | facts}


def admin_values(letter: ForAdmin, occasion: Occasion) -> Values:
    """What an alarm shows."""

    def since(at: datetime) -> str:
        return moment(at, occasion.zone, occasion.language, with_zone=True)

    nobody = Customer(0, Address("", ""))
    listed = [{**one, "since": since(one["rung_at"])} for one in letter.alarms]
    counted = {"alarms": listed, "more": letter.more, "count": len(listed) + letter.more}
    return shared_values(None, nobody, None, occasion) | counted


def _customer_values(customer: Customer) -> Values:
    """A name only if it can be one: strangers put addresses, links and whole sentences there."""
    name = " ".join(customer.name.split())
    is_name = len(name) <= _NAME_LIMIT and not _NO_NAME.search(name)
    return {
        "name": name if is_name else "",
        "first_name": customer.first_name if is_name else "",
        "address": customer.address.address,
    }


def case_values(case: Case, occasion: Occasion) -> Values:
    return {
        "id": case.id,
        "tag": occasion.service.subject_tag.replace("{id}", case.id),
        "subject": plain_subject(case.subject),
        "created": moment(case.created_at, occasion.zone, occasion.language, with_zone=True),
    }


def plain_subject(subject: str) -> str:
    """The subject without case IDs and reply prefixes, shortened: what stays the same for the life of the case."""
    plain = _REPLY.sub("", case_id.cut(subject))
    short = plain if len(plain) <= _SUBJECT_LIMIT else plain[: _SUBJECT_LIMIT - 1].rstrip() + "…"
    return short or _NO_SUBJECT


def history_values(history: History, news: Sequence[Item], occasion: Occasion, *, numbered: bool = False) -> Values:
    """The history, the files of the news, how these go to the reader, and what is to be attached.

    `numbered`: entries are shown with the numbers that commands name them by. Never to a customer: gaps would tell of
    notes.
    """
    shown = History(tuple(with_own_ids(one) for one in history.items), history.more)
    files = enclosed(to_attach(news, shown), occasion)
    return {
        "history": {
            "entries": [item_values(one, occasion) for one in shown.items],
            "more": shown.more,
            "count": shown.count,
            "numbered": numbered,
        },
        "files": file_values((one for item in news for one in item.files), occasion),
        "files_are": str(files.way),
        "attached": files.attached,
    }


def item_values(item: Item, occasion: Occasion) -> Values:
    return {
        "number": item.number,
        "at": moment(item.at, occasion.zone, occasion.language),
        "author": item.author,
        "text": item.text.strip("\r\n"),
        "html": Markup(item.html),  # sanitised when the mail was read
        "files": file_values(item.files, occasion),
        "label": item.label,
        "is_private": item.is_private,
        "is_ours": item.is_ours,
        "is_cut": item.is_cut,
    }


def file_values(files: Iterable[StoredFile], occasion: Occasion) -> list[Values]:
    """What a reader looks for, and where they can fetch it; pictures that stand in the text are not listed."""
    return [
        {"name": one.name, "size": shown_size(one.size), "url": occasion.file_url(one)}
        for one in files
        if not (one.inline and one.cid)
    ]


def courtesy_values(answer: str, values: Values, csr: Csr | None, service: Service) -> Values:
    """Greeting, sign-off and signature, each left out where the answer has it already."""
    letters = service.letters
    trouble: list[str] = []
    first_name = values["customer"]["first_name"]
    greeting = courtesy.tidied(_line("greeting", letters, values, trouble), name=first_name)
    sign_off = _line("sign_off", letters, values, trouble).strip()
    names = (csr.name, _first_name(csr)) if csr else ()
    signatures = [one.strip() for one in (csr.signature if csr else "", letters.signature) if one.strip()]
    missing = [one for one in signatures if not courtesy.ends_with_signature(answer, one)]
    return {
        "greeting": "" if courtesy.opens_with_greeting(answer, greeting) else greeting,
        "sign_off": "" if courtesy.closes_with_sign_off(answer, names, sign_off) else sign_off,
        "signature": "\n".join(missing),
        "trouble": trouble,
    }


def person_values(address: Address) -> Values:
    return {"name": address.name, "address": address.address}


def _line(key: str, letters: Letters, values: Values, trouble: list[str]) -> str:
    """A line of the config with the values in it; the default line where the admin's fails."""
    try:
        return render_line(getattr(letters, key), values)
    except TemplateMistake as mistake:
        trouble.append(f"service.letters.{key}: {mistake.what}; the default was used")
        return render_line(getattr(Letters(), key), values)


def _first_name(csr: Csr | None) -> str:
    return Customer(0, csr.address).first_name if csr else ""
