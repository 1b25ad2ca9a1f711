"""Numbers of things: one is one."""

from __future__ import annotations

import pytest

from mailticket.domain.texts.counted import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 mails wait"), (1, "1 mail waits"), (2, "2 mails wait"), (1500, "1,500 mails wait")]
)
def test_one_thing_is_not_many(number: int, said: str) -> None:
    assert counted(number, "mail waits", "mails wait") == said


def test_most_words_take_an_s() -> None:
    assert (counted(1, "letter"), counted(3, "letter")) == ("1 letter", "3 letters")
