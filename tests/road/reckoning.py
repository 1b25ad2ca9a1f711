"""What became of everything that a crowd sent in: cases, stored bytes, mailboxes, and every copy of every letter."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.road.crowd import SERVICES, Crowd
from tests.servers.smtp_sink import Received


@dataclass
class Reckoning:
    """Counts, and `wrong`: a sentence for everything that must not be."""

    mails: int = 0
    answers: int = 0
    retried: int = 0
    lost: int = 0
    doubled: int = 0
    sent_once: int = 0
    sent_twice: int = 0
    sent_wrongly: int = 0
    automatic_once: int = 0
    automatic_unsent: int = 0
    automatic_twice: int = 0
    wrong: list[str] = field(default_factory=list)

    def demand(self, true: bool, otherwise: str) -> None:
        if not true:
            self.wrong.append(otherwise)


def reckon(crowd: Crowd) -> Reckoning:
    found = Reckoning(mails=len(crowd.mails), answers=len(crowd.answers), retried=crowd.retried)
    _entries(crowd, found)
    _bytes(crowd, found)
    _mailboxes(crowd, found)
    _letters(crowd, found)
    _privacy(crowd, found)
    return found


def _entries(crowd: Crowd, found: Reckoning) -> None:
    """J1: each mail and each answer is in one case, once."""
    for kind, what, sent in (("customer_mail", "MAIL", crowd.mails), ("reply", "ANSWER", crowd.answers)):
        rows = crowd.ask("SELECT text FROM entry WHERE kind = %s", kind)
        seen = Counter(int(number) for (text,) in rows for number in re.findall(rf"{what}-(\d+)-", text)[:1])
        for number in sent:
            found.lost += not seen[number]
            found.doubled += seen[number] > 1
            found.demand(seen[number] == 1, f"{what} {number} is in {seen[number]} entries")
    found.demand(
        crowd.ask("SELECT count(*) FROM cases")[0][0] == len(crowd.mails), "there are not as many cases as mails"
    )


def _bytes(crowd: Crowd, found: Reckoning) -> None:
    """J2: what is stored is what was sent in, byte for byte."""
    sent = Counter(hashlib.sha256(raw).hexdigest() for raw in (*crowd.mails.values(), *crowd.answers.values()))
    stored = Counter(blob for (blob,) in crowd.ask("SELECT blob FROM inbox WHERE outcome <> 'duplicate'"))
    found.demand(sent == stored, f"stored bytes differ: {len(sent - stored)} missing, {len(stored - sent)} unknown")
    rows = crowd.ask("SELECT sha256, content FROM blob")
    broken = [sha256 for sha256, content in rows if hashlib.sha256(content).hexdigest() != sha256]
    found.demand(not broken, f"stored under a wrong name: {broken}")


def _mailboxes(crowd: Crowd, found: Reckoning) -> None:
    """J3: everything is in Processed, once, and nothing is left behind."""
    for service in SERVICES:
        user = crowd.user(service)
        numbers = [number for number in crowd.mails if crowd.service(number) == service]
        sent = Counter(crowd.mails[number] for number in numbers)
        sent += Counter(crowd.answers[number] for number in numbers if number in crowd.answers)
        kept = Counter(crowd.dovecot.mails(user, "Processed").values())
        found.demand(not crowd.dovecot.mails(user), f"mails were left in the inbox of {service}")
        found.demand(sent == kept, f"Processed of {service}: {len(sent - kept)} missing, {len(kept - sent)} too many")


def _letters(crowd: Crowd, found: Reckoning) -> None:
    """J4, J5: how often each letter was taken by the relay, and that all its copies are the same bytes."""
    copies: dict[str, list[Received]] = defaultdict(list)
    for one in crowd.sink.mails:
        copies[str(one.message["Message-ID"])].append(one)
    rows = crowd.ask("SELECT message_id, kind, letter, recipient, unknowns, state FROM outbox")
    for message_id, kind, letter, recipient, unknowns, state in rows:
        taken = copies.pop(message_id, [])
        what = f"{letter} to {recipient} ({state}, {unknowns} unknown) was taken {len(taken)} times"
        found.demand(len({one.data for one in taken}) <= 1, f"copies of {message_id} differ")
        found.demand({one.recipient for one in taken} <= {recipient}, f"{message_id} went to somebody else")
        if kind == "auto":
            found.automatic_once += len(taken) == 1
            found.automatic_unsent += not taken
            found.automatic_twice += len(taken) > 1
            found.demand(len(taken) == 1 or (not taken and unknowns > 0), what)
        else:
            found.sent_once += len(taken) == 1
            found.sent_twice += len(taken) == 2
            is_right = 1 <= len(taken) <= 1 + min(unknowns, 1)
            found.sent_wrongly += not is_right
            found.demand(is_right, what)
    found.demand(not copies, f"letters that no row knows: {list(copies)[:3]}")
    _one_each(crowd, found, ((letter, recipient) for _, _, letter, recipient, _, _ in rows))


def _one_each(crowd: Crowd, found: Reckoning, letters: Iterable[tuple[str, str]]) -> None:
    """Each customer got one acknowledgement and one answer, whoever was killed in between."""
    counted = Counter(letters)
    for number in crowd.mails:
        for letter in ("auto_reply", "customer_reply"):
            count = counted[letter, crowd.customer(number)]
            found.demand(count == 1, f"customer {number} has {count} letters {letter}")


def _privacy(crowd: Crowd, found: Reckoning) -> None:
    """J6: no customer was shown a word of another's case."""
    numbers = {crowd.customer(number): number for number in crowd.mails}
    for one in crowd.sink.mails:
        if one.recipient in numbers:
            shown = {int(number) for number in re.findall(r"(?:MAIL|ANSWER)-(\d+)-", one.text)}
            found.demand(shown <= {numbers[one.recipient]}, f"{one.recipient} was shown {shown}")
