"""`backup`, `restore` and `verify` as an admin types them."""

from __future__ import annotations

import json
from pathlib import Path

from mailticket.store import outbox
from tests.cli.desk import Desk
from tests.store.rows import NOW, letter


def test_a_desk_is_backed_up_lost_brought_back_and_found_whole(desk: Desk, tmp_path: Path) -> None:
    with desk.store():
        outbox.post(letter(), NOW)
    made = desk.run("backup", str(tmp_path / "backups"))
    assert made.exit_code == 0 and "The key file is not in it" in made.output
    (folder,) = (tmp_path / "backups").glob("mailticket-*Z")
    refused = desk.run("restore", str(folder))
    assert refused.exit_code == 1 and "--force" in refused.output
    for name in ("mailticket.db", "blobs.db"):
        (tmp_path / "data" / name).unlink()
    back = desk.run("restore", str(folder))
    assert back.exit_code == 0 and "held, because they may have gone out since: 1." in back.output
    assert [one["state"] for one in desk.json("outbox", "list")] == ["held"]
    assert "All is well." in desk.run("verify").output


def test_with_the_key_it_says_so_loudly(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "data" / "mailticket.key").write_text("secret")
    made = desk.run("backup", "--with-key", str(tmp_path / "backups"))
    assert "whoever can read it can write as your CSRs" in made.output


def test_a_folder_whose_name_no_terminal_can_show_is_told_all_the_same(desk: Desk, tmp_path: Path) -> None:
    made = desk.run("backup", str(tmp_path / "caf\udce9"))
    assert made.exit_code == 0 and "caf\\udce9/mailticket-" in made.stdout and "2 parts, " in made.stdout


def test_verify_ends_with_1_and_says_what_to_do(desk: Desk) -> None:
    with desk.store():
        id = outbox.post(letter(), NOW)
        outbox.OutboxFile.insert(outbox=id, sha256="ab" * 32).execute()
    found = desk.run("verify")
    assert found.exit_code == 1 and "missing" in found.output and "Bring it back from a backup" in found.output
    assert [one["kind"] for one in json.loads(desk.run("verify", "--json").stdout)] == ["missing"]
