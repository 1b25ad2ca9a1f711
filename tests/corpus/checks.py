"""PURE: what a source expects of a mail, compared with what we read; one check for each thing that it states.

A source that tests a file twice with different options is right either way, so one of its values must fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from mailticket.domain.mail import Attachment, InboundMail, Mark
from mailticket.mime import parse
from mailticket.mime.html import html_text

_LETTERS = re.compile(r"[\W_]+")
# The words of a picture, which some renderers show and others do not.
_PICTURE = re.compile(r"\[[^\[\]]*\]")
_LINK = re.compile(r"\[\d+\]|https?://\S+")
#: How sources call a part without a name.
_NAMELESS = (None, "", "file", "Untitled Attachment")
_ROBOT = frozenset({Mark.BOUNCE, Mark.AUTO_REPLY, Mark.OUT_OF_OFFICE})
#: The kinds of what the reply's words are asked: of all replies, and of those that the desk cuts.
REPLY_WORDS = "reply: no word lost"
REPLY_WORDS_IF_SURE = "reply, sure: no word lost"
_VACATION = frozenset({Mark.AUTO_REPLY, Mark.OUT_OF_OFFICE})


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a source states about a file. `told` shows both sides where they differ."""

    path: str
    kind: str
    ok: bool
    told: str = ""

    @property
    def source(self) -> str:
        return self.path.partition("/")[0]


Comparison = Callable[[InboundMail, Any, Mapping[str, Any]], tuple[bool, object]]


def of(path: str, mail: InboundMail, expect: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
    """Every check of one file."""
    for key, kind, compare in _COMPARISONS:
        stated = [one for one in expect if key in one]
        if not stated or (kind == REPLY_WORDS_IF_SURE and not mail.reply.sure):
            continue
        results = [compare(mail, one[key], one) for one in stated]
        ok = any(result for result, _ in results)
        yield Check(
            path, kind, ok, "" if ok else f"{key}: expected {_short(stated[0][key])}, read {_short(results[0][1])}"
        )


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 300 else f"{text[:150]} ... {text[-140:]}")


def folded(text: str) -> str:
    """One line, runs of white space as one blank."""
    return " ".join(text.replace("\u200b", "").split())


def letters(text: str) -> str:
    """Only letters and digits, without addresses of links: what two renderers of one HTML must agree on."""
    return _LETTERS.sub("", _LINK.sub("", text))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _subject(mail: InboundMail, value: str, _: Mapping[str, Any]) -> tuple[bool, object]:
    return folded(mail.subject) == folded(value or ""), mail.subject


def _found(value: Any) -> list[str]:
    """The addresses of whatever form a source writes a field in."""
    if isinstance(value, str):
        value = [address.rpartition(" ")[2].strip(">") for _name, address in getaddresses([value])]
    found = [one["email"] if isinstance(one, dict) else one for one in value or ()]
    return sorted(one.strip().lower() for one in found if one and "@" in one)


def _addresses(field: str) -> Comparison:
    def compare(mail: InboundMail, value: Any, _: Mapping[str, Any]) -> tuple[bool, object]:
        ours = [one.address for one in getattr(mail, field)]
        return sorted(one.lower() for one in ours if "@" in one) == _found(value), ours

    return compare


def _from_name(mail: InboundMail, value: str, _: Mapping[str, Any]) -> tuple[bool, object]:
    name = mail.from_[0].name if mail.from_ else ""
    return folded(name) == folded(value), name


def _text(mail: InboundMail, value: str, expect: Mapping[str, Any]) -> tuple[bool, object]:
    if not value.strip() and (expect.get("body_html") or mail.html):
        return True, ""  # the source leaves HTML to another field; we render it
    if expect.get("compare") == "ignore whitespace":
        return "".join(mail.text.split()) == "".join(value.split()), mail.text
    # imap-tools adds the texts of attached mails; to us they are files.
    joined = "".join("".join(one.text.split()) for one in _with_attached(mail))
    return folded(mail.text) == folded(value) or joined == "".join(value.split()), mail.text


