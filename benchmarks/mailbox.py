"""A mailbox to measure with: inquiries, replies and automatic mail; text, HTML and files; the same at every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from email.message import EmailMessage

#: Of 100 mails so many are replies to our letters, and so many come from machines; the rest are new inquiries.
REPLIES, MACHINES = 30, 10
_WORDS = (
    "the printer parcel invoice order contract meter garden window kettle engine delivery customer number broken "
    "missing late wrong address please help again tomorrow since monday my your our this that with without after"
).split()
#: Of every second mail, in bytes: a screenshot, a page of paper, a photo. A mail has 43 KB on average then.
_FILE_SIZES = (10_000, 30_000, 125_000)


def make(count: int, replies_to: list[tuple[str, str, str]], first: int = 0) -> list[bytes]:
    """`count` mails. `replies_to` are letters of ours to customers: (customer, subject, Message-ID). `first`: the
    number of the first mail, by which those of one run differ from those of the next."""
    chance = random.Random(4711)
    letters = iter(replies_to)
    return [_mail(number, chance, letters) for number in range(first, first + count)]


def _mail(number: int, chance: random.Random, letters: Iterator[tuple[str, str, str]]) -> bytes:
    place = number % 100
    if place < REPLIES and (letter := next(letters, None)):
        return _reply(number, chance, *letter)
    mail = _written(
        number, chance, f"customer{number}@customers.example", " ".join(chance.sample(_WORDS, 5)).capitalize()
    )
    if place >= 100 - MACHINES:
        mail["Auto-Submitted"] = "auto-generated"
    return mail.as_bytes()


def _reply(number: int, chance: random.Random, customer: str, subject: str, message_id: str) -> bytes:
    mail = _written(number, chance, customer, subject if subject.startswith("Re:") else f"Re: {subject}")
    mail["In-Reply-To"] = mail["References"] = message_id
    return mail.as_bytes()


def _written(number: int, chance: random.Random, from_: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Customer {number} <{from_}>", "support@example.com", subject
    mail["Message-ID"], mail["Date"] = f"<bench-{number}@customers.example>", "Tue, 03 Mar 2026 10:02:00 +0000"
    text = "\n\n".join(" ".join(chance.choices(_WORDS, k=60)).capitalize() + "." for _ in range(8))
    mail.set_content(text)
    if number % 3 != 0:
        paragraphs = "".join(f"<p>{one}</p>" for one in text.split("\n\n"))
        mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    if number % 2 == 0:
        file = chance.randbytes(_FILE_SIZES[number // 2 % len(_FILE_SIZES)])
        mail.add_attachment(file, maintype="image", subtype="jpeg", filename=f"photo {number}.jpg")
    return mail
