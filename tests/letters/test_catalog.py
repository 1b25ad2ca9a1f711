"""The list of letters: each has its templates, and tells other machines what it is."""

from __future__ import annotations

import pytest

from mailticket.domain.decision import LetterKind, SendKind
from mailticket.letters.catalog import LETTERS, SUPPRESS, Reader
from mailticket.letters.csr_values import MARKER
from mailticket.letters.specimen import specimens
from mailticket.mime import quote
from tests.letters.desk import book, shipped


def test_every_letter_is_listed_with_its_templates() -> None:
    assert set(LETTERS) == set(LetterKind)
    assert {file for one in LETTERS.values() for file in one.files} <= set(shipped())


def test_every_template_belongs_to_a_letter() -> None:
    own = {file for one in LETTERS.values() for file in one.files}
    assert {one for one in shipped() if not one.startswith("_")} == own


@pytest.mark.parametrize("kind", LetterKind)
def test_what_is_automatic_to_a_customer_is_never_sent_twice(kind: LetterKind) -> None:
    letter = LETTERS[kind]
    is_automatic = dict(letter.headers).get("Auto-Submitted") is not None
    assert (letter.sends is SendKind.AUTO) == (letter.reader is Reader.CUSTOMER and is_automatic)


def test_an_acknowledgement_asks_all_machines_for_silence() -> None:
    headers = dict(LETTERS[LetterKind.AUTO_REPLY].headers)
    assert headers == {"Auto-Submitted": "auto-replied", SUPPRESS: "All", "Precedence": "bulk"}


def test_a_notification_suppresses_neither_out_of_office_nor_delivery_reports() -> None:
    assert LETTERS[LetterKind.CSR_CASE].headers == ()


@pytest.mark.parametrize("kind", [LetterKind.CSR_RECEIPT, LetterKind.HOLD_NOTICE, LetterKind.BOUNCE_NOTICE])
def test_a_report_wants_no_answer_but_its_own_bounce(kind: LetterKind) -> None:
    suppressed = dict(LETTERS[kind].headers)[SUPPRESS].split(", ")
    assert "OOF" in suppressed and not {"All", "DR", "NDR"} & set(suppressed)


def test_the_letters_and_the_cut_agree_on_the_marker_line() -> None:
    assert MARKER == quote.MARKER


@pytest.mark.parametrize("kind", LETTERS)
def test_a_shipped_letter_can_be_written_about_every_made_up_case(kind: LetterKind) -> None:
    (shelf,) = book().shelves("", "")
    for values in specimens(kind):
        assert all(shelf.page(file, values).strip() for file in LETTERS[kind].files)
