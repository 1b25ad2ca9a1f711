"""What a letter is made from arrives in another process as it was sent."""

from __future__ import annotations

import copyreg
import pickle
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mailticket.children import luggage
from mailticket.domain.decision import LetterKind, Send, SendKind
from mailticket.domain.texts.alike import Solved
from mailticket.writing.matter import Matter
from tests.builders import case, file, held, words
from tests.cast import ANN

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def packed() -> None:
    luggage.pack_quickly()


def _matter() -> Matter:
    sent = Send(LetterKind.CSR_CASE, SendKind.NOTIFY, ANN.address, "key", "why", ANN.key, 1, {"why": "you are next"})
    solved = Solved("7F3K-9QX6", "Smoke", "Open a window.", "Bo", NOW)
    told = replace(held(), words=words("It smokes.", file()))
    return Matter(sent, "support", case(), NOW, b"12345678", "b", [told], [case()], frozenset({("r", "c")}), [solved])


def test_a_matter_arrives_as_it_was_sent() -> None:
    assert pickle.loads(pickle.dumps(_matter())) == _matter()


def test_every_value_of_it_is_taken_apart_at_once() -> None:
    kinds = _kinds(_matter())
    assert len(kinds) > 8 and kinds <= copyreg.dispatch_table.keys()


def _kinds(value: Any) -> set[type]:
    if is_dataclass(value):
        inner = [getattr(value, name) for name in value.__slots__]
        return {type(value)}.union(*map(_kinds, inner))
    return set().union(*map(_kinds, value)) if isinstance(value, (list, tuple)) else set()
