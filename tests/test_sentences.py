"""Sentences that wait for a part of the program wait no longer than that."""

from __future__ import annotations

import pytest

from tests.sentences import PROGRAM, WAITING


@pytest.mark.parametrize(("sentence", "part"), WAITING.items(), ids=WAITING.keys())
def test_a_sentence_waits_only_while_its_part_is_missing(sentence: str, part: str) -> None:
    """Once it is there: show the sentence by a test, name that in the section's map, and take its row away here."""
    place = PROGRAM / part
    assert not place.exists() and not place.with_suffix(".py").exists(), sentence
