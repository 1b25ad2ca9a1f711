"""The road oracle: knows every mail that it put into a mailbox, and says what of the promises a desk has broken.

It reads the mail server, the database, the stored files and what the relay took; never the program. The promises:

J1  every mail is in exactly one case exactly once, or set aside exactly once; a copy of a known mail does nothing
J2  what is stored of it hashes to what was put in
J3  none is gone from the server's folder unless its row is committed and its bytes are stored
J4  an answer and a CSR's notification is taken by the relay once, or twice if an attempt's end was not seen; same bytes
J5  automatic mail to a customer is taken at most once
J6  nothing goes to anybody who is no party to it, and no private note to a customer
J7  the database is whole, and nothing is left in a passing state
J8  no other mail in the mailbox was changed or removed, and none was marked as read
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.road.ledger import Ledger, Row
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import Received, SmtpSink

_NONCE = re.compile(r"\bN([0-9a-f]{16})N\b")
CANARY = "CANARY"
_AT_REST = {"sent", "maybe_sent", "failed", "cancelled"}
#: Our own kinds of mail -> the kind of the entry that each becomes. A rejected one becomes none.
ENTRY_OF = {"inquiry": "customer_mail", "answer": "reply", "note": "note", "rejected": ""}

#: The letters that each kind of entry brings forth.
LETTERS_OF = {"customer_mail": ("auto_reply", "csr_case"), "reply": ("customer_reply",), "note": ("csr_receipt",)}


@dataclass(frozen=True)
class Injected:
    """One mail that was put in; `uids` of all its copies. `about` is the nonce of the inquiry that it answers."""

    nonce: str
    kind: str
    raw: bytes
    sender: str
    about: str = ""
    uids: list[int] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass
class Oracle:
    """What was put into one user's INBOX, and how to look at what became of it."""

    dovecot: Dovecot
    user: str
    sink: SmtpSink
    ledger: Ledger
    injected: dict[str, Injected] = field(default_factory=dict)
    decoys: dict[int, frozenset[bytes]] = field(default_factory=dict)

    def place_decoys(self) -> None:
        """Mails that are none of the desk's business, with flags, one of them marked as deleted by its owner."""
        flags = [[], [rb"\Seen"], [rb"\Flagged", rb"\Answered"], [rb"\Deleted"], [rb"\Draft", b"private"]] * 2
        with self.dovecot.client(self.user) as client:
            for number, own in enumerate(flags):
                raw = f"From: d{number}@decoy.example\r\nSubject: Decoy\r\n\r\nLeave me alone.\r\n"
                told = client.append("INBOX", raw.encode(), own)
                self.decoys[int(told.split(b"]")[0].split()[-1])] = frozenset(own)

    def put(self, mail: Injected) -> None:
        """A mail (or one more copy of it) comes into the watched folder."""
        known = self.injected.setdefault(mail.nonce, mail)
        known.uids.append(self.dovecot.deliver(self.user, mail.raw))

    def is_inquiry(self, nonce: str) -> bool:
        return nonce in self.injected and self.injected[nonce].kind == "inquiry"

    def copies_of(self) -> Counter[str]:
        """How many copies of each mail, by its digest, were put in."""
        return Counter({mail.sha256: len(mail.uids) for mail in self.injected.values()})

    def after_a_kill(self) -> list[str]:
        """J3 and J8, which hold at every moment."""
        with self.dovecot.client(self.user) as client:
            client.select_folder("INBOX", readonly=True)
            told = client.fetch(client.search(), ["FLAGS"])
            flags = {uid: set(one[b"FLAGS"]) - {rb"\Recent"} for uid, one in told.items()}
        return [*self._gone_without_a_row(set(flags)), *self._decoys_touched(flags)]

    def at_rest(self) -> list[str]:
        """All of them; the desk is not running, and nothing is left to do."""
        letters = self.ledger.letters()
        found = [*self.after_a_kill(), *self._cases(), *self._stored(), *self._letters(letters)]
        return [*found, *self._expected_letters(letters), *self._readers(letters), *self._database(), *self._server()]

    def _gone_without_a_row(self, present: set[int]) -> Iterator[str]:
        rows = {row["uid"]: row for row in self.ledger.mails()}
        stored = self.ledger.names()
        for mail in self.injected.values():
            for uid in set(mail.uids) - present:
                if uid not in rows:
                    yield f"J3: the {mail.kind} {mail.nonce} is gone from the server (UID {uid}) and has no row"
                elif rows[uid]["blob"] not in stored and rows[uid]["state"] != "discarded":
                    yield f"J3: the {mail.kind} {mail.nonce} is gone from the server and its bytes are not stored"

    def _decoys_touched(self, flags: dict[int, set[bytes]]) -> Iterator[str]:
        for uid, own in self.decoys.items():
            if uid not in flags:
                yield f"J8: decoy {uid} with {sorted(own)} was removed"
            elif flags[uid] != own:
                yield f"J8: decoy {uid} had {sorted(own)} and has {sorted(flags[uid])}"

    def _cases(self) -> Iterator[str]:
        """J1, told by the rows, and by the words that stand in the entries."""
        rows = self.ledger.mails()
        took = Counter(row["blob"] for row in rows)
        for sha256, copies in self.copies_of().items():
            if took[sha256] != copies:
                yield f"J1: {copies} copies of {sha256[:12]} came, {took[sha256]} rows have it"
        aside = Counter(row["blob"] for row in rows if row["state"] == "shunted")
        first = Counter(row["blob"] for row in rows if row["outcome"] not in ("", "duplicate", "rejected"))
        where: dict[str, list[Row]] = defaultdict(list)
        for entry in self.ledger.entries():
            for nonce in set(_NONCE.findall(entry["text"])):
                where[nonce].append(entry)
        for mail in self.injected.values():
            entries = [one for one in where[mail.nonce] if one["kind"] == ENTRY_OF[mail.kind]]
            wanted = 0 if mail.kind == "rejected" else 1
            if len(entries) + aside[mail.sha256] != wanted:
                places = [(one["case_id"], one["number"]) for one in entries]
                yield f"J1: the {mail.kind} {mail.nonce} is {len(entries)} times in a case {places}, wanted {wanted}"
            if first[mail.sha256] + aside[mail.sha256] != wanted:
                yield f"J1: the {mail.kind} {mail.nonce} was acted upon {first[mail.sha256]} times, wanted {wanted}"

    def _stored(self) -> Iterator[str]:
        stored = self.ledger.stored()
        for mail in self.injected.values():
            if mail.sha256 not in stored:
                yield f"J2: the bytes of the {mail.kind} {mail.nonce} are not stored"
        for name, digest in stored.items():
            if name != digest:
                yield f"J2: what is stored as {name} hashes to {digest}"

    def _letters(self, letters: list[Row]) -> Iterator[str]:
        """J4 and J5: each row of the outbox against what the relay took."""
        taken: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        for mail in self.sink.mails:
            taken[str(mail.message["Message-ID"]), mail.recipient].append(mail.data)
        for row in letters:
            copies = taken.pop((row["message_id"], row["recipient"]), [])
            told = f"letter {row['id']} ({row['letter']}) is {row['state']} with {row['unknowns']} unseen ends"
            if row["kind"] == "auto":
                if len(copies) > 1 or (not copies and row["state"] == "sent"):
                    yield f"J5: {told}, and was taken {len(copies)} times"
            elif not _least(row) <= len(copies) <= 1 + min(row["unknowns"], 1):
                yield f"J4: {told}, and was taken {len(copies)} times"
            if len(set(copies)) > 1:
                yield f"J4: {told}, and its copies differ"
        for (message_id, recipient), copies in taken.items():
            yield f"J6: {len(copies)} mails {message_id} to {recipient} belong to no letter"

    def _expected_letters(self, letters: list[Row]) -> Iterator[str]:
        """No letter is missing or made twice, whatever became of its sending."""
        entries = [one for one in self.ledger.entries() if _NONCE.search(one["text"])]
        wanted = Counter((one["case_id"], letter) for one in entries for letter in LETTERS_OF.get(one["kind"], ()))
        made = Counter((row["case_id"], row["letter"]) for row in letters)
        for case, letter in wanted.keys() | made.keys():
            if made[case, letter] != wanted[case, letter]:
                promise = "J5" if letter == "auto_reply" else "J4"
                count = f"{made[case, letter]} {letter} letters, wanted {wanted[case, letter]}"
                yield f"{promise}: case {case} has {count}"

    def _readers(self, letters: list[Row]) -> Iterator[str]:
        """J6: each customer sees their own matter and no note; CSRs' mails go to CSRs."""
        of_ours = {row["recipient"] for row in letters if row["kind"] == "notify"}
        for mail in self.sink.mails:
            if mail.recipient in of_ours:
                continue
            whole = f"{mail.subject}\n{mail.text}"
            if CANARY in whole or CANARY.encode() in mail.data:
                yield f"J6: a private note went to {mail.recipient}"
            for nonce in set(_NONCE.findall(whole)):
                if self._customer_of(nonce) != mail.recipient:
                    yield f"J6: {mail.recipient} got the words of {nonce}, a matter of {self._customer_of(nonce)}"

    def _customer_of(self, nonce: str) -> str:
        mail = self.injected[nonce]
        return self.injected[mail.about].sender if mail.about else mail.sender

    def _database(self) -> Iterator[str]:
        yield from (f"J7: {fault}" for fault in self.ledger.faults())
        for row in self.ledger.mails():
            if row["is_waiting"] or (row["server_state"] in ("waiting", "todo") and row["state"] != "shunted"):
                yield f"J7: inbox row {row['id']} is left {row['state']}, its server copy {row['server_state']}"
        for row in self.ledger.letters():
            if row["state"] not in _AT_REST:
                yield f"J7: letter {row['id']} is left {row['state']} ({row['error']})"

    def _server(self) -> Iterator[str]:
        """Where every copy has to be by now: moved unread, or deleted; nothing else was made or taken."""
        with self.dovecot.client(self.user) as client:
            client.select_folder("INBOX", readonly=True)
            left = len(client.search()) - len(self.decoys)
            client.select_folder("Processed", readonly=True)
            moved = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[]"])
        aside = sum(row["state"] == "shunted" for row in self.ledger.mails())
        if left != aside:
            yield f"J3: {left} mails are left in INBOX, {aside} are set aside"
        there = Counter(hashlib.sha256(told[b"BODY[]"]).hexdigest() for told in moved.values())
        for mail in self.injected.values():
            wanted = 0 if mail.kind == "rejected" else len(mail.uids)
            if not aside and there[mail.sha256] != wanted:
                yield f"J3: {there[mail.sha256]} copies of the {mail.kind} {mail.nonce} in Processed, wanted {wanted}"
        marked = sum(rb"\Seen" in told[b"FLAGS"] for told in moved.values())
        if marked:
            yield f"J8: {marked} mails were marked as read"


def nonce_of(mail: Received) -> str:
    """The nonce of the newest words in a letter, "" if there is none."""
    found = _NONCE.search(mail.text)
    return found[1] if found else ""


def _least(row: Row) -> int:
    """Sent at least once; only after two attempts whose end nobody saw it is left to a human."""
    return 0 if row["state"] == "maybe_sent" and row["unknowns"] > 1 else 1
