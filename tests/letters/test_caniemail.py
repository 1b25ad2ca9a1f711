"""The HTML and CSS of every letter against caniemail.com's tables: nothing that a mail program lacks is relied on."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from mailticket.domain.decision import LetterKind
from mailticket.letters.render import render
from mailticket.letters.specimen import specimens
from tests.letters.desk import book
from tests.servers.programs import missing, require

VERSION = "1.0.5"  # the last one for the Node of Debian 12
SCRIPT = Path(__file__).with_name("caniemail.mjs")
pytestmark = pytest.mark.xdist_group("caniemail")

#: What a mail program lacks altogether, by feature: where, and why a reader sees no difference.
UNSUPPORTED = {
    "@media": (
        "outlook.windows outlook.windows-mail gmail.mobile-webmail thunderbird.macos",
        "it holds the dark colours alone; without them the letter is light, or the program darkens it itself",
    ),
    "<style> element": ("gmail.mobile-webmail", "the dark colours alone, as above"),
    "<body> element": ("outlook.macos", "the ground stands on the outermost table too"),
    "role attribute": ("outlook.windows-mail", 'role="presentation" is for screen readers, and nobody sees it'),
    "display:none": ("gmail.mobile-webmail", "the first words are also white, one pixel tall and cut off"),
    "overflow": ("outlook.windows outlook.windows-mail", "the first words are hidden there by mso-hide"),
}
#: What some know only in part, and why that part is enough.
PARTIAL = {
    "@media": "the dark colours alone, as above",
    "<style> element": "in the head only, and short",
    "<body> element": "it becomes a <div>; nothing hangs on it",
    "<img> element": "pictures come by cid: alone",
    "align attribute": "left on table cells only",
    "background": "plain colours only",
    "border": "thin ones, on table cells only",
    "display": "only display:none, on a span without tables in it",
    "display:none": "on a span without tables or pictures in it",
    "font-size": "in pixels only",
    "height attribute": "of rows that part others; a few pixels do not matter",
    "height property": "the same rows, and the line-height in them says it again",
    "line-height": "a little more or less air in Outlook",
    "margin": "never negative, on paragraphs only",
    "max-width": "Outlook gets a table of 640 pixels by conditional comment; a phone is narrower anyway",
    "overflow": "hides the first words together with display:none",
    "padding": "on table cells only",
    "text-decoration": "none on the customer's address; underlined it reads as well",
    "width attribute": "100% on tables, pixels on narrow columns; never on pictures",
    "width property": "on tables and cells only",
}


@cache
def letters() -> dict[str, str]:
    """Every letter about a full and about a bare case, as HTML."""
    return {
        f"{kind} {number}": render(kind, values, book()).html
        for kind in LetterKind
        for number, values in enumerate(specimens(kind), start=1)
    }


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    node = require("node")
    done = subprocess.run(
        [node, SCRIPT.name], input=json.dumps(letters()).encode(), cwd=_package(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def _package() -> Path:
    """The folder that has the package and our script in it: in the user's cache, filled once by npm."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mailticket-tests"
    folder = cache / f"caniemail-{VERSION}"
    if not (folder / "node_modules" / "caniemail").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _install(Path(mkdtemp(dir=cache)), folder)
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    return folder


def _install(fresh: Path, folder: Path) -> None:
    command = [require("npm"), "install", "--prefix", str(fresh), "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run([*command, f"caniemail@{VERSION}"], capture_output=True, timeout=180, check=False)
    if done.returncode:
        missing(f"npm cannot install caniemail: {done.stderr.decode(errors='replace')[-300:]}")
    with contextlib.suppress(OSError):  # somebody else was quicker
        fresh.rename(folder)


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_relies_on_nothing_that_a_mail_program_lacks(found: list[dict[str, Any]], kind: LetterKind) -> None:
    theirs = [one for one in found if one["letter"].rpartition(" ")[0] == kind]
    assert theirs, "the tables found nothing to say, so they did not read the letter"
    lacking = [one for one in theirs if one["kind"] == "unsupported" and not _is_accepted(one)]
    unknown = [one for one in theirs if one["kind"] == "partial" and one["title"] not in PARTIAL]
    assert (lacking, unknown) == ([], [])


def test_nothing_is_accepted_that_no_letter_uses(found: list[dict[str, Any]]) -> None:
    assert set(UNSUPPORTED) == {one["title"] for one in found if one["kind"] == "unsupported"}
    assert set(PARTIAL) == {one["title"] for one in found if one["kind"] == "partial"}


def _is_accepted(one: dict[str, Any]) -> bool:
    where, _ = UNSUPPORTED.get(one["title"], ("", ""))
    return one["client"] in where.split()
