"""The floor: one process that does nothing but fetch, parse, commit and send. Run as a program of its own."""

from __future__ import annotations

import email
import email.policy
import smtplib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from imapclient import IMAPClient

_BATCH = 50


def main(folder: Path, account: tuple[int, str, str], smtp_port: int, sizes: list[int]) -> None:
    """Every mail of the INBOX, each committed by itself; letters of these sizes go out, evenly spread over them."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE mail(uid INTEGER PRIMARY KEY, subject TEXT, text TEXT, raw BLOB)")
    imap_port, user, password = account
    with IMAPClient("127.0.0.1", imap_port, ssl=False) as imap, smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        imap.login(user, password)
        imap.select_folder("INBOX")
        uids = imap.search("ALL")
        sent = 0
        for place, (uid, raw) in enumerate(_mails(imap, uids), 1):
            parsed = email.message_from_bytes(raw, policy=email.policy.default)
            body = parsed.get_body(("plain", "html"))
            text = body.get_content() if body else ""
            database.execute("INSERT INTO mail VALUES(?, ?, ?, ?)", (uid, str(parsed["Subject"]), text, raw))
            for size in sizes[sent : len(sizes) * place // len(uids)]:
                smtp.sendmail("support@example.com", ["someone@customers.example"], _letter(size))
            sent = len(sizes) * place // len(uids)
    database.close()


def _mails(imap: IMAPClient, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(uids), _BATCH):
        for uid, parts in imap.fetch(uids[start : start + _BATCH], ["BODY.PEEK[]"]).items():
            yield uid, parts[b"BODY[]"]


def _letter(size: int) -> bytes:
    return b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * (size // 72)


if __name__ == "__main__":
    place, imap_port, user, password, smtp_port, letters = sys.argv[1:]
    account = (int(imap_port), user, password)
    main(Path(place), account, int(smtp_port), [int(one) for one in Path(letters).read_text().split()])
