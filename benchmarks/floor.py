"""The floor: one process that does nothing but fetch, parse, commit and send twice. Run as a program of its own."""

from __future__ import annotations

import email
import email.policy
import smtplib
import sqlite3
import sys
from pathlib import Path

from imapclient import IMAPClient

_BATCH = 50


def main(folder: Path, account: tuple[int, str, str], smtp_port: int, letter_sizes: tuple[int, int]) -> int:
    """Every mail of the INBOX; gives their number. Two letters of these sizes go out for each."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE mail(uid INTEGER PRIMARY KEY, subject TEXT, text TEXT, raw BLOB)")
    letters = [
        b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (size // 72) for size in letter_sizes
    ]
    done = 0
    imap_port, user, password = account
    with IMAPClient("127.0.0.1", imap_port, ssl=False) as imap, smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        imap.login(user, password)
        imap.select_folder("INBOX")
        uids = imap.search("ALL")
        for start in range(0, len(uids), _BATCH):
            fetched = imap.fetch(uids[start : start + _BATCH], ["BODY.PEEK[]"])
            for uid, parts in fetched.items():
                raw = parts[b"BODY[]"]
                parsed = email.message_from_bytes(raw, policy=email.policy.default)
                body = parsed.get_body(("plain", "html"))
                text = body.get_content() if body else ""
                database.execute("INSERT INTO mail VALUES(?, ?, ?, ?)", (uid, str(parsed["Subject"]), text, raw))
                for letter in letters:
                    smtp.sendmail("support@example.com", ["someone@example.net"], letter)
                done += 1
    database.close()
    return done


if __name__ == "__main__":
    folder, imap_port, user, password, smtp_port, first, second = sys.argv[1:]
    print(main(Path(folder), (int(imap_port), user, password), int(smtp_port), (int(first), int(second))))
