"""Octets to text by a ladder of charsets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.mime.octets import charset


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Größe", "utf-8", "UTF-8"),
        ("Größe", "utf-8", ""),
        ("Größe", "utf-8", "us-ascii"),
        ("Größe", "latin-1", "iso-8859-1"),
        ("Größe", "latin-1", "nonsense"),
        ("“Größe” – 5 €", "cp1252", "iso-8859-1"),
        ("“Größe” – 5 €", "cp1252", "us-ascii"),
        ("Größe", "utf-8-sig", "iso-8859-1"),
        ("Größe", "utf-16", ""),
        ("Größe", "utf-16-le", "utf-16"),
        ("Größe", "utf-16-be", "utf-16"),
        ("Größe", "utf-7", "unicode-1-1-utf-7"),
        ("Привет", "koi8-r", "KOI8-R"),
        ("Привет", "cp1251", "windows-1251"),
        ("Привет", "cp1251", '"windows-1251"'),
        ("Ελλάδα", "iso8859-7", "ISO-8859-7"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("ไทย", "cp874", "tis-620"),
        ("絕對", "cp950", "big5"),
        ("机房镕", "gb18030", "gb2312"),
        ("한국어", "cp949", "ks_c_5601-1987"),
        ("日本語", "iso2022_jp", "iso-2022-jp"),
        ("日本語", "iso2022_jp", ""),
        ("日本語", "cp932", "iso-2022-jp"),
        ("日本語", "euc_jp", "EUC-JP"),
        ("①日本", "cp932", "shift_jis"),
        ("Größe", "cp850", "cp-850"),
        ("Größe", "mac_roman", "macintosh"),
    ],
)
def test_text_survives_right_and_wrong_labels(text: str, codec: str, declared: str) -> None:
    assert charset.decode(text.encode(codec), declared) == text


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x1b$B-!F|K\\\x1b(B ok", "①日本 ok"),
        (b"\x1b$B-j\x1b(B", "㈱"),
        (b"\x1b(I12\x1b(B", "ｱｲ"),
        (b"\x1b$BF|K\\\r\nF|\x1b(B", "日本\r\n日"),
    ],
)
def test_japanese_vendor_letters_are_read(data: bytes, shown: str) -> None:
    assert charset.decode(data, "iso-2022-jp") == shown


def test_a_letter_cut_at_the_end_does_not_change_the_charset() -> None:
    assert charset.decode(
        "Grüße aus Köln und Düsseldorf, für übermorgen, schöne Größe".encode() + b"\xc3", "utf-8"
    ) == ("Grüße aus Köln und Düsseldorf, für übermorgen, schöne Größe\ufffd")


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("机房环境法规", "gb18030"),
        ("机房 in 环境 the 法规 midst 的 of 问题 ASCII", "gb18030"),
        ("ありがとうございます", "euc_jp"),
        ("안녕하세요 문의드립니다 감사합니다", "cp949"),
    ],
)
def test_unlabelled_asian_letters_show_themselves_by_coming_in_pairs(text: str, codec: str) -> None:
    assert charset.decode(b"x" * 5_000 + text.encode(codec)) == "x" * 5_000 + text


@pytest.mark.parametrize("text", ["Größe", "déjà vu, très élégant", "ÄÖÜ", "“quoted” – dashes…", "señor ¿qué?"])
def test_unlabelled_european_letters_are_not_taken_for_asian_ones(text: str) -> None:
    assert charset.decode(text.encode("cp1252")) == text


def test_a_long_text_without_a_label_is_guessed() -> None:
    text = "Здравствуйте, уважаемые коллеги! Сообщаем вам о новом расписании поездов на следующий месяц. " * 5
    assert charset.decode(text.encode("koi8-r")) == text


@pytest.mark.parametrize("declared", ["idna", "punycode", "unicode_escape", "zlib", "rot13", "undefined", "\x00", "é"])
def test_no_codec_that_is_none_is_used(declared: str) -> None:
    assert charset.decode(b"\\u0041 xn--a", declared) == "\\u0041 xn--a"


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "utf-7", "gb2312", "iso-2022-jp", "hz", "x"]))
def test_whatever_comes_the_text_can_be_stored(data: bytes, declared: str) -> None:
    text = charset.decode(data, declared)
    text.encode("utf-8")
    assert "\x00" not in text
