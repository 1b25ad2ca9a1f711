"""T4: who guesses case IDs adds to no case and cannot tell a hit from a miss."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from mailticket.desk.assign import assign
from mailticket.domain import case_id
from mailticket.store.engine.engine import Engine
from mailticket.triage.thread import find
from tests import builders
from tests.builders import CASE_ID, case, known
from tests.cast import MALLORY, as_customer
from tests.desk.house import House, mail
from tests.threats.looking import of_the_past, read_by, text_of

GUESSES = 100_000
#: What differs between any two letters: their IDs, seals, boundaries and addresses of links.
_CHANCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}|<mt\.[^>]*>|X-MailTicket-Loop: \S+|boundary=\S+|m\d@|<\d+@mail.example>")


def test_a_hundred_thousand_guesses_add_to_no_case() -> None:
    chance, facts, by = random.Random(4), known(case()), as_customer(MALLORY)
    guesses = [CASE_ID if one % 1000 == 0 else case_id.make(chance.randrange) for one in range(GUESSES)]
    plain = builders.mail(MALLORY, "Hi")
    threads = [find(replace(plain, subject=f"Re: [#{one}] x"), by, facts) for one in guesses]
    assert [one for one in threads if one.case is not None] == []
    assert sum(bool(one.hint) for one in threads) == GUESSES // 1000


def test_a_hit_is_answered_like_a_miss(desk: House) -> None:
    before = len(desk.entries(desk.cases()[0]))
    for number, named in enumerate((desk.cases()[0].id, case_id.make(random.Random(5).randrange))):
        desk.take_in(mail(f"m{number}@elsewhere.example", f"Re: [#{named}] Printer", "And?"))
        assign(desk.office)
    hit, miss = (_CHANCE.sub("*", text_of(desk.as_sent(one))) for one in desk.letters("auto_reply")[-2:])
    assert hit == miss and "auto-replied" in hit
    assert of_the_past(hit) == []
    assert len(desk.entries(desk.cases()[0])) == before


def test_a_hit_asks_the_database_no_more_than_a_miss(desk: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    really = Engine.execute_sql
    monkeypatch.setattr(
        Engine, "execute_sql", lambda self, sql, params=None: (asked.append(sql), really(self, sql, params))[1]
    )
    counts = []
    for number, named in enumerate((_absent(1), _absent(2), desk.cases()[0].id, _absent(3))):
        asked.clear()
        desk.take_in(mail(f"m{number}@elsewhere.example", f"Re: [#{named}] Printer", "And?"))
        received = len(asked)
        assign(desk.office)
        counts.append((received, len(asked)))
    assert counts[1] == counts[2] == counts[3]  # the first one fills caches
    assert counts[1][0] > 20


def _absent(seed: int) -> str:
    """A case ID that no case has."""
    return case_id.make(random.Random(seed).randrange)


def test_only_the_csr_reads_that_it_was_a_hit(desk: House) -> None:
    hit = desk.cases()[0].id
    desk.take_in(mail(MALLORY, f"Re: [#{hit}] Printer", "And?"))
    assign(desk.office)
    told = desk.letters("csr_case")[-1]
    assert hit in text_of(desk.as_sent(told)) and told.recipient.endswith("@example.com")
    assert hit not in read_by(desk, MALLORY.address)
