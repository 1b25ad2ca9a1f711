"""T7: whoever opens a link without pressing its button changes nothing, whatever it sends along."""

from __future__ import annotations

import re
from email.message import Message

import pytest

from mailticket.letters.links import Act, FileLinks
from tests.builders import KEYS, file
from tests.cast import ANN, BO, CARLA
from tests.desk.house import reply
from tests.web.visitor import URL, Desk

_ADDRESS = re.compile(rf"{URL}/[\w./~=-]+")

#: What scanners, prefetchers and previews send.
HEADERS: list[dict[str, str]] = [
    {},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"},
    {"X-Purpose": "preview", "X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; SafeLinks)"},
    {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST", "X-HTTP-Method": "POST"},
    {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"},
    {"Range": "bytes=0-0", "If-None-Match": "*"},
]


def addresses(mail: Message) -> set[str]:
    parts = [part for part in mail.walk() if not part.is_multipart()]
    return {
        one for part in parts for one in _ADDRESS.findall(bytes(part.get_payload(decode=True) or b"").decode("utf-8"))
    }


def _all_links(desk: Desk) -> list[str]:
    """Every link that there is: of every letter in the outbox, and of each act."""
    in_letters = {url for item in desk.house.letters() for url in addresses(desk.house.as_sent(item))}
    links = [desk.links(csr) for csr in (ANN, BO)]
    made = {
        link.url
        for one in links
        for link in (one.take, one.note, one.escalate, *one.blacklist, *(link for _, link in one.statuses))
        if link
    }
    made |= {link.url for one in links for role in one.roles for _key, link in role.members}
    made.add(FileLinks(desk.house.office.config, KEYS, CARLA.key, "", desk.house.clock()).url(desk.case.id, file()))
    return sorted(in_letters | made)


@pytest.fixture
def lived(desk: Desk) -> Desk:
    """A case with a history: every letter to a CSR and to the customer was written."""
    house = desk.house
    house.take_in(reply(house.letter("csr_case"), ANN.address, "Pull the plug."))
    house.take_in(reply(house.letter("csr_case"), ANN.address, "#nonsense"))
    house.take_in(reply(house.letter("customer_reply"), CARLA, "It still burns."))
    return desk


def test_opening_every_link_in_every_way_leaves_the_database_as_it_was(lived: Desk) -> None:
    links, before = _all_links(lived), lived.dump()
    assert len(links) > 15
    for address in links:
        for headers in HEADERS:
            assert lived.client.get(address, headers=headers).status_code in (200, 409, 410)
        for method in ("HEAD", "OPTIONS", "PROPFIND", "PUT", "DELETE", "PATCH"):
            lived.client.request(method, address)
        lived.client.get(f"{address}?version=1&text=x&_method=POST")
    assert lived.dump() == before


def test_a_robot_that_posts_an_empty_form_changes_nothing(lived: Desk) -> None:
    links, before = _all_links(lived), lived.dump()
    answers = [lived.client.post(address, data={}).status_code for address in links]
    assert set(answers) <= {405, 409, 410, 422} and lived.dump() == before


def test_a_form_posted_by_another_site_changes_nothing(desk: Desk) -> None:
    url, before = desk.link(Act.STATUS, "closed"), desk.dump()
    data = {"version": str(desk.case.version)}
    for site in ("cross-site", "same-site"):
        assert desk.client.post(url, data=data, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert desk.dump() == before


def test_head_says_what_get_says_without_its_words(desk: Desk) -> None:
    url = desk.link(Act.STATUS, "closed")
    assert desk.open(url, "HEAD").status_code == desk.open(url).status_code == 200
    assert desk.open(f"{url}x", "HEAD").status_code == 403