def _html(mail: InboundMail, value: str, expect: Mapping[str, Any]) -> tuple[bool, object]:
    """What the HTML shows, by letters: how it is cleaned is each program's own matter."""
    wanted = letters(_PICTURE.sub("", html_text.text(value)))
    ours = letters(_PICTURE.sub("", html_text.text(mail.html) if mail.html else mail.text))
    joined = "".join(letters(_PICTURE.sub("", html_text.text(one.html))) for one in _with_attached(mail))
    return wanted in (ours, joined) or (not wanted and bool(expect.get("body_text"))), ours


def _attachments(mail: InboundMail, value: list[dict[str, Any]], _: Mapping[str, Any]) -> tuple[bool, object]:
    ours = [(one.name, one.size) for one in mail.attachments]
    left = list(mail.attachments)
    for wanted in sorted(value, key=lambda one: one.get("name") in _NAMELESS):
        name, size = wanted.get("name"), wanted.get("size")
        fits = (
            one for one in left if (name in _NAMELESS or _is_named(one, name)) and (size is None or size in _sizes(one))
        )
        found = next(fits, None)
        if found is None:
            return False, ours
        left.remove(found)
    return not left, ours


def _is_named(file: Attachment, name: str) -> bool:
    """U+FFFD stands for a letter that the source could not decode."""
    pattern = "".join("." if one == "\ufffd" else re.escape(one) for one in name)
    return re.fullmatch(pattern, file.name) is not None


