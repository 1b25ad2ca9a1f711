"""T5: nobody puts words into a case that is none of theirs, however they name it: what reached whom, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from mailticket.desk.assign import assign
from mailticket.domain.address import Address
from tests.cast import ANN, CARLA, DIRK, MALLORY
from tests.desk.house import House, mail
from tests.threats.looking import of_the_past, outsiders, read_by, readers_of

WORD = "canary-new"


@dataclass(frozen=True)
class Reached:
    """`on_case`: as what the words stand on Carla's case ("" if they do not). `csr`: who of ours read them, `outside`:
    who else. `learned`: how many words of the past the writer has read afterwards that they had not before."""

    on_case: str
    csr: tuple[str, ...]
    outside: tuple[str, ...] = ()
    learned: int = 0


def by_our_letter(house: House) -> dict[str, str]:
    return {"in_reply_to": house.letters("customer_reply")[0].message_id, "subject": "Re: Printer"}


def by_a_csrs_letter(house: House) -> dict[str, str]:
    return {"references": house.letters("csr_case")[0].message_id, "subject": "Re: Printer"}


def by_her_own_mail(house: House) -> dict[str, str]:
    return {"in_reply_to": "<carlas@customer.example>", "subject": "Re: Printer"}


def by_the_subject(house: House) -> dict[str, str]:
    return {"subject": f"AW: [#{house.cases()[0].id}] Printer"}


NAMED: dict[str, Callable[[House], dict[str, str]]] = {
    "our letter": by_our_letter,
    "a CSR's letter": by_a_csrs_letter,
    "her own mail": by_her_own_mail,
    "the case ID": by_the_subject,
}
WRITERS: dict[str, Address] = {
    "customer": CARLA,
    "other customer": DIRK,
    "stranger": MALLORY,
    "unproven CSR": Address("Bo", "bo@example.com"),
}
ADDED = Reached("customer_mail", (ANN.email,))
#: A case of the writer's own: the one CSR who gets it reads it.
APART = Reached("", (ANN.email,))
#: Whoever it was: the real Bo is asked, and nobody outside has read a word.
HELD = Reached("reply", ("bo@example.com",))

#: What comes of it. The columns are the writers in their order.
REACHED = {
    #                   customer  other customer  stranger  unproven CSR
    "our letter":      (ADDED,    APART,          APART,    HELD),
    "a CSR's letter":  (ADDED,    APART,          APART,    HELD),
    "her own mail":    (ADDED,    APART,          APART,    HELD),
    "the case ID":     (ADDED,    APART,          APART,    HELD),
}  # fmt: skip


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize("who", WRITERS)
def test_words_reach_only_whom_the_table_says(desk: House, named: str, who: str) -> None:
    writer, headers = WRITERS[who], NAMED[named](desk)
    had = of_the_past(read_by(desk, writer.address))
    desk.take_in(mail(writer, headers.pop("subject"), f"{WORD} is what I say.", **headers))
    assign(desk.office)
    on_case = next((str(one.kind) for one in desk.entries(desk.cases()[0]) if WORD in one.words.text), "")
    readers = readers_of(desk, WORD)
    learned = len(of_the_past(read_by(desk, writer.address))) - len(had)
    found = Reached(on_case, tuple(sorted(readers - outsiders(readers))), tuple(sorted(outsiders(readers))), learned)
    assert found == dict(zip(WRITERS, REACHED[named], strict=True))[who]
