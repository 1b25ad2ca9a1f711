"""A desk with a case of Carla's that has a past: her words and Ann's answer, each with a word to look for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.desk.assign import assign
from mailticket.store.database import Store
from tests.cast import ANN, CARLA, DIRK, config
from tests.desk.conftest import parsers, stored
from tests.desk.house import House, build, mail, reply
from tests.threats.looking import ASKED, SAID, TOLD

__all__ = ["parsers", "stored"]


@pytest.fixture
def desk(stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path) -> House:
    """Ann has Carla's case, noted something and answered; Bo has Dirk's."""
    house = build(config(), stored("sqlite"), parsers, tmp_path)
    house.take_in(mail(CARLA, "Printer", f"It prints {ASKED}.", message_id="<carlas@customer.example>"))
    assign(house.office)
    letter = house.letter("csr_case")
    house.take_in(reply(letter, ANN.email, f"#note\n{TOLD} is what she is like."))
    house.take_in(reply(letter, ANN.email, f"Then print {SAID}."))
    house.take_in(mail(DIRK, "Scanner", "It hums."))
    assign(house.office)
    return house
