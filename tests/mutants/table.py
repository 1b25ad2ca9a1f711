"""The mutants: what is broken, by which edits of the text, and the moments at which a kill shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_LETTERS = "        office.store.before_commit(_put_into_outbox, _Posting(service, case, order, tell))\n"
_LETTERS_LATER = """        posting = _Posting(service, case, order, tell)
        office.store.after_commit(
            lambda one=posting: (failpoints.reach("receive.committed"), _put_into_outbox([one]))
        )
"""
_IMPORT = "from mailticket.desk.decided.gathering import"


@dataclass(frozen=True)
class Edit:
    """`old` stands exactly once in the file, and becomes `new`."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Raises ValueError if the text is not there, or there twice: a mutant that breaks nothing proves nothing."""
        path = root / self.file
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times, not once:\n{self.old}")
        path.write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Mutant:
    """`kills` are failpoints; with `power` the disk loses what was not on it. `breaks`: promises, one is enough."""

    name: str
    edits: tuple[Edit, ...]
    kills: tuple[str, ...]
    breaks: tuple[str, ...]
    power: bool = False


MUTANTS = (
    Mutant(
        "synchronous = NORMAL",
        (
            Edit("mailticket/store/engine/sqlite.py", '"PRAGMA synchronous = full"', '"PRAGMA synchronous = normal"'),
            Edit("mailticket/store/database.py", '"PRAGMA synchronous": (("2", "3")', '"PRAGMA synchronous": (("1",)'),
        ),
        ("tidy.noted", "imap.moved", "deliver.recorded"),
        ("J1", "J3"),
        power=True,
    ),
    Mutant(
        "large files not synced",
        (
            Edit(
                "mailticket/store/files/depots.py",
                "                os.fsync(file.fileno())\n",
                "                pass\n",
            ),
        ),
        ("blobs.renamed", "imap.moved", "tidy.noted"),
        ("J2", "J3"),
        power=True,
    ),
    Mutant(
        "server changed before the commit",
        (
            Edit(
                "mailticket/desk/mailbox/intake.py",
                '    failpoints.reach("collect.fetched")\n',
                "    mailbox.move([one.uid for one in fetched], 'Processed')\n"
                '    failpoints.reach("collect.fetched")\n',
            ),
        ),
        ("collect.fetched", "collect.stored"),
        ("J3",),
    ),
    Mutant(
        "no content key",
        (
            Edit(
                "mailticket/desk/receive.py",
                'f"{one.message_id} {one.mail.content_hash}"',
                'f"{one.message_id} {one.item.id}"',
            ),
        ),
        ("receive.claimed", "receive.keyed", "receive.settled", "receive.committed"),
        ("J1",),
    ),
    Mutant(
        "bare EXPUNGE",
        (Edit("mailticket/wire/imap_removal.py", '"uid_expunge", list(uids))', '"expunge")'),),
        ("imap.marked", "imap.marked", "tidy.noted"),
        ("J8",),
    ),
    Mutant(
        "RFC822 instead of BODY.PEEK[]",
        (
            Edit("mailticket/wire/imap.py", 'parts(batch, ["BODY.PEEK[]"])', 'parts(batch, ["RFC822"])'),
            Edit("mailticket/wire/imap.py", 'parts.get(b"BODY[]") is not None', 'parts.get(b"RFC822") is not None'),
            Edit("mailticket/wire/imap.py", 'bytes(parts[b"BODY[]"])', 'bytes(parts[b"RFC822"])'),
        ),
        ("tidy.found", "tidy.noted"),
        ("J8",),
    ),
    Mutant(
        "outbox outside the transaction",
        (
            Edit("mailticket/desk/decided/post.py", _LETTERS, _LETTERS_LATER),
            Edit("mailticket/desk/decided/post.py", _IMPORT, f"from mailticket import failpoints\n{_IMPORT}"),
            Edit("mailticket/desk/receive.py", '    failpoints.reach("receive.committed")\n', ""),
        ),
        ("receive.committed", "receive.committed", "tidy.noted"),
        ("J4", "J5"),
    ),
    Mutant(
        "no final-dot phase",
        (
            Edit(
                "mailticket/store/outbox_ends.py",
                "((final_dot, FINAL_DOT), (untouched",
                '((final_dot, "connect"), (untouched',
            ),
        ),
        ("smtp.dot_sent", "deliver.accepted", "smtp.dot_sent"),
        ("J4", "J5"),
    ),
)  # fmt: skip
