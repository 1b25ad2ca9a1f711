"""T8: a link acts for the one CSR, once, in time, on the case as it is; and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailticket.domain.case import Status
from mailticket.health import Wrong
from mailticket.letters.links import Act
from mailticket.store.casework import links
from mailticket.tokens import Keys, open_link, seal_link
from tests.builders import KEYS
from tests.cast import ANN, BO, EVE
from tests.web.visitor import LETTER, URL, Desk


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def _resealed(url: str, keys: Keys = KEYS, **changes: object) -> str:
    """The link with another claim: sealed by us, or by somebody with another key."""
    return f"{URL}/l/{seal_link(keys, replace(open_link(KEYS, _token(url)), **changes))}"  # type: ignore[arg-type]


def _with_other_claim(url: str, **changes: object) -> str:
    """Another claim below the old seal."""
    return f"{_resealed(url, **changes).rpartition('.')[0]}.{url.rpartition('.')[2]}"


def _used(desk: Desk, url: str) -> str:
    desk.press(url)
    return url


def _expired(desk: Desk, url: str) -> str:
    desk.house.clock.forward(days=30)
    return url


def _revoked(desk: Desk, url: str) -> str:
    desk.house.in_store(lambda: links.revoke(LETTER, "it went to outsiders", desk.house.clock()))
    return url


def _reassigned(desk: Desk, url: str) -> str:
    desk.press(desk.link(Act.ASSIGN, BO.key))
    return url


def _csr_removed(desk: Desk, url: str) -> str:
    config = desk.house.office.config
    roles = tuple(one.model_copy(update={"members": (BO.email,)}) for one in config.role)
    desk.house.with_config(config.model_copy(update={"csr": (BO,), "role": roles}))
    return url


Spoil = Callable[[Desk, str], str]

#: How a good link goes bad, and what it is answered.
BAD: dict[str, tuple[Spoil, int]] = {
    "one letter changed": (lambda _, url: url[:-1] + ("a" if url[-1] != "a" else "b"), 403),
    "cut off": (lambda _, url: url[:-10], 403),
    "nothing but a seal": (lambda _, url: f"{URL}/l/.{url.rpartition('.')[2]}", 403),
    "somebody else's key": (lambda _, url: _resealed(url, Keys((b"x" * 32,))), 403),
    "changed to another CSR": (lambda _, url: _with_other_claim(url, csr=BO.key), 403),
    "changed to another case": (lambda _, url: _with_other_claim(url, case="0000-001Y"), 403),
    "changed to another act": (lambda _, url: _with_other_claim(url, act="take"), 403),
    "changed to last longer": (
        lambda d, url: _with_other_claim(url, expires_at=d.house.clock.now.replace(year=2099)),
        403,
    ),
    "a link to a file": (lambda _, url: _resealed(url, act="file"), 403),
    "an act of the future": (lambda _, url: _resealed(url, act="launch"), 403),
    "a customer's": (lambda _, url: _resealed(url, csr=""), 410),
    "a case that is gone": (lambda _, url: _resealed(url, case="0000-001Y"), 410),
    "used": (_used, 410),
    "expired": (_expired, 410),
    "revoked": (_revoked, 410),
    "after re-assignment": (_reassigned, 410),
    "a CSR who left": (_csr_removed, 410),
    "undoing what did not happen": (lambda _, url: _resealed(url, act="undo", argument="f" * 64), 410),
}


@pytest.mark.parametrize("how", BAD)
def test_a_bad_link_says_why_is_logged_and_changes_nothing(
    desk: Desk, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil, status = BAD[how]
    url = spoil(desk, desk.link(Act.STATUS, "closed"))
    before = desk.dump()
    shown = desk.open(url)
    pressed = desk.client.post(url, data={"version": str(desk.case.version)})
    assert (shown.status_code, pressed.status_code) == (status, status)
    assert "<h1>" in shown.text and "<form" not in shown.text and desk.dump() == before
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("mailticket")]
    assert sum(f"was refused ({status})" in one for one in ours) == 2
    assert not any(_token(url) in one for one in ours)


def test_a_dead_link_tells_the_command_and_gives_no_new_proof(desk: Desk) -> None:
    url = desk.link(Act.STATUS, "closed")
    desk.press(url)
    page = desk.open(url).text
    (mail,) = re.findall(r'href="(mailto:[^"]+)"', page)
    assert mail == f"mailto:support@example.com?subject=%5B%23{desk.case.id}%5D&amp;body=%23close"


def test_the_links_of_a_csr_who_left_the_config_are_dead(desk: Desk) -> None:
    url, case = desk.link(Act.TAKE, csr=BO), desk.case
    shown = desk.open(url)
    config = desk.house.office.config
    role = config.role[0].model_copy(update={"members": (ANN.email,)})
    desk.house.with_config(config.model_copy(update={"csr": (ANN, EVE), "role": (role, config.role[1])}))
    assert desk.open(url).status_code == 410 and desk.press(url, shown=shown).status_code == 410
    assert desk.case == case


def test_who_has_the_case_no_more_can_still_take_it_back(desk: Desk) -> None:
    take = desk.link(Act.TAKE)
    desk.press(desk.link(Act.ASSIGN, BO.key))
    desk.press(take)
    assert desk.case.csr == ANN.key


def test_of_two_presses_on_one_page_one_acts(desk: Desk) -> None:
    url = desk.link(Act.NOTE)
    shown = desk.open(url)
    answers = [desk.press(url, "once", shown).status_code for _ in range(2)]
    assert answers == [200, 410] and sum(one.words.text == "once" for one in desk.house.entries()) == 1


def test_a_link_for_one_act_leaves_the_others_of_its_letter_alive(desk: Desk) -> None:
    desk.press(desk.link(Act.STATUS, "pending"))
    assert desk.press(desk.link(Act.STATUS, "closed")).status_code == 200
    assert desk.case.status is Status.CLOSED


def test_until_one_can_sign_in_signin_links_show_but_do_not_act(desk: Desk) -> None:
    desk.configure(links="signin")
    url, before = desk.link(Act.STATUS, "closed"), desk.dump()
    page = desk.open(url)
    assert page.status_code == 200 and "The case will be closed." in page.text and "<form" not in page.text
    assert desk.client.post(url, data={"version": str(desk.case.version)}).status_code == 403
    assert desk.dump() == before


@pytest.mark.parametrize("path", ["/l/", "/f/", "/healthz", "/nowhere", "/docs", "/openapi.json"])
def test_every_answer_keeps_to_itself(desk: Desk, path: str) -> None:
    url = desk.link(Act.STATUS, "closed") if path == "/l/" else f"{URL}{path}"
    headers = desk.open(url).headers
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert headers["x-content-type-options"] == "nosniff" and "noindex" in headers["x-robots-tag"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "script-src" not in policy and "unsafe" not in policy


def test_pages_bring_nothing_from_elsewhere_and_no_script(desk: Desk) -> None:
    page = desk.open(desk.link(Act.ASSIGN, BO.key)).text
    assert not re.findall(r"<script|<link|<img|<iframe|\son\w+=|url\(|@import|https?://", page)


def test_what_a_customer_wrote_is_only_text(desk: Desk) -> None:
    from tests.desk.house import mail

    desk.house.take_in(mail('"<b>x</b>" <mallory@elsewhere.example>', "<script>alert(1)</script>"))
    case = desk.house.cases()[-1]
    page = desk.open(desk.sealing(BO).link("", case.id, Act.TAKE).url).text
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page and "<b>" not in page


@pytest.mark.parametrize("host", ["evil.example", "desk.example.evil.example", "desk.example@evil.example", "[", ""])
def test_under_another_name_nothing_is_served(desk: Desk, host: str) -> None:
    assert desk.open(desk.link(Act.TAKE, csr=BO), host=host).status_code == 421


def test_a_form_that_is_too_large_is_refused(desk: Desk) -> None:
    answer = desk.client.post(desk.link(Act.NOTE), data={"version": "1", "text": "x" * 400_000})
    assert answer.status_code == 413


def test_a_form_that_is_not_ours_is_refused_and_does_nothing(desk: Desk) -> None:
    before = desk.case
    answer = desk.client.post(desk.link(Act.STATUS, "closed"), data={f"field{number}": "x" for number in range(9)})
    assert answer.status_code == 400 and "not this page" in answer.text
    assert desk.case == before


def test_health_says_only_whether_all_is_well(desk: Desk) -> None:
    answer = desk.open(f"{URL}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "troubles": []})


def test_health_names_what_is_wrong_and_no_servers_or_customers_words(desk: Desk) -> None:
    desk.wrong.append(Wrong("imap-down", "support", "mx.example.com refused carla@customer.example"))
    answer = desk.open(f"{URL}/healthz")
    (trouble,) = answer.json()["troubles"]
    assert (answer.status_code, answer.json()["status"]) == (503, "trouble")
    assert (trouble["kind"], trouble["of"], trouble["title"]) == ("imap-down", "support", "A mailbox cannot be reached")
    assert "carla" not in answer.text and "mx.example" not in answer.text


def test_figures_are_for_monitors_inside_whatever_they_call_the_machine(desk: Desk) -> None:
    assert desk.open(f"{URL}/metrics").status_code == 403
    for host in ("127.0.0.1:8025", "10.0.0.5:8025"):
        answer = desk.open(f"{URL}/metrics", host=host)
        assert answer.status_code == 200 and "mailticket_trouble" in answer.text
        assert desk.open(f"{URL}/healthz", host=host).status_code == 200


def test_without_an_address_for_links_only_monitors_are_answered(desk: Desk) -> None:
    link = desk.link(Act.TAKE, csr=BO).replace(URL, "http://127.0.0.1:8025")
    desk.configure(url="")
    assert desk.open(link).status_code == 421
    assert desk.open(f"{URL}/healthz").status_code == desk.open(f"{URL}/metrics").status_code == 200
