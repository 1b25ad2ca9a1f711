"""How the HTML of every letter is built: for Word, for web mail that cuts, for dark screens."""

from __future__ import annotations

import re
from functools import cache

import pytest

from mailticket.domain.decision import LetterKind
from mailticket.letters.render import render
from mailticket.letters.specimen import specimens
from tests.letters.desk import book


@cache
def pages(kind: LetterKind) -> list[tuple[str, str]]:
    """(head, body) of the letter about a full and about a bare case."""
    rendered = [render(kind, values, book()).html for values in specimens(kind)]
    return [(head, body) for head, _, body in (one.partition("</head>") for one in rendered)]


def heads(kind: LetterKind) -> str:
    return "".join(head for head, _ in pages(kind))


def bodies(kind: LetterKind) -> str:
    return "".join(body for _, body in pages(kind))


@pytest.mark.parametrize("kind", LetterKind)
def test_the_html_uses_only_what_outlook_and_gmail_draw(kind: LetterKind) -> None:
    html = bodies(kind)
    assert not re.search(r"<(style|script|link|div|form|iframe|svg)\b|background-image|url\(", html)
    properties = set(re.findall(r"[;\"]\s*([a-z-]+):", " ".join(re.findall(r'style="[^"]*"', html))))
    assert properties <= {
        "margin", "padding", "color", "background-color", "font-family", "font-size", "line-height", "max-width",
        "border-left", "border-top", "border", "text-decoration",
        "display", "max-height", "overflow", "mso-hide",  # of the hidden first words
    }  # fmt: skip


@pytest.mark.parametrize("kind", LetterKind)
def test_dark_mode_is_left_no_text_without_its_ground(kind: LetterKind) -> None:
    head, body = heads(kind), bodies(kind)
    assert '<meta name="color-scheme" content="light dark">' in head and "prefers-color-scheme: dark" in head
    grounds = set(re.findall(r'td\[bgcolor="(#\w+)"\]', head)) | {"#ffffff"}
    assert set(re.findall(r'bgcolor="(#\w+)"', body)) <= grounds, "a ground without its dark colour"
    for cell in re.findall(r"<td\b[^>]*>", body):
        if re.search(r"(?<!-)color:", cell):
            assert "bgcolor=" in cell and "background-color:" in cell, cell
    assert not re.search(r"color[:=]\W{0,2}#000", body)


@pytest.mark.parametrize("kind", LetterKind)
def test_the_html_is_balanced(kind: LetterKind) -> None:
    html = bodies(kind)
    for element in ("table", "tr", "td", "p", "b", "span"):
        assert len(re.findall(rf"<{element}\b", html)) == html.count(f"</{element}>"), element