def _sizes(file: Attachment) -> set[int]:
    """A file's octets as sources count them.

    As they are; with LF, with or without the last one (imap-tools and Stalwart's JSON keep texts so); as JSON text
    with U+FFFD for what is no UTF-8 (Stalwart); as base64 (Zammad's YAML).
    """
    with_lf = file.content.replace(b"\r\n", b"\n")
    as_text = [with_lf.decode(codec, "replace").encode("utf-8") for codec in ("utf-8", "latin-1")]
    forms = [file.content, with_lf, with_lf.replace(b"\n", b"\r\n"), *as_text, with_lf.removesuffix(b"\n") + b"\n"]
    counted = (
        {len(one) for one in forms} | {len(one) + 1 for one in forms} | {len(one.removesuffix(b"\n")) for one in forms}
    )
    return counted | {(file.size + 2) // 3 * 4}


def _count(mail: InboundMail, value: int, _: Mapping[str, Any]) -> tuple[bool, object]:
    return len(mail.attachments) == value, [one.name for one in mail.attachments]


def _parts(mail: InboundMail, value: Mapping[str, Mapping[str, Any]], _: Mapping[str, Any]) -> tuple[bool, object]:
    """Every decoded part is there: as a file or in what is shown, of this mail or of one attached to it."""
    mails = _with_attached(mail)
    digests = {each.sha256 for one in mails for each in one.attachments}
    shown = _ascii("".join(one.text + html_text.text(one.html) + one.html for one in mails))
    for number, part in value.items():
        text = str(part.get("text") or "")
        is_shown = _ascii(text) in shown or _ascii(html_text.text(text)) in shown
        if part["sha256"] not in digests and not (text and is_shown) and part["size"]:
            return (
                False,
                f"no part {number} {text[:80]!r} in {mail.text[:200]!r} {[one.name for one in mail.attachments]}",
            )
    return True, ""


def _with_attached(mail: InboundMail) -> list[InboundMail]:
    """The mail, those attached to it, those attached to them, and so on."""
    mails = [mail]
    for one in mails:
        mails += [parse.parse(each.content) for each in one.attachments if each.type.startswith("message/rfc822")]
    return mails


def _ascii(text: str) -> str:
    """Letters that every charset agrees on: the source keeps undecoded octets as U+FFFD."""
    return "".join(one for one in text if one.isascii() and one.isalnum())


def _bounce(mail: InboundMail, value: bool, expect: Mapping[str, Any]) -> tuple[bool, object]:
    if expect.get("is_feedback_report"):
        return Mark.FEEDBACK in mail.marks, sorted(mail.marks)
    if expect.get("is_auto_reply"):
        return bool(mail.marks & _VACATION) and mail.bounce is None, sorted(mail.marks)
    return (mail.bounce is not None) is value, f"{sorted(mail.marks)} {mail.subject}"


def _final(mail: InboundMail, value: list[str], _: Mapping[str, Any]) -> tuple[bool, object]:
    ours = sorted(one.address.lower() for one in mail.bounce.recipients) if mail.bounce else []
    return ours == sorted(one.lower() for one in value), ours


def _number(mail: InboundMail, value: int, expect: Mapping[str, Any]) -> tuple[bool, object]:
    if expect.get("is_feedback_report") or expect.get("is_auto_reply"):
        return True, ""
    ours = [one.address for one in mail.bounce.recipients] if mail.bounce else []
    return len(ours) == value, ours


def _ticket(mail: InboundMail, value: bool, _: Mapping[str, Any]) -> tuple[bool, object]:
    return not value or not mail.marks & _ROBOT, [(one.mark, one.reason) for one in mail.markers]


def _auto_reply(mail: InboundMail, value: bool, _: Mapping[str, Any]) -> tuple[bool, object]:
    return bool(mail.marks & _VACATION) is value, sorted(mail.marks)


def _reply(mail: InboundMail, value: str, expect: Mapping[str, Any]) -> tuple[bool, object]:
    if expect.get("compare") == "ignore whitespace":
        return "".join(mail.reply.text.split()) == "".join(value.split()), mail.reply.text
    return folded(mail.reply.text) == folded(value), mail.reply.text


def _kept(mail: InboundMail, value: str | list[str], _: Mapping[str, Any]) -> tuple[bool, object]:
    """No word of the writer is lost."""
    ours = words(mail.reply.text)
    wanted = words(value if isinstance(value, str) else "\n".join(value))
    lost = [one for one in wanted if ours.count(one) < wanted.count(one)]
    return not lost, f"lost {lost[:12]}"


def _without(mail: InboundMail, value: list[str], _: Mapping[str, Any]) -> tuple[bool, object]:
    return not any(one in mail.reply.text for one in value), mail.reply.text


#: Key of an expectation, kind in the table, how it is compared.
_COMPARISONS: tuple[tuple[str, str, Comparison], ...] = (
    ("subject", "subject", _subject),
    ("from", "sender", _addresses("from_")),
    ("from_name", "sender name", _from_name),
    ("to", "recipients", _addresses("to")),
    ("cc", "recipients cc", _addresses("cc")),
    ("reply_to", "reply-to", _addresses("reply_to")),
    ("body_text", "body", _text),
    ("body_html", "html", _html),
    ("body_html_text", "html", _html),
    ("body_html_sanitized", "html", _html),
    ("decoded_parts", "parts", _parts),
    ("attachments", "attachments", _attachments),
    ("n_attachments", "attachments", _count),
    ("is_bounce", "bounce", _bounce),
    ("final_recipients", "final recipients", _final),
    ("n_recipients", "final recipients", _number),
    ("is_auto_reply", "auto-reply", _auto_reply),
    ("should_create_ticket", "ordinary mail", _ticket),
    ("reply_text", "reply", _reply),
    ("reply_text", REPLY_WORDS, _kept),
    ("reply_contains", REPLY_WORDS, _kept),
    ("reply_text", REPLY_WORDS_IF_SURE, _kept),
    ("reply_contains", REPLY_WORDS_IF_SURE, _kept),
    ("reply_not_contains", "reply leaves out", _without),
)
