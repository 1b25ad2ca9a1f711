"""What stands in a mail never ends it on the wire, and is told once that it does not."""

from __future__ import annotations

import pickle

import pytest

from mailticket.mime.compose import Contents, Skeleton, freeze
from mailticket.mime.outgoing.wire_text import WireText, on_the_wire

TABLE = {
    b"": b"",
    b"A: b\r\n\r\nHello\r\n": b"A: b\r\n\r\nHello\r\n",
    b"without an end": b"without an end\r\n",
    b".\r\n": b"..\r\n",
    b"one\r\n.\r\ntwo\r\n": b"one\r\n..\r\ntwo\r\n",
    b"one\n.\ntwo": b"one\r\n..\r\ntwo\r\n",
    b"one\r.\r\ntwo\r\n": b"one\r\n..\r\ntwo\r\n",
    b"one\n\r.\r\n\ntwo": b"one\r\n\r\n..\r\n\r\ntwo\r\n",
}


@pytest.mark.parametrize("mail", TABLE)
def test_a_mail_ends_by_its_own_end_alone(mail: bytes) -> None:
    assert on_the_wire(mail) == TABLE[mail]


@pytest.mark.parametrize("mail", TABLE)
def test_what_was_made_fit_is_not_made_fit_again_not_even_after_a_journey(mail: bytes) -> None:
    made = on_the_wire(mail)
    arrived = pickle.loads(pickle.dumps(made))
    assert type(arrived) is WireText and on_the_wire(arrived) is arrived == made


def test_a_mail_that_is_put_together_is_fit_for_the_wire() -> None:
    letter = Skeleton((("Subject", "Dots"),), ".\n..\nHello", "", (), "b" * 12)
    assert Contents(freeze(letter), {}).mail().endswith(b"\r\n\r\n..\r\n...\r\nHello\r\n")
