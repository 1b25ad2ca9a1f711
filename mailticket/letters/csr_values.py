"""PURE: the values of letters to CSRs: the whole case, its people and roles, what was done or went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailticket.config.models import Csr
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status
from mailticket.domain.people import Customer
from mailticket.domain.times.spans import shown_span
from mailticket.letters.csr_links import clickable, link_values, role_links, suggestions
from mailticket.letters.dates import moment
from mailticket.letters.history import Item, cut, from_entry, shortened, with_own_ids
from mailticket.letters.occasion import ForCsr, Occasion
from mailticket.letters.values import (
    Values,
    case_values,
    courtesy_values,
    history_values,
    item_values,
    person_values,
    shared_values,
)

#: The line above which a CSR's answer stands; `mime.quote` looks for the same words.
MARKER = "Please reply above this line"

_MOST_EARLIER = 8
MOST_EVENTS = 200
#: The commands that a case letter shows.
_DAILY = frozenset("#note #assign #escalate #take #pending #resolve #close #template #help".split())
#: Characters of the customer's words in the preview: no mail list shows more.
_PREVIEW = 140
_NO_MARKS = str.maketrans("“”", "''")
_NOBODY = Customer(0, Address("", ""))


def csr_values(letter: ForCsr, occasion: Occasion) -> Values:
    """What a letter to this CSR may show: everything that the desk knows of the case."""
    news, private = _news(letter)
    newest = [with_own_ids(shortened(from_entry(one))) for one in news]
    told = {one.number for one in (*news, *private)}
    past = cut(from_entry(one) for one in letter.entries if one.kind is not EntryKind.EVENT and one.number not in told)
    past = replace(past, more=past.more + letter.unread)
    customer = letter.case.customer if letter.case else _NOBODY
    templates, solved = suggestions(_inquiry(letter, news), letter, occasion)
    values = shared_values(letter.case, customer, letter.csr, occasion)
    values |= history_values(past, newest, occasion, numbered=True)
    values |= {
        "marker": MARKER,
        "headline": _headline(letter, news),
        "why": str(letter.extra.get("why", "")),
        "private": [item_values(shortened(from_entry(one)), occasion) for one in private],
        "news": item_values(newest[0], occasion) if newest else None,
        "preview": _preview(newest[0].text if newest else ""),
        "links": link_values(
            letter.links, occasion.service, is_yours=letter.case is not None and letter.case.csr == letter.csr.key
        ),
        "suggested": templates,
        "solved": solved,
        "commands": [{"usage": usage, "does": does} for usage, does in letter.commands if _is_offered(usage, letter)],
    }
    if letter.case:
        values["case"] |= _facts(letter.case, letter, occasion)
    return values | _report_values(letter, values, occasion)


def _inquiry(letter: ForCsr, news: Sequence[Entry]) -> str:
    """What suggestions are looked for by."""
    return "\n".join((letter.case.subject if letter.case else "", *(one.words.text for one in news[:1])))


def _news(letter: ForCsr) -> tuple[list[Entry], list[Entry]]:
    """The customer's newest words (or the entry that the letter brings), and the private text that goes before."""
    brought = [one for one in letter.entries if one.number == letter.brings]
    private = [one for one in brought if one.kind is EntryKind.NOTE]
    if brought and not private:
        return brought, []
    from_customers = [one for one in letter.entries if one.kind is EntryKind.CUSTOMER_MAIL]
    return from_customers[-1:], private


def _headline(letter: ForCsr, news: Sequence[Entry]) -> str:
    """In a few words, why this mail came."""
    case = letter.case
    if case is None:
        return "Your mail to the desk"
    brings_news = bool(news) and news[0].number == letter.brings
    if case.status is Status.ESCALATED and not brings_news:
        return "Escalated to you"
    if brings_news and case.status is Status.REOPENED:
        return "Reopened: the customer wrote again"
    firsts = [one.number for one in letter.entries if one.kind is EntryKind.CUSTOMER_MAIL][:1]
    if brings_news and news[0].number not in firsts:
        return "The customer wrote again"
    if case.status is Status.NEW or brings_news:
        return "New case"
    return "Passed to you"


def _preview(text: str) -> str:
    """The first words, for the line that a mail list shows; in quotation marks, by which `mime.preview` knows them."""
    words = " ".join(text[: 20 * _PREVIEW].translate(_NO_MARKS).split())
    return f"“{words if len(words) <= _PREVIEW else words[:_PREVIEW].rstrip() + ' …'}”" if words else ""


def _is_offered(usage: str, letter: ForCsr) -> bool:
    """What is needed every day, and can be done now: #send and #drop need an answer that is held. #help tells all."""
    name = usage.partition(" ")[0]
    return name in _DAILY or (name in ("#send", "#drop") and any(one.held for one in letter.entries))


