"""PURE: octets to text by a ladder of charsets. The result has no NUL, no lone surrogate, and always exists.

Short texts are guessed badly by every detector (measured: "Größe" in Latin-1 becomes EBCDIC), so a guess is
only made for long ones, and last.
"""

from __future__ import annotations

import codecs
import re

from mailticket.mime.octets import iso2022

#: What senders write -> Python codecs to try, best first. Most are supersets that real mail needs:
#: "gb2312" mails hold GB 18030, "iso-8859-1" mails hold Windows-1252 (encoding.spec.whatwg.org says the same).
_CODECS: dict[str, tuple[str, ...]] = {
    "us-ascii": (),
    "ascii": (),
    "ansi_x3.4-1968": (),
    "646": (),
    "unknown-8bit": (),
    "x-unknown": (),
    "unknown": (),
    "default": (),
    "8bit": (),
    "binary": (),
    "iso-8859-1": ("cp1252", "latin-1"),
    "iso8859-1": ("cp1252", "latin-1"),
    "iso_8859-1": ("cp1252", "latin-1"),
    "latin1": ("cp1252", "latin-1"),
    "latin-1": ("cp1252", "latin-1"),
    "l1": ("cp1252", "latin-1"),
    "windows-1252": ("cp1252", "latin-1"),
    "iso-8859-8-i": ("iso8859-8", "cp1255"),
    "iso-8859-8-e": ("iso8859-8", "cp1255"),
    "iso-8859-9": ("cp1254",),
    "iso-8859-11": ("cp874",),
    "tis-620": ("cp874",),
    "windows-874": ("cp874",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "x-gbk": ("gb18030",),
    "gb_2312-80": ("gb18030",),
    "euc-cn": ("gb18030",),
    "hz-gb-2312": ("hz",),
    "big5": ("cp950", "big5hkscs"),
    "x-big5": ("cp950", "big5hkscs"),
    "cn-big5": ("cp950", "big5hkscs"),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "shift-jis": ("cp932", "shift_jis_2004"),
    "sjis": ("cp932", "shift_jis_2004"),
    "x-sjis": ("cp932", "shift_jis_2004"),
    "windows-31j": ("cp932",),
    "euc-jp": ("euc_jp", "euc_jis_2004"),
    "iso-2022-jp": ("iso2022_jp", "cp932", "euc_jp"),
    "iso-2022-jp-ms": ("iso2022_jp", "cp932"),
    "cp50220": ("iso2022_jp", "cp932"),
    "cp50221": ("iso2022_jp", "cp932"),
    "euc-kr": ("cp949",),
    "ks_c_5601-1987": ("cp949",),
    "ks_c_5601": ("cp949",),
    "ksc5601": ("cp949",),
    "utf8": ("utf-8",),
    "utf8mb4": ("utf-8",),
    "utf-8-mac": ("utf-8",),
    "unicode-1-1-utf-7": ("utf-7",),
    "x-unicode-2-0-utf-7": ("utf-7",),
    "x-mac-roman": ("mac_roman",),
    "macintosh": ("mac_roman",),
    "x-mac-cyrillic": ("mac_cyrillic",),
    "unicode": ("utf-16",),
}

# Codecs of Python that are no charsets of mail: slow on hostile input, or they would run escapes in the text.
_NOT_FOR_MAIL = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Without a mark the order of octets is big-endian (RFC 2781 section 4.3), and often is not.
_UTF_16 = frozenset({"utf-16", "utf16", "unicode", "ucs-2", "iso-10646-ucs-2"})
_GUESS_FROM = 200  # octets outside ASCII; below that a detector is no better than a coin
_GUESS_SAMPLE = 8 * 1024
_GUESSES = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256",
    "gb18030", "big5", "cp932", "euc_jp", "cp949",
]  # fmt: skip
_EIGHT_BIT_RUN = re.compile(rb"[\x80-\xff]+")
_PAIRS_SAMPLE = 256 * 1024
_FEWEST_PAIRS = 4
_KANA = (0xA4, 0xA5)
_LAST_HANGUL = 0xC8
_COMMON_HANGUL = [one.encode("cp949") for one in "이다는을의에가고하한지기니은를로사서시으인해"]
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`. `declared` is the charset its sender named, in any spelling, or empty.

    The ladder: a byte order mark, the declared charset, UTF-8, the declared charset or UTF-8 with a few broken
    octets, a guess if the text is long, Windows-1252. Only the last two can be wrong without showing U+FFFD.
    """
    if not data:
        return ""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return clean(data.decode(codec, "replace"))
    name = _normal(declared)
    candidates = codecs_for(name)
    for codec in (*_by_escape(data, name), *candidates, "utf-8"):
        text = iso2022.decode(data) if codec == "iso2022_jp" else _strictly(data, codec)
        if text is not None:
            return clean(text)
    text = _with_few_broken(data, (*candidates[:1], "utf-8")) or _in_pairs(data) or _guessed(data)
    return clean(text if text is not None else data.decode("cp1252", "replace"))


def codecs_for(declared: str) -> tuple[str, ...]:
    """The Python codecs that stand for a charset's name, best first; none if we do not know it."""
    name = _normal(declared)
    if name in _CODECS:
        return _CODECS[name]
    for spelling in (name, name.replace("cp-", "cp"), name.replace("windows", "cp").replace("-", ""), name[2:]):
        try:
            found = codecs.lookup(spelling).name
        except (LookupError, ValueError):
            continue
        return () if found.replace("_", "-") in _NOT_FOR_MAIL else (found,)
    return ()


def clean(text: str) -> str:
    """No NUL (PostgreSQL refuses it) and no lone surrogate (UTF-8 has none); halves that fit are put together."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.removeprefix("\ufeff")


def _normal(declared: str) -> str:
    """A charset's name as our table writes it: lower case, no quotes, no RFC 2231 language, no blanks."""
    name = declared.strip().strip("\"'").partition("*")[0].strip().lower()
    return name if name.isascii() and len(name) <= 40 and "\x00" not in name else ""


def _by_escape(data: bytes, name: str) -> tuple[str, ...]:
    """ISO 2022 shows itself by its escapes although every octet is ASCII; UTF-16 by its zeros."""
    if name in ("", "us-ascii", "ascii", "utf-8", "iso-8859-1") and (b"\x1b$" in data or b"\x1b(J" in data):
        return _CODECS["iso-2022-jp"]
    if name in _UTF_16 and len(data) > 1:
        return ("utf-16-be",) if data[0] == 0 else ("utf-16-le",) if data[1] == 0 else ("utf-16-be",)
    return ()


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (LookupError, ValueError):
        return None


def _with_few_broken(data: bytes, candidates: tuple[str, ...]) -> str | None:
    """A text that is cut in the middle of a letter is still what it says it is: at most one in ten broken."""
    foreign = len(_NOT_ASCII.findall(data))
    for codec in candidates:
        try:
            text = data.decode(codec, "replace")
        except (LookupError, ValueError):
            continue
        if text.count("\ufffd") * 10 <= foreign:
            return text
    return None


def _in_pairs(data: bytes) -> str | None:
    """Unlabelled Chinese, Japanese or Korean: 8-bit octets that come in pairs only, each a common letter.

    No European text does: its accents stand alone. Kana have lead octets A4 and A5, Hangul up to C8, and some of it
    is in every Korean sentence.
    """
    runs = _EIGHT_BIT_RUN.findall(data[:_PAIRS_SAMPLE])
    if any(len(run) % 2 for run in runs[:-1]):  # the last one may be cut by the sample's end
        return None
    leads = [lead for run in runs for lead in run[0:-1:2]]
    letters = [lead for lead in leads if 0xB0 <= lead <= 0xF7 or lead in _KANA]
    if len(leads) < _FEWEST_PAIRS or len(letters) * 10 < len(leads) * 8:
        return None
    kana = sum(lead in _KANA for lead in letters)
    common = sum(run.count(one) for run in runs for one in _COMMON_HANGUL)
    is_hangul = not kana and max(letters) <= _LAST_HANGUL and common * 6 > len(letters)
    codec = "euc_jp" if kana * 5 > len(letters) else "cp949" if is_hangul else "gb18030"
    return _strictly(data, codec)


def _guessed(data: bytes) -> str | None:
    """What a detector says, of long texts only."""
    foreign = _NOT_ASCII.findall(data[:_GUESS_SAMPLE])
    if len(foreign) < _GUESS_FROM:
        return None
    # Imported here: one mail in thousands needs it, and every parser child would pay for it.
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[:_GUESS_SAMPLE], cp_isolation=_GUESSES).best()
    return data.decode(best.encoding, "replace") if best is not None else None
