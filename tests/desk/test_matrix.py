"""Who does what to Carla's case, which Ann has: each writer with each deed, and what comes of it, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from mailticket.children.pool import Parsers
from mailticket.config.models import Csr, Web
from mailticket.desk.assign import assign
from mailticket.domain.address import Address
from mailticket.domain.case import EntryKind
from mailticket.health import Board
from mailticket.letters.links import Sealing, letter_links
from mailticket.store.database import Store
from mailticket.store.outbox import OutboxItem
from mailticket.tokens import LinkClaim, open_link, seal_link
from mailticket.web.app import app
from tests.builders import KEYS
from tests.cast import ANN, BO, CARLA, DIRK, MALLORY, ROBOT, config, service
from tests.desk.house import House, build, mail

URL = "http://desk.example"
MARK = "canary-4711"
#: Who receives honest mail marks it like this.
VOUCHED = "mx.example.com; dmarc=pass header.from={domain}"


@dataclass(frozen=True)
class Outcome:
    """`became`: what the mail was settled as, or the page's status. `reached`: which letters brought its words to whom.

    `on_case`: as what the words stand on Carla's case ("" if they do not). `cases`: how many there are afterwards.
    `acknowledged`: somebody outside got an acknowledgement.
    """

    became: str
    reached: str = ""
    on_case: str = ""
    cases: int = 2
    acknowledged: bool = False


@dataclass(frozen=True)
class Writer:
    address: Address
    csr: Csr | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def mail(self, subject: str, text: str, **headers: str) -> bytes:
        vouched = VOUCHED.format(domain=self.address.address.partition("@")[2])
        return mail(self.address, subject, text, authentication_results=vouched, **dict(self.headers), **headers)


WRITERS = {
    "CSR": Writer(ANN.address, ANN),
    "other CSR": Writer(BO.address, BO),
    "customer": Writer(CARLA),
    "other customer": Writer(DIRK),
    "stranger": Writer(MALLORY),
    "robot": Writer(ROBOT, None, (("auto_submitted", "auto-replied"),)),
}
FORWARDED = (
    "Please take this on.\n\n-----Original Message-----\nFrom: Zoe Zimmer <zoe@third.example>\n"
    "Sent: Tuesday, March 3, 2026 9:00 AM\nTo: ann@example.com\nSubject: Scanner\n\n{mark} My scanner hums.\n"
)


@pytest.fixture
def desk(stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path) -> House:
    """Carla's case is Ann's, Dirk's is Bo's."""
    rules = config(service(authserv_ids=("mx.example.com",)), web=Web(url=URL))
    house = build(rules, stored("sqlite"), parsers, tmp_path)
    for customer in (CARLA, DIRK):
        house.take_in(mail(customer))
        assert assign(house.office) == 1
    return house


def ours(house: House, reader: str) -> OutboxItem:
    return next(one for one in house.letters() if one.recipient == reader)


def reply(house: House, writer: Writer, text: str) -> str:
    """To the letter that the writer got about the case; who got none has a copy of Carla's."""
    mine = ANN.email if writer.csr else CARLA.address
    letter = ours(house, mine)
    return written(house, writer.mail(f"Re: {subject(letter, house)}", text, in_reply_to=letter.message_id))


def subject(letter: OutboxItem, house: House) -> str:
    return str(house.as_sent(letter)["Subject"]).removeprefix("Re: ")


def written(house: House, raw: bytes) -> str:
    (row,) = house.take_in(raw)
    return row.outcome


def answered(house: House, writer: Writer) -> str:
    return reply(house, writer, f"{MARK} Pull the plug.")


def commanded(house: House, writer: Writer) -> str:
    return reply(house, writer, f"#note\n{MARK} Careful with her.")


def clicked(house: House, writer: Writer) -> str:
    """CSRs press the button of a link of their own; a robot only opens Ann's; the others change it to suit them."""
    case = house.cases()[0]
    links = letter_links(
        house.service, case, Sealing(house.office.config, KEYS, writer.csr or ANN, "letter", house.clock())
    )
    url = links.note.url
    with TestClient(app(lambda: house.office, Board([])), base_url=URL) as client:
        if writer.csr:
            version = re.search(r'name="version" value="(\d+)"', client.get(url).text)
            return str(client.post(url, data={"version": version[1] if version else "", "text": MARK}).status_code)
        if writer.headers:
            return "/".join(str(client.request(method, url).status_code) for method in ("GET", "HEAD", "OPTIONS"))
        return str(client.post(f"{URL}/l/{forged(url.rpartition('/')[2])}", data={"text": MARK}).status_code)


