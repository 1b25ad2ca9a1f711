"""A scripted IMAP server with mails in it, which behaves until one of its answers is replaced, once."""

from __future__ import annotations

import re
import ssl

from tests.servers.scripted import Hangup, Line
from tests.servers.scripted_imap import CAPABILITIES, Answer, ScriptedImap

_DATE = "01-Jan-2026 00:00:00 +0000"


class ScriptedMailbox(ScriptedImap):
    """INBOX and Processed. `once[command]` is what happens at the next such command instead of the usual.

    A body's FETCH and that of the sizes are told apart: "BODY" and "SIZES".
    """

    def __init__(
        self,
        *raws: bytes,
        uidvalidity: int = 7,
        capabilities: str = CAPABILITIES,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.uidvalidity = uidvalidity
        self.mails = dict(enumerate(raws, start=1))
        self.processed: list[bytes] = []
        self.uidnext = len(raws) + 1
        self.deleted: set[int] = set()
        self.once: dict[str, Answer] = {}
        self.struck: list[str] = []
        super().__init__(
            {
                "SELECT": self._select,
                "UID SEARCH": self._search,
                "UID FETCH": self._fetch,
                "UID MOVE": self._move,
                "UID COPY": self._copy,
                "UID STORE": self._store,
                "UID EXPUNGE": self._expunge,
                "STATUS": self._status,
                "EXPUNGE": self._bare_expunge,
            },
            capabilities,
            tls=tls,
            starttls=starttls,
        )

    def append(self, raw: bytes) -> int:
        """One more mail; its UID."""
        uid = self.uidnext
        self.mails[uid] = raw
        self.uidnext += 1
        return uid

    def _do(self, line: Line, tag: str, command: str, arguments: str) -> None:
        name = command
        if command == "UID FETCH":
            name = "BODY" if "BODY.PEEK" in arguments else "SIZES"
        answer = self.once.pop(name, None)
        if answer is None:
            super()._do(line, tag, command, arguments)
            return
        self.struck.append(name)
        if callable(answer):
            answer(line, tag, arguments)
        elif answer:
            line.send(answer.replace("{tag}", tag).encode("latin-1"))
        else:
            raise Hangup

    def _select(self, line: Line, tag: str, _arguments: str) -> None:
        told = f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.uidvalidity}] x\r\n"
        line.send(f"{told}* OK [UIDNEXT {self.uidnext}] x\r\n{tag} OK [READ-WRITE] done\r\n".encode())

    def _status(self, line: Line, tag: str, _arguments: str) -> None:
        told = f"* STATUS Processed (UIDNEXT {len(self.processed) + 1} UIDVALIDITY 1)\r\n"
        line.send(f"{told}{tag} OK done\r\n".encode())

    def _search(self, line: Line, tag: str, arguments: str) -> None:
        found = " ".join(str(uid) for uid in self._uids(arguments.partition(" ")[2]))
        line.send(f"* SEARCH {found}\r\n{tag} OK done\r\n".encode())

    def _fetch(self, line: Line, tag: str, arguments: str) -> None:
        uids, _, items = arguments.partition(" ")
        for uid in self._uids(uids):
            line.send(self.fetched(uid, items))
        line.send(f"{tag} OK done\r\n".encode())

    def fetched(self, uid: int, items: str) -> bytes:
        """One line of a FETCH, with its literal."""
        raw, number = self.mails[uid], sorted(self.mails).index(uid) + 1
        head = f'* {number} FETCH (UID {uid} INTERNALDATE "{_DATE}" '
        part = re.search(r"BODY\.PEEK\[([A-Z]*)\](?:<(\d+)\.(\d+)>)?", items)
        if part is None:
            return f"{head}RFC822.SIZE {len(raw)} FLAGS ())\r\n".encode()
        if part[1] == "HEADER":
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        start = f"<{part[2]}>" if part[2] else ""
        piece = raw[int(part[2]) : int(part[2]) + int(part[3])] if part[2] else raw
        size = f"RFC822.SIZE {len(self.mails[uid])} " if "SIZE" in items else ""
        return f"{head}{size}BODY[{part[1]}]{start} {{{len(piece)}}}\r\n".encode() + piece + b")\r\n"

    def _move(self, line: Line, tag: str, arguments: str) -> None:
        for uid in self._uids(arguments.partition(" ")[0]):
            self.processed.append(self.mails.pop(uid))
        line.send(f"{tag} OK done\r\n".encode())

    def _copy(self, line: Line, tag: str, arguments: str) -> None:
        self.processed += [self.mails[uid] for uid in self._uids(arguments.partition(" ")[0])]
        line.send(f"{tag} OK done\r\n".encode())

    def _store(self, line: Line, tag: str, arguments: str) -> None:
        self.deleted |= set(self._uids(arguments.partition(" ")[0]))
        line.send(f"{tag} OK done\r\n".encode())

    def _expunge(self, line: Line, tag: str, arguments: str) -> None:
        for uid in self._uids(arguments):
            if uid in self.deleted:
                self.mails.pop(uid)
        line.send(f"{tag} OK done\r\n".encode())

    def _bare_expunge(self, line: Line, tag: str, _arguments: str) -> None:
        for uid in self.deleted & set(self.mails):
            self.mails.pop(uid)
        line.send(f"{tag} OK done\r\n".encode())

    def _uids(self, written: str) -> list[int]:
        """The UIDs of a sequence set that are there. "n:*" always has the last mail (RFC 9051 section 9)."""
        found: set[int] = set()
        for piece in written.split(","):
            first, colon, last = piece.partition(":")
            there = sorted(self.mails)
            if last == "*":
                found |= {uid for uid in there if uid >= int(first)} | set(there[-1:])
            elif colon:
                found |= {uid for uid in there if int(first) <= uid <= int(last)}
            else:
                found |= {int(first)} & set(there)
        return sorted(found)
