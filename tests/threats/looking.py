"""The words of Carla's case, and who got to read which of them."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message

from tests.desk.house import House

#: Carla's own word, Ann's to her, Ann's private one.
ASKED, SAID, TOLD = "canary-asked", "canary-said", "canary-told"


def text_of(letter: Message) -> str:
    """All that it says, headers and all, decoded."""
    parts = (part for part in letter.walk() if not part.is_multipart())
    said = (bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace") for part in parts)
    return "\n".join((*(f"{name}: {value}" for name, value in letter.items()), *said))


def read_by(house: House, address: str) -> str:
    """Everything that was ever mailed to somebody."""
    return "\n".join(text_of(house.as_sent(one)) for one in house.letters() if one.recipient == address)


def readers_of(house: House, word: str) -> set[str]:
    """Whom a word was mailed to."""
    return {one.recipient for one in house.letters() if word in text_of(house.as_sent(one))}


def of_the_past(text: str) -> list[str]:
    return [word for word in (ASKED, SAID, TOLD) if word in text]


def outsiders(readers: Iterable[str]) -> set[str]:
    return {one for one in readers if not one.endswith("@example.com")}