def forged(token: str) -> str:
    """Another case in the claim, under the old seal."""
    claim = open_link(KEYS, token)
    other = LinkClaim(claim.act, "0000-001Y", claim.csr, claim.argument, claim.letter, claim.expires_at)
    return f"{seal_link(KEYS, other).partition('.')[0]}.{token.partition('.')[2]}"


def mail_linked(house: House, writer: Writer) -> str:
    """The subject of the mail link that stands in Ann's letter, whoever has got hold of it."""
    case = house.cases()[0]
    links = letter_links(house.service, case, Sealing(house.office.config, KEYS, ANN, "letter", house.clock()))
    return written(house, writer.mail(unquote(links.note.mail_url.partition("subject=")[2]), f"{MARK} Careful."))


def forwarded(house: House, writer: Writer) -> str:
    return written(house, writer.mail("FW: Scanner", FORWARDED.format(mark=MARK)))


DEEDS = {"reply": answered, "command": commanded, "link": clicked, "mail link": mail_linked, "forward": forwarded}


def what_came_of_it(house: House, writer: Writer, deed: str) -> Outcome:
    before = {one.id for one in house.letters()}
    became = DEEDS[deed](house, writer)
    assign(house.office)
    new = [one for one in house.letters() if one.id not in before]
    reached = [one for one in new if MARK in house.bytes_of(one).decode()]
    cases = house.cases()
    told = [one for one in house.entries(cases[0]) if MARK in one.words.text and one.kind is not EntryKind.EVENT]
    return Outcome(
        became,
        ", ".join(sorted(f"{one.letter} to {one.recipient.partition('@')[0]}" for one in reached)),
        str(told[0].kind) if told else "",
        len(cases),
        any(one.letter == "auto_reply" for one in new),
    )


ANN_READS = "csr_case to ann"
SENT = "customer_reply to carla"
ANSWER, NOTE = Outcome("answered", SENT, "reply"), Outcome("noted", on_case="note")
ADDED = Outcome("appended", ANN_READS, "customer_mail")
#: A case of their own: no word of it stands on Carla's, and whoever wrote knows no more than before.
OPENED = Outcome("opened", ANN_READS, cases=3, acknowledged=True)
#: The same in the name of whose mail was passed on; who passed it on is not acknowledged, its writer is.
OPENED_FOR_ZOE = Outcome("opened", ANN_READS, cases=3, acknowledged=True)
#: Machines are never answered.
OPENED_QUIETLY = Outcome("opened", ANN_READS, cases=3)
FORGED = Outcome("403")

#: What comes of it. The columns are the deeds in their order.
OUTCOMES = {
    #                  reply           command         link            mail link       forward
    "CSR":            (ANSWER,         NOTE,           Outcome("200", on_case="note"),  NOTE,    OPENED_FOR_ZOE),
    "other CSR":      (ANSWER,         NOTE,           Outcome("200", on_case="note"),
                       Outcome("refused", "csr_receipt to bo"),                        OPENED_FOR_ZOE),
    "customer":       (ADDED,          ADDED,          FORGED,         ADDED,          OPENED),
    "other customer": (OPENED,         OPENED,         FORGED,         OPENED,         OPENED),
    "stranger":       (OPENED,         OPENED,         FORGED,         OPENED,         OPENED),
    "robot":          (OPENED_QUIETLY, OPENED_QUIETLY, Outcome("200/200/405"), OPENED_QUIETLY, OPENED_QUIETLY),
}  # fmt: skip


@pytest.mark.parametrize(("who", "deed"), [(who, deed) for who in WRITERS for deed in DEEDS])
def test_each_deed_of_each_writer_has_its_outcome(desk: House, who: str, deed: str) -> None:
    expected = dict(zip(DEEDS, OUTCOMES[who], strict=True))[deed]
    assert what_came_of_it(desk, WRITERS[who], deed) == expected
