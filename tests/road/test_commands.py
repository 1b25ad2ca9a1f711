"""Commands, mail links and forwards on the running desk."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

from tests.road.desk import ANN, BO, Desk
from tests.road.test_acts import command
from tests.road.test_road import CARLA_ADDRESS, customer_mails, opened

SECRET = "CANARY-7713 she never pays"
VOUCHED = "mx.example.com; dmarc=pass header.from=example.com"


def test_facts_are_set_and_why_is_answered_by_mail(desk: Desk) -> None:
    notice = opened(desk)
    command(desk, notice, f"#priority high\n#due 3d\n#tag fire\n#time 1h30m\n#note\n{SECRET}")
    case = desk.case()
    assert (case["priority"], case["tags"], case["time_worked_seconds"]) == ("high", ["fire"], 5400)
    assert case["due_at"] and [one["text"] for one in case["entries"] if one["is_private"]] == [SECRET]
    before = len(desk.sink.mails)
    command(desk, notice, "#why")
    desk.wait(lambda: len(desk.sink.mails) > before, 10, "the receipt")
    assert "Priority normal to high, by Ann Archer" in desk.sink.mails[-1].text
    assert not any("CANARY" in one.data.decode() for one in customer_mails(desk))


def test_a_mail_link_is_sent_as_the_csrs_client_opens_it(desk: Desk) -> None:
    notice = opened(desk)
    links = re.findall(r"mailto:support@example\.com\?subject=[^\s\"<>)]+", notice.text.replace("&amp;", "&"))
    link = next(one for one in links if "assign%20bo%40example.com" in one)
    desk.arrive(desk.mail(f"Ann Archer <{ANN}>", parse_qs(urlsplit(link).query)["subject"][0], SECRET))
    passed = desk.sink.wait_for_mail(to=BO)
    assert SECRET in passed.text and desk.case()["csr"] == BO
    desk.sink.wait_for_mail(to=CARLA_ADDRESS)
    assert not any("CANARY" in one.data.decode() for one in customer_mails(desk))


def test_a_forwarded_mail_opens_the_customers_case(desk: Desk) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"], inner["Message-ID"] = "Dirk <dirk@customer.example>", "Lorry", "<dirk-1@x.example>"
    inner.set_content("It makes no sound.")
    outer = desk.mail(f"Ann Archer <{ANN}>", "FW: Lorry", SECRET, Authentication_Results=VOUCHED)
    outer.add_attachment(inner)
    desk.arrive(outer)
    [row] = desk.settled(1)
    case = desk.case()
    assert (row["outcome"], case["customer"]["address"], case["subject"]) == (
        "opened",
        "dirk@customer.example",
        "Lorry",
    )
    assert [one["text"].strip() for one in case["entries"]] == ["It makes no sound.", SECRET]
    acknowledged = desk.sink.wait_for_mail(to="dirk@customer.example")
    assert (
        "CANARY" not in acknowledged.data.decode() and str(acknowledged.message["In-Reply-To"]) == "<dirk-1@x.example>"
    )