def _facts(case: Case, letter: ForCsr, occasion: Occasion) -> Values:
    """The table of facts: status, times, people, both roles with their CSRs."""
    config, service = occasion.config, occasion.service
    assigned = config.csr_at(case.csr)
    levels = (("1st level", service.first_level), ("2nd level", service.second_level))
    return {
        "status": str(case.status),
        "priority": str(case.priority),
        "channel": str(case.channel),
        "duration": shown_span(occasion.now - case.created_at),
        "due": moment(case.due_at, occasion.zone, occasion.language) if case.due_at else "",
        "is_yours": case.csr == letter.csr.key,
        "csr": assigned.name if assigned else "",
        "role": case.role,
        "roles": [_role(level, name, letter, occasion) for level, name in levels if name],
        "people": [person_values(one) for one in _others(case)],
        "linked": [service.subject_tag.replace("{id}", one) for one in case.linked],
        "tags": list(case.tags),
        "more": _more_facts(case, letter, occasion),
        "earlier": [case_values(one, occasion) | {"status": str(one.status)} for one in letter.earlier[:_MOST_EARLIER]],
        "earlier_more": max(0, len(letter.earlier) - _MOST_EARLIER),
    }


def _more_facts(case: Case, letter: ForCsr, occasion: Occasion) -> list[Values]:
    """What only some cases have: custom fields in the config's order, watchers, time worked."""
    names = [one.name for one in occasion.config.field]
    order = sorted(case.fields, key=lambda name: (names.index(name) if name in names else len(names), name))
    watchers = [csr.name if (csr := occasion.config.csr_at(one)) else one for one in case.watchers]
    facts = [
        *letter.about,
        ("Type", case.type),
        *((name, case.fields[name]) for name in order),
        ("Watched by", ", ".join(watchers)),
    ]
    facts.append(("Worked", shown_span(case.time_worked) if case.time_worked else ""))
    return [{"name": name, "value": value} for name, value in facts if value]


def _others(case: Case) -> list[Address]:
    """The people who were in Cc: all who take part but the customer."""
    return [one.address for one in case.participants if one.address.key != case.customer.address.key]


def _role(level: str, name: str, letter: ForCsr, occasion: Occasion) -> Values:
    link, links = role_links(letter.links, name)

    def member(csr: Csr) -> Values:
        return {
            "name": csr.name,
            "address": csr.email,
            "is_you": csr.key == letter.csr.key,
            "is_away": (name, csr.key) in letter.away,
            "link": links.get(csr.key, clickable(None)),
        }

    members = [member(one) for one in occasion.config.members(name)]
    return {"level": level, "name": name, "link": link, "members": members}


def _report_values(letter: ForCsr, values: Values, occasion: Occasion) -> Values:
    """What a receipt, a hold notice or a bounce notice tells, from the decision that sends it."""
    extra = letter.extra
    asked = [{"usage": usage, "does": does} for usage, does in extra.get("commands", ())]
    told: Values = {
        "done": [str(one) for one in extra.get("done", ())],
        "problem": str(extra.get("problem", "")),
        "fix": str(extra.get("fix", "")),
        "text": str(extra.get("text", "")).strip("\r\n"),
        "help": asked,
        "events": _events(letter, occasion) if extra.get("events") else [],
        "recipient": str(extra.get("recipient", "")),
        "server_said": str(extra.get("server_said", "")),
        "is_permanent": bool(extra.get("is_permanent", True)),
        "bounced_letter": str(extra.get("bounced_letter", "")),
        "warnings": [str(one) for one in extra.get("warnings", ())],
        "moment": moment(at, occasion.zone, occasion.language, with_zone=True) if (at := extra.get("moment")) else "",
        "acts": [clickable(one) for one in letter.acts if one.url or one.mail_url],
    }
    if "html" not in extra:
        return told
    return told | _held_values(letter, values, occasion)


def _events(letter: ForCsr, occasion: Occasion) -> list[Values]:
    """What happened on the case and why, newest first."""
    events = [one for one in letter.entries if one.kind is EntryKind.EVENT]
    newest = sorted(events, key=lambda one: one.number, reverse=True)[:MOST_EVENTS]
    return [{"at": moment(one.at, occasion.zone, occasion.language), "text": one.words.text} for one in newest]


def _held_values(letter: ForCsr, values: Values, occasion: Occasion) -> Values:
    """The finished answer as the customer would get it."""
    mine = [one for one in letter.entries if one.held and one.csr in ("", letter.csr.key)]
    held = [one for one in mine if letter.brings in (0, one.number)][-1:]
    files = held[0].words.files if held else ()
    text, html = str(letter.extra.get("text", "")), str(letter.extra["html"])
    answer = with_own_ids(Item(0, occasion.now, letter.csr.name, text, html, files, is_ours=True))
    parts = history_values(cut(()), [answer], occasion)
    courtesy = courtesy_values(text, values, letter.csr, occasion.service)
    if held and not held[0].words.greeting:
        courtesy["greeting"] = ""
    return courtesy | {"answer": item_values(answer, occasion)} | parts
