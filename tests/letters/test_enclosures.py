"""How the files of a letter reach its reader: with it, by a link, or with word that they could not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailticket.config.models import Letters, Web
from mailticket.domain.case import StoredFile, public
from mailticket.domain.decision import LetterKind
from mailticket.letters.occasion import ForCustomer
from mailticket.letters.render import Book, Rendered, render
from mailticket.letters.values import customer_values
from tests.cast import ANN, config, service
from tests.letters.desk import CASE, VIEWER, book, inquiry, occasion, picture, reply, shipped

PLAN = StoredFile("plan.pdf", "application/pdf", 48_000, "3" * 64)
HUGE = StoredFile("film.mp4", "video/mp4", 20_000_001, "4" * 64)


def answer(
    *files: StoredFile, url: str = "", way: str = "attach", letters: Book | None = None, html: str = ""
) -> Rendered:
    keys: dict[str, Any] = {"attachments": way}
    there = replace(occasion(), service=service(letters=Letters(**keys)), config=config(web=Web(url=url)))
    if url:
        there = replace(there, file_url=lambda file: f"{url}/f/{file.sha256[:4]}")
    told = (inquiry(), reply("Look.", files=files, html=html))
    seen = [shown for one in told if (shown := public(one, VIEWER, "Support"))]
    values = customer_values(ForCustomer(CASE, VIEWER, seen, 2, ANN), there)
    return render(LetterKind.CUSTOMER_REPLY, values, letters or book())


URL = "https://desk.example.com"


@pytest.mark.parametrize(
    ("file", "url", "way", "goes", "says"),
    [
        (PLAN, "", "attach", True, ""),
        (PLAN, URL, "attach", True, ""),
        (PLAN, URL, "link", False, "links work for two weeks"),
        (PLAN, "", "link", True, ""),
        (HUGE, URL, "attach", False, "links work for two weeks"),
        (HUGE, "", "attach", False, "please write again"),
    ],
)
def test_a_file_goes_along_or_by_link(file: StoredFile, url: str, way: str, goes: bool, says: str) -> None:
    letter = answer(file, url=url, way=way)
    assert (letter.files == (file,)) is goes
    for part in (letter.text, letter.html):
        assert file.name in part and says in part
        assert (f"{url}/f/" in part) is bool(url)
        assert says or ("two weeks" not in part and "write again" not in part)


def test_files_count_together() -> None:
    half = replace(HUGE, size=10_000_001)
    assert answer(half).files == (half,)
    assert answer(half, replace(half, name="second.mp4", sha256="5" * 64)).files == ()


def test_pictures_in_the_text_go_along_whatever_becomes_of_the_files() -> None:
    letter = answer(PLAN, picture(), url=URL, way="link", html='<p>Look <img src="cid:photo"></p>')
    assert [one.name for one in letter.files] == ["photo.png"]
    assert "cid:" in letter.html


def test_pictures_that_no_relay_takes_become_files() -> None:
    film = replace(picture(), size=20_000_001)
    letter = answer(film, url=URL, html='<p>Look <img src="cid:photo"></p>')
    assert letter.files == () and "cid:" not in letter.html
    assert f"{URL}/f/1111" in letter.html and "photo.png" in letter.text


def test_the_tag_lists_the_files_with_their_links() -> None:
    own = {name: source for name, source in shipped().items() if name.startswith("customer_reply")}
    files = own | {"customer_reply.txt": "{tag_filelist}\n", "customer_reply.html": "{tag_filelist}\n"}
    letter = answer(PLAN, url=URL, letters=Book.compile(shipped(), {"": files}))
    assert letter.text == f"plan.pdf (48 KB)\n    {URL}/f/3333\n"
    assert f'<a href="{URL}/f/3333"' in letter.html
