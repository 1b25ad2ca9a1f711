"""What a letter shows of the past, how much of it, and which files it takes along."""

from __future__ import annotations

import pytest

from mailticket.domain.case import StoredFile
from mailticket.letters import history
from mailticket.letters.history import Item, cut, pictures_in, shortened, to_attach, with_own_ids
from tests.builders import NOW
from tests.letters.desk import picture


def item(number: int, text: str = "x", html: str = "", *files: StoredFile) -> Item:
    return Item(number, NOW, "Carla", text, html, files)


def test_the_newest_comes_first() -> None:
    assert [one.number for one in cut([item(1), item(3), item(2)]).items] == [3, 2, 1]


def test_what_does_not_fit_is_counted() -> None:
    past = cut([item(number, "x" * 30_000) for number in range(1, 8)])
    assert [one.number for one in past.items] == [7, 6]
    assert (past.more, past.count) == (5, 7)


def test_nothing_older_is_shown_after_the_first_that_did_not_fit() -> None:
    past = cut([item(1, "short"), item(2, "x" * 90_000), item(3, "short")])
    assert [one.number for one in past.items] == [3]


def test_html_that_does_not_fit_is_shown_as_text() -> None:
    (shown,) = cut([item(1, "short", "<p>" * 40_000)]).items
    assert (shown.text, shown.html, shown.is_cut) == ("short", "", False)


def test_of_an_endless_newest_entry_the_beginning_is_shown() -> None:
    past = cut([item(1), item(2, "x" * 500_000)])
    assert past.items[0].is_cut and len(past.items[0].text) == history.MOST_HISTORY + 2
    assert past.more == 1


def test_pictures_are_not_repeated_without_end() -> None:
    big = StoredFile("p.png", "image/png", 700_000, "1" * 64, True, "p")
    newest, older = cut([item(number, "text", '<img src="cid:p">', big) for number in (1, 2)]).items
    assert newest.html and not older.html


def test_news_is_cut_only_where_no_mail_program_would_show_it() -> None:
    assert shortened(item(1, "x" * 400_000)) == item(1, "x" * 400_000)
    assert shortened(item(1, "x" * 400_001, "<p>")).is_cut
    assert not shortened(item(1, "x", "<p>" * 200_000)).is_cut


def test_two_mails_may_call_different_pictures_the_same() -> None:
    one = with_own_ids(item(1, "", '<img src="cid:image001.png">', picture("1", "image001.png")))
    two = with_own_ids(item(2, "", '<img src="cid:image001.png">', picture("2", "image001.png")))
    assert one.html != two.html
    assert [file.sha256[0] for file in to_attach([one], cut([two]))] == ["1", "2"]


def test_a_picture_id_that_begins_like_another_is_told_apart() -> None:
    html = '<img src="cid:a"><img src="cid:a1">'
    shown = with_own_ids(item(1, "", html, picture("1", "a"), picture("2", "a1")))
    assert shown.html == f'<img src="cid:{"1" * 32}@shown.mailticket"><img src="cid:{"2" * 32}@shown.mailticket">'


@pytest.mark.parametrize("cid", ['a"onerror="alert(1)', "a<b>", "a&b"])
def test_an_odd_picture_id_changes_nothing_but_itself(cid: str) -> None:
    html = '<img alt="cid:a" src="cid:other"><p>cid:a"</p>'
    assert with_own_ids(item(1, "", html, picture("1", cid))).html == html


def test_a_picture_that_nobody_shows_is_a_file_like_any_other() -> None:
    hidden = item(1, "", "<p>no picture</p>", picture())
    assert pictures_in(hidden) == ()
    assert to_attach([with_own_ids(hidden)], cut([])) == hidden.files


def test_files_of_the_past_are_not_sent_again() -> None:
    plan = StoredFile("plan.pdf", "application/pdf", 1, "3" * 64)
    assert to_attach([item(2, "", "", plan)], cut([item(1, "", "", plan, picture())])) == (plan,)
