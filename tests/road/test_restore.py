"""An older backup brought back under a mailbox that moved on: nothing goes out twice by itself, nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from mailticket.cli.main import main
from tests.road.desk import CARLA, DIRK, MALLORY, Desk, as_outlook

CUSTOMERS = ("carla@customer.example", "dirk@customer.example", "mallory@elsewhere.example")


def typed(desk: Desk, *words: str) -> Any:
    """What the command says with --json. Run in this process: that saves its start."""
    done = CliRunner().invoke(main, ["--config", str(desk.config), *words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def rows(desk: Desk, data: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{data}/mailticket.db?mode=ro", uri=True)) as database:
        return database.execute(statement).fetchall()


class Life:
    """What is in the desk's database in this folder, and what customers got so far."""

    def __init__(self, desk: Desk, data: Path) -> None:
        self.desk, self.data = desk, data

    def letters(self) -> dict[str, str]:
        """Of the letters to customers: which and to whom -> state."""
        found = rows(self.desk, self.data, "SELECT letter, recipient, state FROM outbox ORDER BY id")
        return {f"{letter} {to}": state for letter, to, state in found if to in CUSTOMERS}

    def ids(self, state: str, letter: str) -> list[str]:
        asked = f"SELECT id, recipient FROM outbox WHERE state = '{state}' AND letter = '{letter}'"
        return [str(id) for id, to in rows(self.desk, self.data, asked) if to in CUSTOMERS]

    def cases(self) -> set[str]:
        return {case for (case,) in rows(self.desk, self.data, 'SELECT case_id FROM "cases"')}

    def outcomes(self) -> list[str]:
        return sorted(outcome for (outcome,) in rows(self.desk, self.data, "SELECT outcome FROM inbox"))

    def taken(self) -> list[tuple[str, str]]:
        """What customers got: to whom, subject."""
        return sorted((one.recipient, one.subject) for one in self.desk.sink.mails if one.recipient in CUSTOMERS)

    def until_taken(self, count: int) -> None:
        self.desk.wait(lambda: len(self.taken()) >= count, 30, f"{count} letters to customers")

    def until_moved(self, count: int) -> None:
        moved = "SELECT count(*) FROM inbox WHERE server_state = 'done'"
        self.desk.wait(lambda: rows(self.desk, self.data, moved) == [(count,)], 30, "the mails to be moved")


def test_a_restored_desk_sends_nothing_again_and_finds_what_came_in_since(idle_desk: Desk, tmp_path: Path) -> None:
    desk, lost, found = idle_desk, Life(idle_desk, idle_desk.folder / "data"), Life(idle_desk, tmp_path / "elsewhere")
    desk.start()
    backup = backed_up_with_a_letter_that_waits(lost, tmp_path / "backups")
    go_on_without_the_backup(lost)
    before, cases_before = lost.taken(), lost.cases()
    desk.stop()

    desk.write_config(data=str(found.data))
    told = typed(desk, "restore", backup)
    assert (told["held"], told["held_calls"]) == (1, 0)
    desk.start()
    assert typed(desk, "reconcile")[0]["lost_in_processed"] == 2
    found.until_moved(4)
    assert found.outcomes() == ["answered", "opened", "opened", "opened"]
    (seen,) = typed(desk, "reconcile", "--dry-run")
    assert [value for name, value in seen.items() if name not in ("service", "trouble")] == [0] * 6
    assert found.cases() == cases_before and len(cases_before) == 3
    assert found.letters() == {
        "auto_reply carla@customer.example": "sent",
        "auto_reply dirk@customer.example": "held",
        "auto_reply mallory@elsewhere.example": "held",
        "customer_reply carla@customer.example": "held",
    }
    assert found.taken() == before
    decide_on_what_is_held(found, len(before))


def backed_up_with_a_letter_that_waits(life: Life, target: Path) -> str:
    desk = life.desk
    desk.sink.answer("rcpt", "451 4.7.1 Greylisted", recipient="dirk@customer.example")
    for writer in (CARLA, DIRK):
        desk.arrive(desk.mail(writer, f"Of {writer.split()[0]}", "Hello"))
    life.until_taken(1)
    life.until_moved(2)
    waits = "SELECT 1 FROM outbox WHERE state = 'queued' AND attempts = 1"
    desk.wait(lambda: rows(desk, life.data, waits), 30, "Dirk's letter to be put off")
    told = "SELECT count(*) FROM outbox WHERE state = 'sent' AND letter = 'csr_case'"
    desk.wait(lambda: rows(desk, life.data, told) == [(2,)], 30, "the CSRs to be told")
    path = typed(desk, "backup", str(target), "--with-key")["path"]
    assert isinstance(path, str)
    return path


def go_on_without_the_backup(life: Life) -> None:
    """Dirk's letter goes out, Carla is answered, and Mallory writes: the backup knows nothing of it."""
    desk = life.desk
    typed(desk, "outbox", "retry", *life.ids("queued", "auto_reply"))
    desk.arrive(desk.mail(MALLORY, "Of Mallory", "Me too"))
    to_csr = next(one for one in desk.sink.mails if one.recipient not in CUSTOMERS and "Of Carla" in one.subject)
    desk.arrive(as_outlook(to_csr, to_csr.recipient, "Use water."))
    life.until_taken(4)
    life.until_moved(4)


def decide_on_what_is_held(life: Life, count: int) -> None:
    """The answer is sent once more by a human's wish, the rest put away; then nothing is held."""
    typed(life.desk, "outbox", "cancel", *life.ids("held", "auto_reply"), "--yes", "--why", "they had it")
    typed(life.desk, "outbox", "retry", *life.ids("held", "customer_reply"))
    life.until_taken(count + 1)
    life.desk.wait(lambda: not {"held", "queued", "sending"} & {*life.letters().values()}, 30, "all to be decided")
    assert len(life.taken()) == count + 1
