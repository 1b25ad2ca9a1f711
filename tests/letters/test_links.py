"""The links of a letter: what each claims, what its mail link says, and that law and links agree on the statuses."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailticket.config.models import AnswerTemplate, Config, Web
from mailticket.domain.case import Status
from mailticket.domain.intents import SetStatus
from mailticket.errors import Refused
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from mailticket.letters.links import FILE_LINK_EXPIRES, OFFERED, Act, LetterLinks, Link, Sealing, file_url, letter_links
from mailticket.tokens import LinkClaim, is_mail_link, open_link
from tests.builders import CASE_ID, KEYS, NOW, Ids, case, file, known
from tests.cast import ANN, BO, CARLA, EVE, as_csr, config, service

WITH_WEB = config(web=Web(url="https://desk.example/help/"), answer=(AnswerTemplate(name="refund", text="..."),))


def _links(status: Status = Status.OPENED, desk: Config = WITH_WEB, **changes: object) -> LetterLinks:
    return letter_links(service(), case(status, **changes), Sealing(desk, KEYS, ANN, "letter", NOW))


def _claim(link: Link) -> LinkClaim:
    assert link.url.startswith("https://desk.example/help/l/")
    return open_link(KEYS, link.url.rpartition("/")[2])


def _all(links: LetterLinks) -> list[Link]:
    several = [*links.blacklist, *links.templates, *(link for _, link in links.statuses)]
    roles = [link for role in links.roles for link in (role.link, *(one for _, one in role.members))]
    return [links.take, links.note, *([links.escalate] if links.escalate else []), *several, *roles]


def test_a_link_is_bound_to_case_csr_letter_and_time() -> None:
    claim = _claim(_links().take)
    assert claim == LinkClaim(Act.TAKE, CASE_ID, ANN.key, "", "letter", NOW + timedelta(days=30))


def test_first_level_members_are_assigned_and_experts_escalated_to() -> None:
    first, second = _links().roles
    assert (first.name, second.name) == ("support", "experts")
    claims = [(_claim(one).act, _claim(one).argument) for _, one in (*first.members, *second.members)]
    assert claims == [(Act.ASSIGN, ANN.key), (Act.ASSIGN, BO.key), (Act.ESCALATE, EVE.key)]
    assert [_claim(one.link).act for one in (first, second)] == [Act.ASSIGN_ROLE, Act.ESCALATE_ROLE]


def test_a_mail_link_opens_a_mail_with_a_sealed_subject_and_nothing_in_it() -> None:
    (_, link), *_ = _links().roles[0].members[1:]
    parts = urlsplit(link.mail_url)
    (subject,) = parse_qs(parts.query)["subject"]
    tag, verb, whom, token = subject.split()
    assert (parts.scheme, unquote(parts.path), tag) == ("mailto", "support@example.com", f"[#{CASE_ID}]")
    assert (verb, whom) == ("assign", BO.email) and list(parse_qs(parts.query)) == ["subject"]
    assert is_mail_link(KEYS, token, CASE_ID, [ANN.key], f"assign {BO.email}")
    assert not is_mail_link(KEYS, token, CASE_ID, [BO.key], f"assign {BO.email}")


def test_without_a_web_address_there_are_mail_links_only() -> None:
    links = _links(desk=config())
    assert {one.url for one in _all(links)} == {""}
    assert all(one.mail_url for one in (links.take, links.note, *links.blacklist, links.roles[0].link))
    assert file_url(config(), KEYS, CASE_ID, file(), CARLA.key, NOW) == ""


@pytest.mark.parametrize("here", Status)
def test_each_status_that_is_offered_is_allowed_by_the_law_and_no_other(here: Status) -> None:
    asked = [one for one in Status if one is not here and one is not Status.ESCALATED and one is not Status.NEW]
    allowed = {to for to in asked if _law_allows(here, to)}
    assert set(OFFERED[here]) == allowed


def _law_allows(here: Status, to: Status) -> bool:
    before = case(here, before_spam="opened" if here is Status.SPAM else "")
    by = as_csr()
    watching = type(by)(by.kind, by.address, by.reason, by.csr, sees_outcome=True)
    try:
        decide([SetStatus(watching, to)], before, known(before), Policy(config(), service()), NOW, Ids())
    except Refused:
        return False
    return True


def test_spam_is_only_restored() -> None:
    ((to, link),) = _links(Status.SPAM, before_spam="pending").statuses
    assert (to, _claim(link).act, link.label) == (Status.PENDING, Act.RESTORE, "no spam")


@pytest.mark.parametrize(
    ("status", "offers"), [(Status.OPENED, True), (Status.ESCALATED, False), (Status.CLOSED, False)]
)
def test_escalation_is_offered_while_it_leads_somewhere(status: Status, offers: bool) -> None:
    assert bool(_links(status).escalate) is offers


def test_our_own_people_get_no_blacklist_links() -> None:
    from mailticket.domain.people import Customer

    assert _links(customer=Customer(1, BO.address)).blacklist == ()
    assert [_claim(one).argument for one in _links().blacklist] == ["", "subject"]


def test_answer_templates_are_mail_links() -> None:
    (template,) = _links().templates
    assert (template.label, template.url) == ("refund", "") and "template%20refund" in template.mail_url


def test_a_link_to_a_file_is_bound_to_viewer_case_and_file() -> None:
    url = file_url(WITH_WEB, KEYS, CASE_ID, file("my\nplan.jpg"), CARLA.key, NOW)
    claim = open_link(KEYS, url.rpartition("/")[2])
    assert (claim.act, claim.case, claim.csr, claim.letter) == (Act.FILE, CASE_ID, "", CARLA.key)
    assert claim.argument.partition("/") == (file("my\nplan.jpg").sha256, "/", "my plan.jpg")
    assert claim.expires_at == NOW + FILE_LINK_EXPIRES
