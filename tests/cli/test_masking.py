"""`mailticket case mask` and `unmask`, typed."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk

WHY = ("--why", "she asked")


def test_masked_words_are_stars_in_every_listing_and_shown_by_unmask(desk: Desk) -> None:
    case = desk.open_case().id
    result = desk.run("case", "mask", case, "1", "burns", *WHY)
    assert result.exit_code == 0 and "Not reached: mail that was sent already" in result.output
    assert desk.json("case", "show", case)["entries"][0]["text"].startswith("It ***.")
    shown = desk.run("case", "unmask", case, "1", "--why", "the insurance asks")
    assert shown.exit_code == 0 and "It burns." in shown.output
    assert any("the insurance asks" in one["text"] for one in desk.json("case", "show", case)["events"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mask", "7F3K-9QX6", "1", *WHY), "Name the WORDS"),
        (("mask", "7F3K-9QX6", "first", "burns", *WHY), "is no entry"),
        (("mask", "7F3K-9QX6", "1", "burns", "--why", " "), "No reason was given"),
        (("mask", "7F3K-9QX6", "1", "smoke", *WHY), "does not stand there"),
        (("mask", "7F3K-9QX6", "9", "burns", *WHY), "no entry 9"),
        (("mask", "7F3K-9QX7", "1", "burns", *WHY), "is not a case ID"),
        (("unmask", "7F3K-9QX6", "1", *WHY), "Nothing is masked"),
        (("unmask", "7F3K-9QX6", "1"), "--why"),
    ],
)
def test_what_cannot_be_masked_is_refused_with_the_reason(desk: Desk, words: tuple[str, ...], said: str) -> None:
    desk.open_case()
    result = desk.run("case", *words)
    assert result.exit_code != 0 and said in result.output


def test_words_are_masked_while_a_daemon_has_the_database_open(desk: Desk) -> None:
    case = desk.open_case().id
    with desk.store() as store:
        store.hold_alone()
        with store.transaction():
            assert store.engine.execute_sql("SELECT COUNT(*) FROM entry").fetchone()[0]
        result = desk.run("case", "mask", case, "1", "burns", *WHY)
        assert result.exit_code == 0 and "Traces" not in result.output
        kept = b"".join(one.read_bytes() for one in (desk.folder / "data").rglob("*") if one.is_file())
    assert b"burns" not in kept
