"""`mailticket export` and `erase`, typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mailticket.domain.case import Case, Entry, EntryKind, Words
from mailticket.domain.people import Participant
from mailticket.store import cases, entries
from tests.cast import CARLA, DIRK
from tests.cli.desk import AT, Desk


def exported(desk: Desk, place: Path, *words: str) -> dict[str, str]:
    """What the .zip holds, by name."""
    result = desk.run("export", CARLA.address, "--to", str(place), *words)
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def another(desk: Desk) -> Case:
    """A case of Dirk's, in which Carla takes part from his second mail on."""
    people = (Participant(DIRK, is_customer=True), Participant(CARLA, is_customer=True, since=4))
    case = desk.open_case("0123-456N", participants=people)
    with desk.store():
        loaded = cases.load([case.id])[case.id]
        entries.add_entry(loaded, Entry(0, 0, EntryKind.CUSTOMER_MAIL, AT, DIRK, Words("Carla should know.")))
    return case


def test_an_export_has_their_cases_and_a_page_and_no_note(desk: Desk, tmp_path: Path) -> None:
    case = desk.open_case()
    found = exported(desk, tmp_path / "carla.zip")
    assert json.loads(found["customer.json"])["addresses"][0]["address"] == CARLA.address
    said = json.loads(found[f"cases/{case.id}.json"])["entries"]
    assert len(said) == 1 and "It burns." in said[0]["text"]
    assert "It burns." in found["index.html"] and "Not again." not in "".join(found.values())
    assert (tmp_path / "carla.zip").stat().st_mode & 0o777 == 0o600


def test_one_case_is_one(desk: Desk, tmp_path: Path) -> None:
    desk.open_case()
    place = tmp_path / "carla.zip"
    assert desk.run("export", CARLA.address, "--to", str(place)).stdout == f"{place}: 1 case, 0 mails, 0 files.\n"


def test_notes_come_along_only_when_asked_for(desk: Desk, tmp_path: Path) -> None:
    desk.open_case()
    found = exported(desk, tmp_path / "carla.zip", "--with-notes")
    assert "Not again." in found["index.html"] and "internal note" in found["index.html"]


def test_an_export_has_nothing_of_others_that_they_could_not_see(desk: Desk, tmp_path: Path) -> None:
    case = another(desk)
    found = exported(desk, tmp_path / "carla.zip", "--with-notes")
    said = json.loads(found[f"cases/{case.id}.json"])["entries"]
    assert [one["text"] for one in said] == ["Carla should know."]
    assert "burns" not in "".join(found.values()) and "Not again." not in "".join(found.values())


def test_an_export_overwrites_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.open_case()
    (tmp_path / "there.zip").write_text("mine")
    result = desk.run("export", CARLA.address, "--to", str(tmp_path / "there.zip"))
    assert result.exit_code == 1 and "is there already" in result.output
    assert (tmp_path / "there.zip").read_text() == "mine" and not list(tmp_path.glob(".there*"))


def test_erase_asks_first_and_a_dry_run_only_tells(desk: Desk) -> None:
    case = desk.open_case()
    planned = desk.json("erase", CARLA.address, "--dry-run")
    assert planned["whole"] == [case.id] and any("backups" in one for one in planned["beyond"])
    refused = desk.run("erase", CARLA.address, "--why", "she asked", stdin=b"n\n")
    assert refused.exit_code == 1 and "Not reached:" in refused.output
    assert desk.json("case", "show", case.id)["entries"][0]["text"]


@pytest.mark.parametrize("words", [("erase", "", "--why", "x", "--yes"), ("export", ""), ("erase", " ", "--dry-run")])
def test_who_names_nobody_means_nobody(desk: Desk, words: tuple[str, ...]) -> None:
    """As a script does whose variable is not set: there is one customer, and they have no number."""
    case = desk.open_case()
    result = desk.run(*words)
    assert (result.exit_code, "No customer was named." in result.stderr) == (1, True)
    assert desk.json("case", "show", case.id)["entries"][0]["text"]


def test_an_erased_customer_is_unknown_and_their_case_is_empty(desk: Desk) -> None:
    case = desk.open_case()
    result = desk.run("erase", CARLA.address, "--yes", "--why", f"{CARLA.address} asked")
    assert result.exit_code == 0 and "is done" in result.output
    shown = desk.json("case", "show", case.id)
    assert shown["status"] == "closed" and not any(one["text"] for one in shown["entries"])
    assert "There is no customer" in desk.run("erase", CARLA.address, "--yes", "--why", "again").output
    kept = b"".join(one.read_bytes() for one in (desk.folder / "data").rglob("*") if one.is_file())
    assert CARLA.address.encode() not in kept and b"burns" not in kept


def test_without_a_reason_nothing_is_erased(desk: Desk) -> None:
    desk.open_case()
    result = desk.run("erase", CARLA.address, "--yes")
    assert result.exit_code == 1 and "No reason was given" in result.output
    assert desk.json("customer", "list")


KILLED = """
import sys
from mailticket import failpoints
from mailticket.cli.main import main
failpoints.arm(sys.argv.pop(1))
main()
"""


@pytest.mark.parametrize("moment", ["erase.case:kill:1", "erase.case:kill:2", "erase.elsewhere:kill"])
def test_an_erasure_that_is_killed_in_the_middle_is_ended_by_asking_again(desk: Desk, moment: str) -> None:
    """Until then the customer is known by name, so that an admin finds them; what went is gone for good."""
    ids = [desk.open_case(id).id for id in ("7F3K-9QX6", "0123-456Z")]
    words = ["erase", CARLA.address, "--yes", "--why", "she asked", "--config", str(desk.config)]
    killed = subprocess.run([sys.executable, "-c", KILLED, moment, *words], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = [id for id in ids if any(one["text"] for one in desk.json("case", "show", id)["entries"])]
    assert left == (ids[1:] if moment == "erase.case:kill:1" else [])
    done = desk.run(*words[:-2])
    assert done.exit_code == 0 and done.stdout == "Erasure 1 is done.\n", done.output
    assert not any(one["text"] for id in ids for one in desk.json("case", "show", id)["entries"])
    assert CARLA.address not in desk.run("customer", "list").stdout
