"""PURE: the links of a letter to a CSR as templates use them: each in its place, and all in one list for the text."""

from __future__ import annotations

from collections.abc import Iterator

from mailticket.config.models import Service
from mailticket.domain.case import Status
from mailticket.letters.dates import moment
from mailticket.letters.links import LetterLinks, Link
from mailticket.letters.occasion import ForCsr, Occasion
from mailticket.letters.suggest import suggested
from mailticket.letters.values import Values

#: Characters of a suggested answer that are shown.
_BEGINNING = 160
#: Templates and solved cases that are suggested.
_MOST_SUGGESTED = 3
#: Templates that are listed; `#template` knows them all.
_MOST_TEMPLATES = 12

#: What a click does, for the list in the text part; the HTML says it by the place of the link.
_FOR_STATUS = {
    Status.OPENED: "Set back to opened",
    Status.PENDING: "Set to pending",
    Status.RESOLVED: "Resolve",
    Status.CLOSED: "Close",
    Status.REOPENED: "Reopen",
    Status.SPAM: "Mark as spam",
}
_NO_LINK: Values = {"label": "", "url": "", "mail_url": ""}


def clickable(link: Link | None) -> Values:
    """A link with its page and its mail link, each "" where there is none."""
    return {"label": link.label, "url": link.url, "mail_url": link.mail_url} if link else dict(_NO_LINK)


def link_values(links: LetterLinks | None, service: Service, *, is_yours: bool) -> Values:
    """All that can be clicked: by what it is, and as `all` in the order in which the text part lists it.

    Who has the case (`is_yours`) is not asked to take it.
    """
    if links is None:
        return {"statuses": [], "acts": [], "blacklist": [], "templates": [], "templates_more": 0, "all": []}
    acts = [one for one in (None if is_yours else links.take, links.note, links.escalate) if one]
    return {
        "statuses": [clickable(one) for _, one in links.statuses],
        "acts": [clickable(one) for one in acts],
        "blacklist": [clickable(one) for one in links.blacklist],
        "templates": [clickable(one) for one in links.templates[:_MOST_TEMPLATES]],
        "templates_more": max(0, len(links.templates) - _MOST_TEMPLATES),
        "all": [
            clickable(one) | {"label": title} for title, one in _titled(links, acts, service) if one.url or one.mail_url
        ],
    }


def role_links(links: LetterLinks | None, role: str) -> tuple[Values, dict[str, Values]]:
    """The link of a role, and those of its CSRs by their keys."""
    found = next((one for one in links.roles if one.name == role), None) if links else None
    if found is None:
        return dict(_NO_LINK), {}
    return clickable(found.link), {key: clickable(link) for key, link in found.members}


def suggestions(inquiry: str, letter: ForCsr, occasion: Occasion) -> tuple[list[Values], list[Values]]:
    """(answer templates, solved cases) that may fit, with their beginnings: three in all, of both if there are any."""
    templates = suggested(inquiry, occasion.config.answer, _MOST_SUGGESTED)
    solved = letter.solved[: _MOST_SUGGESTED - min(len(templates), _MOST_SUGGESTED - 1)]
    by_name = {one.label: one for one in letter.links.templates} if letter.links else {}
    return [
        {"name": one.name, "text": _beginning(one.text), "link": clickable(by_name.get(one.name))}
        for one in templates[: _MOST_SUGGESTED - len(solved)]
    ], [
        {
            "tag": occasion.service.subject_tag.replace("{id}", one.case),
            "subject": one.subject,
            "author": one.answered_by,
            "at": moment(one.at, occasion.zone, occasion.language),
            "text": _beginning(one.answer),
            "link": clickable(link),
        }
        for one, link in solved
    ]


def _titled(links: LetterLinks, acts: list[Link], service: Service) -> Iterator[tuple[str, Link]]:
    yield from ((one.label, one) for one in acts)
    for status, link in links.statuses:
        yield _FOR_STATUS.get(status, f"Set to {status}"), link
    for role in links.roles:
        gives = "Escalate" if role.name == service.second_level != service.first_level else "Give it"
        yield f"{gives} to the role {role.name}", role.link
        yield from ((f"{gives} to {link.label} ({role.name})", link) for _, link in role.members)
    yield from ((one.label, one) for one in links.blacklist)
    yield from ((f"Answer with the template {one.label}", one) for one in links.templates[:_MOST_TEMPLATES])


def _beginning(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _BEGINNING else plain[:_BEGINNING].rstrip() + " …"
