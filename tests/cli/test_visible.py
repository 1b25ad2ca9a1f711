"""What a mail brings to a terminal does no harm there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailticket.cli import show
from mailticket.cli.show import as_json, moment
from mailticket.cli.visible import visible, visible_json, visible_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 東京", "Grüße, 東京"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\r\nb\nc", "a b c"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("a\tb", "a\\x09b"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
    ],
)
def test_unsafe_characters_can_be_read(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_no_text_brings_a_control_character(text: str) -> None:
    assert visible(text).isprintable() or not any(
        ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in visible(text)
    )


def test_the_lines_of_a_longer_text_stay_lines() -> None:
    assert visible_lines("one\r\n\ttwo\x1b") == ["one", "    two\\x1b"]


@given(st.text())
def test_json_keeps_every_value_and_is_harmless(text: str) -> None:
    written = as_json({"text": text})
    assert json.loads(written) == {"text": text}
    assert not any(127 <= ord(letter) < 160 or ord(letter) in (0x202E, 0x2028) for letter in written)


def test_json_is_readable_where_that_is_harmless() -> None:
    assert visible_json('"Grüße"') == '"Grüße"'


def test_a_time_that_is_not_there_is_empty() -> None:
    assert moment(None) == ""


def test_a_subject_is_no_markup_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show._on_terminal([show.Column("SUBJECT", "subject")], [["[bold red]Help[/bold red]"]])
    assert "[bold red]Help[/bold red]" in capsys.readouterr().out


def test_wide_letters_keep_the_columns_of_a_pipe_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show.table([{"a": "東京", "b": 1}, {"a": "Rome", "b": 2}], [show.Column("A", "a"), show.Column("B", "b")], "")
    assert capsys.readouterr().out == "A     B\n東京  1\nRome  2\n"


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_narrow_terminal_breaks_no_case_id_and_no_day_and_drops_what_is_empty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    headings = ("CASE", "RECEIVED", "FROM", "SUBJECT", "TROUBLE")
    row = ["GD9Y-3XV8", "2026-11-22 07:28", "Carla Customer <carla@customer.example>", "Invoice 4711 is wrong", ""]
    show._on_terminal([show.Column(one, one.lower()) for one in headings], [row])
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("GD9Y-3XV8", "2026-11-22", "07:28", "RECEIVED", "Invoice", "<carla@"))
    assert ("TROUBLE" in shown) is (width == 140)
    assert max(map(len, shown.splitlines())) <= width
