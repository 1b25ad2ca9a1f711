"""I/O: a small desk whose rows the product itself wrote, inquiries and their answers: what a large one is made of."""

from __future__ import annotations

import random
from email.message import EmailMessage
from pathlib import Path

from benchmarks.measured import measured
from benchmarks.servers import Site, mailticket
from benchmarks.sink import Letter
from tests.road.desk import as_outlook

#: The words of customers: few of them are most of what is written (Zipf's law), as in every language.
_SYLLABLES = ("ka", "lo", "mi", "re", "su", "ta", "ne", "vo", "pi", "du", "ga", "he", "ri", "zo", "be", "fa")
VOCABULARY = 20_000
_LENGTH = 80


def word(number: int) -> str:
    """The `number`th word by how often it is written, 0 the commonest."""
    syllables = [_SYLLABLES[number % 16], _SYLLABLES[number // 16 % 16]]
    while number >= 256:
        number //= 16
        syllables.append(_SYLLABLES[number % 16])
    return "".join(syllables)


def words(chance: random.Random, count: int) -> str:
    """So many words, each as often as its place in the vocabulary has it."""
    return " ".join(word(min(int(VOCABULARY ** chance.random()) - 1, VOCABULARY - 1)) for _ in range(count))


def sown(place: Site, config: Path, user: str, count: int) -> None:
    """`count` cases in the desk of this mailbox: an inquiry each, its acknowledgement, a CSR's letter, an answer."""
    chance, log = random.Random(1848), config.with_name("seed.log")
    once = mailticket(config, "run", "--once")
    place.deliver(user, [_inquiry(chance, number) for number in range(count)])
    measured(once, log)
    asked = [one for one in place.sink.letters if one.is_for_csr]
    place.deliver(user, [_answer(chance, one) for one in asked])
    measured(once, log)
    place.sink.letters.clear()


def _inquiry(chance: random.Random, number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Customer {number} <customer{number}@customers.example>", "support@example.com"
    mail["Subject"], mail["Message-ID"] = words(chance, 6).capitalize(), f"<seed-{number}@customers.example>"
    mail["Date"] = "Tue, 03 Mar 2026 10:02:00 +0000"
    mail.set_content(words(chance, _LENGTH))
    return mail.as_bytes()


def _answer(chance: random.Random, letter: Letter) -> bytes:
    return as_outlook(letter, letter.recipient, words(chance, _LENGTH)).as_bytes()
